//! What VirtualBox says of a machine: `showvminfo --machinereadable`.

use super::Program;
use record::{Build, Failure};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A machine as VirtualBox knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Info {
    fields: BTreeMap<String, String>,
}

impl Info {
    /// Asks for a machine by its name or UUID; `None`: VirtualBox has none.
    ///
    /// # Errors
    /// When VBoxManage cannot be run, or does not know.
    pub(super) async fn of(program: &Program, machine: &str, build: &Build) -> Result<Option<Self>, Failure> {
        let said = program.ask(&["showvminfo", machine, "--machinereadable"], build).await?;
        Ok(said.map(|text| Self::parse(&text)))
    }

    /// Reads `key="value"` lines; keys may be quoted as well.
    fn parse(text: &str) -> Self {
        let bare = |word: &str| word.trim().trim_matches('"').to_owned();
        let pairs = text.lines().filter_map(|line| {
            // A quoted key may hold '='; the value begins after its closing quote.
            let split = match line.strip_prefix('"').and_then(|rest| rest.find("\"=")) {
                Some(end) => end + 2,
                None => line.find('=')?,
            };
            Some((bare(line.get(..split)?), bare(line.get(split + 1..)?)))
        });
        Self { fields: pairs.collect() }
    }

    /// A field's value.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }

    /// Whether the machine is on: anything between its start and its end.
    pub(super) fn is_running(&self) -> bool {
        !matches!(
            self.get("VMState").unwrap_or_default(),
            "" | "poweroff" | "aborted" | "aborted-saved" | "saved" | "teleported" | "inaccessible"
        )
    }

    /// The machine's settings file.
    pub(super) fn settings_file(&self) -> PathBuf {
        PathBuf::from(self.get("CfgFile").unwrap_or_default().replace("\\\\", "\\"))
    }

    /// The machine's folder.
    pub(super) fn folder(&self) -> PathBuf {
        self.settings_file().parent().map(std::path::Path::to_owned).unwrap_or_default()
    }

    /// The controller with that name's or type's first match, as VirtualBox calls it.
    pub(super) fn controller(&self, wanted: impl Fn(&str, &str) -> bool) -> Option<String> {
        (0..32).find_map(|number| {
            let name = self.get(&format!("storagecontrollername{number}"))?;
            let kind = self.get(&format!("storagecontrollertype{number}")).unwrap_or_default();
            wanted(name, kind).then(|| name.to_owned())
        })
    }

    /// Number of ports of a controller.
    pub(super) fn ports(&self, name: &str) -> u32 {
        let number = (0..32).find(|number| self.get(&format!("storagecontrollername{number}")) == Some(name));
        let count = number.and_then(|number| self.get(&format!("storagecontrollerportcount{number}")));
        count.and_then(|count| count.parse().ok()).unwrap_or_default()
    }

    /// What is in a controller's port: a path, `emptydrive` or `none`.
    pub(super) fn medium(&self, controller: &str, port: u32, device: u32) -> &str {
        self.get(&format!("{controller}-{port}-{device}")).unwrap_or("none")
    }
}

#[cfg(test)]
mod tests {
    use super::Info;

    #[test]
    fn fields_are_read() {
        let info = Info::parse(
            "name=\"web\"\nCfgFile=\"/w/.kiln-1/web/web.vbox\"\nVMState=\"running\"\nstoragecontrollername0=\"SATA\"\n\
             storagecontrollertype0=\"IntelAhci\"\nstoragecontrollerportcount0=\"16\"\n\"SATA-0-0\"=\"/w/a=b.vdi\"\nmemory=512\n",
        );
        assert_eq!(info.get("memory"), Some("512"));
        assert_eq!(info.folder().to_str(), Some("/w/.kiln-1/web"));
        assert!(info.is_running());
        assert_eq!(info.controller(|_, kind| kind == "IntelAhci").as_deref(), Some("SATA"));
        assert_eq!(info.ports("SATA"), 16);
        assert_eq!(info.medium("SATA", 0, 0), "/w/a=b.vdi");
        assert_eq!(info.medium("SATA", 1, 0), "none");
    }
}
