//! The host: commands over SSH, and what they say.

use communicator::ssh::{Command, Connection, Outcome, Settings};
use record::event::Stream;
use record::{Build, Failure, Machine};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use template::options::builder::vmware::Remote;
use template::options::communicator::Communicator;
use tokio::sync::OnceCell;

/// An ESXi host. The connection is made when it is first needed.
#[derive(Debug, Clone)]
pub struct Host {
    remote: Arc<Remote>,
    connection: Arc<OnceCell<Connection>>,
}

impl Host {
    /// The host that the options name.
    pub fn new(remote: &Remote) -> Self {
        Self { remote: Arc::new(remote.clone()), connection: Arc::default() }
    }

    /// Its name or address.
    pub fn name(&self) -> &str {
        &self.remote.remote_host
    }

    async fn connection(&self, build: &Build) -> Result<&Connection, Failure> {
        self.connection
            .get_or_try_init(|| async {
                let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
                let options = Communicator {
                    ssh_password: given(&self.remote.remote_password),
                    ssh_private_key_file: given(&self.remote.remote_private_key_file),
                    ssh_handshake_attempts: Some(3),
                    ..Communicator::default()
                };
                let machine = Machine {
                    host: self.remote.remote_host.clone(),
                    port: Some(self.remote.remote_port),
                    user: self.remote.remote_username.clone(),
                    ..Machine::default()
                };
                Connection::connect(Settings::new(&options, &machine)?, build).await
            })
            .await
            .map_err(|failure| failure.context(format!("the ESXi host {}", self.name())))
    }

    /// Runs a command and gives what it prints; both outputs, as vim-cmd says what is wrong on either.
    ///
    /// # Errors
    /// When it fails.
    pub async fn run(&self, words: &[&str], build: &Build) -> Result<String, Failure> {
        let said = Arc::new(Mutex::new(Vec::new()));
        let output = {
            let said = said.clone();
            Box::new(move |_: Stream, bytes: &[u8]| {
                said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
                Ok(())
            })
        };
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let command = Command { command: line.join(" "), input: Vec::new(), marker: None, pty: false };
        let outcome = self.connection(build).await?.run(command, output, build).await?;
        let text = String::from_utf8_lossy(&said.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
        match outcome {
            Outcome::Exited(0) => Ok(text),
            _ => {
                let what = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
                let mut failure = Failure::new(format!("{what} failed on {}: {}", self.name(), text.trim()));
                failure.output = text.lines().map(str::to_owned).collect();
                Err(failure)
            }
        }
    }

    /// Asks `esxcli` for a table.
    ///
    /// # Errors
    /// See [`Host::run`].
    pub async fn table(&self, words: &[&str], build: &Build) -> Result<Table, Failure> {
        let words = [&["esxcli", "--formatter", "csv"], words].concat();
        Ok(Table::parse(&self.run(&words, build).await?))
    }

    /// Copies a file to the host.
    ///
    /// # Errors
    /// When it cannot be read here or written there.
    pub async fn upload(&self, from: &Path, to: &str, build: &Build) -> Result<(), Failure> {
        self.connection(build).await?.upload(&from.to_string_lossy(), to, build).await
    }

    /// Writes a file on the host.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(&self, text: String, to: &str, build: &Build) -> Result<(), Failure> {
        self.connection(build).await?.write(text.into_bytes(), 0o600, to, build).await
    }

    /// Copies a file from the host.
    ///
    /// # Errors
    /// When it cannot be read there or written here.
    pub async fn download(&self, from: &str, to: &Path, build: &Build) -> Result<(), Failure> {
        self.connection(build).await?.download(from, &to.to_string_lossy(), build).await
    }

    /// The number of the machine whose .vmx is this file; `None`: it is not registered.
    ///
    /// # Errors
    /// See [`Host::run`].
    pub async fn number(&self, vmx: &str, build: &Build) -> Result<Option<String>, Failure> {
        let listed = self.run(&["vim-cmd", "vmsvc/getallvms"], build).await?;
        let Some(rest) = vmx.strip_prefix("/vmfs/volumes/") else { return Ok(None) };
        let Some((datastore, path)) = rest.split_once('/') else { return Ok(None) };
        let place = format!("[{datastore}] {path}");
        let found = listed.lines().find(|line| line.contains(&place));
        Ok(found.and_then(|line| line.split_whitespace().next()).map(str::to_owned))
    }
}

/// A word for the host's shell.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A table as `esxcli --formatter csv` prints it: names of columns first, a comma at each line's end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).map(cells);
        Self { columns: lines.next().unwrap_or_default(), rows: lines.collect() }
    }

    /// The cells of a column in the rows in which another column has a value.
    pub fn find(&self, column: &str, value: &str, wanted: &str) -> Vec<&str> {
        let (Some(column), Some(wanted)) = (self.column(column), self.column(wanted)) else {
            return Vec::new();
        };
        let rows = self.rows.iter().filter(|row| row.get(column).is_some_and(|cell| cell == value));
        rows.filter_map(|row| row.get(wanted).map(String::as_str)).collect()
    }

    /// All cells of a column.
    pub fn all(&self, column: &str) -> Vec<&str> {
        let Some(column) = self.column(column) else { return Vec::new() };
        self.rows.iter().filter_map(|row| row.get(column).map(String::as_str)).collect()
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// The cells of a line; a cell with a comma stands in quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut inside) = (Vec::new(), String::new(), false);
    for character in line.trim_end().chars() {
        match character {
            '"' => inside = !inside,
            ',' if !inside => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    if !cell.is_empty() {
        cells.push(cell);
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::{Table, quoted};

    #[test]
    fn tables() {
        let table = Table::parse(
            "Name,Networks,NumPorts,WorldID,\nweb,\"VM Network, lab\",1,2611721,\nother,x,1,7,\n",
        );
        assert_eq!(table.find("Name", "web", "WorldID"), ["2611721"]);
        assert_eq!(table.all("Networks"), ["VM Network, lab", "x"]);
        assert!(table.find("Nome", "web", "WorldID").is_empty());
    }

    #[test]
    fn words_for_the_shell() {
        assert_eq!(quoted("/vmfs/volumes/datastore1/a.vmx"), "/vmfs/volumes/datastore1/a.vmx");
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
        assert_eq!(quoted(""), "''");
    }
}
