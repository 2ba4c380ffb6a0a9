//! An OpenSSH server on a free port of the loopback device.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server; ended when dropped.
pub(crate) struct Sshd {
    folder: PathBuf,
    port: u16,
    child: Child,
}

const KEYS: &str = "UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no";
const PASSWORDS: &str = "UsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no";
const QUESTIONS: &str =
    "UsePAM yes\nPasswordAuthentication no\nPubkeyAuthentication no\nKbdInteractiveAuthentication yes";

fn keygen(path: &Path) {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(path)
        .status()
        .expect("ssh-keygen of the package openssh-client is needed");
    assert!(made.success());
}

impl Sshd {
    /// Starts a server that lets root in with its key. `more` are further lines of its configuration.
    pub(crate) fn start(folder: &Path, more: &str) -> Self {
        Self::prepare(folder, more, "true", KEYS)
    }

    /// Starts a server that also takes passwords, after `before` was run in its own mount namespace.
    pub(crate) fn start_with_password(folder: &Path, before: &str) -> Self {
        Self::prepare(folder, "", before, PASSWORDS)
    }

    /// Starts a server that takes answers to PAM's questions, and nothing else.
    pub(crate) fn start_with_questions(folder: &Path, before: &str) -> Self {
        Self::prepare(folder, "", before, QUESTIONS)
    }

    /// Starts a server after `before` was run in its own mount namespace.
    pub(crate) fn start_after(folder: &Path, before: &str) -> Self {
        Self::prepare(folder, "", before, KEYS)
    }

    fn prepare(folder: &Path, more: &str, before: &str, login: &str) -> Self {
        fs::create_dir_all(folder).unwrap();
        let _ = fs::create_dir_all("/run/sshd");
        keygen(&folder.join("host"));
        keygen(&folder.join("user"));
        fs::copy(folder.join("user.pub"), folder.join("authorized_keys")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let place = folder.display();
        fs::write(
            folder.join("config"),
            format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized_keys\n\
                 {login}\nStrictModes no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\nPidFile none\nMaxStartups 100\nSetEnv SHLVL=2\n{more}\n"
            ),
        )
        .unwrap();
        Self { child: spawn(folder, port, before), folder: folder.to_owned(), port }
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The private key that root may use.
    pub(crate) fn key(&self) -> String {
        self.folder.join("user").to_str().unwrap().to_owned()
    }

    /// Makes a key that the server doesn't know.
    pub(crate) fn other_key(&self) -> String {
        let path = self.folder.join("other");
        keygen(&path);
        path.to_str().unwrap().to_owned()
    }

    /// The host key's fingerprint.
    pub(crate) fn fingerprint(&self) -> String {
        let output =
            Command::new("ssh-keygen").arg("-lf").arg(self.folder.join("host.pub")).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Ends the server; connections go on.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts the server again, on the same port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.child = spawn(&self.folder, self.port, "true");
    }
}

fn spawn(folder: &Path, port: u16, before: &str) -> Child {
    let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let sshd = format!("{before} && exec /usr/sbin/sshd -D -e -f {}", folder.join("config").display());
    let mut command = if before == "true" { Command::new("sh") } else { Command::new("unshare") };
    if before != "true" {
        command.args(["-m", "sh"]);
    }
    let child = command
        .args(["-c", &sshd])
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("sshd of the package openssh-server is needed");
    super::until("sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    child
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}
