//! What types alone can't say of a communicator's options.

use super::{Communicator, given};
use crate::Duration;
use crate::options::Check;

/// The ciphers that libssh2 1.11 has with OpenSSL 3.
pub const CIPHERS: &[&str] = &[
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
];

/// The key exchange methods that libssh2 1.11 has with OpenSSL 3; those with SHA-1 are left out of it.
pub const KEY_EXCHANGES: &[&str] = &[
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
];

const LATER: &str = "it comes in a later version; docs/provision.md lists what SSH can do now";

impl Communicator {
    /// Fills in the defaults that every builder has, and checks the options. A builder adds what it alone knows: a
    /// default port, whether a host must be given, whether a temporary key can be made.
    pub fn check(&mut self, check: &mut Check) {
        let kind = self.kind().to_owned();
        self.communicator = Some(kind.clone());
        match kind.as_str() {
            "ssh" => self.check_ssh(check),
            "none" => {}
            "winrm" => {
                check
                    .error("communicator", "the communicator 'winrm' is not in this version")
                    .hint("Windows guests can be reached with 'ssh' where they run OpenSSH");
            }
            other => {
                check
                    .error("communicator", format!("there is no communicator '{other}'"))
                    .hint("one of: ssh, none");
            }
        }
    }

    fn check_ssh(&mut self, check: &mut Check) {
        if !given(self.ssh_username.as_deref()) {
            check
                .error("ssh_username", "'ssh_username' is missing")
                .hint("name the user that exists in the machine, such as \"admin\", \"ubuntu\" or \"root\"");
        }
        if self.ssh_port == Some(0) {
            self.ssh_port = None;
        }
        self.limits();
        self.check_keys(check);
        self.check_temporary_key(check);
        self.check_algorithms(check);
        match self.ssh_file_transfer_method.as_deref().unwrap_or("scp") {
            "" | "scp" => self.ssh_file_transfer_method = Some("scp".into()),
            "sftp" => {}
            other => {
                check
                    .error("ssh_file_transfer_method", format!("there is no transfer method '{other}'"))
                    .hint("one of: scp, sftp");
            }
        }
        self.refuse_later(check);
    }

    /// Packer 1.16: with neither given, 5 minutes and 10 attempts; with one given, the other has no limit. Here the time
    /// always has one.
    fn limits(&mut self) {
        if let Some(old) = self.ssh_wait_timeout.filter(|old| !old.is_zero()) {
            self.ssh_timeout = Some(old);
        }
        let attempts = self.ssh_handshake_attempts.filter(|attempts| *attempts > 0);
        let timeout = self.ssh_timeout.filter(|timeout| !timeout.is_zero());
        self.ssh_handshake_attempts = if timeout.is_none() { attempts.or(Some(10)) } else { attempts };
        self.ssh_timeout = timeout.or(Some(Duration::minutes(5)));
        self.ssh_keep_alive_interval = self
            .ssh_keep_alive_interval
            .filter(|interval| !interval.is_zero())
            .or(Some(Duration::seconds(5)));
    }

    fn check_keys(&mut self, check: &mut Check) {
        if let Some(path) = self.ssh_private_key_file.clone().filter(|path| !path.is_empty()) {
            let path = expand_home(&path);
            check_private_key(&path, check);
            self.ssh_private_key_file = Some(path);
        }
        let Some(path) = self.ssh_certificate_file.clone().filter(|path| !path.is_empty()) else { return };
        let path = expand_home(&path);
        if !given(self.ssh_private_key_file.as_deref()) {
            check
                .error("ssh_certificate_file", "a certificate needs its private key")
                .hint("set 'ssh_private_key_file' too");
        }
        match std::fs::read_to_string(&path) {
            Err(error) => {
                check.error("ssh_certificate_file", format!("cannot read {path}: {error}"));
            }
            Ok(text) if !text.split_whitespace().next().is_some_and(|kind| kind.contains("-cert-v01@")) => {
                check
                    .error("ssh_certificate_file", format!("{path} is not an SSH certificate"))
                    .hint("'ssh-keygen -s CA_KEY -I NAME KEY.pub' writes one: KEY-cert.pub");
            }
            Ok(_) => {}
        }
        self.ssh_certificate_file = Some(path);
    }

    /// Packer's kinds and sizes; `dsa` has no place in today's OpenSSH.
    fn check_temporary_key(&mut self, check: &mut Check) {
        let kind = self.temporary_key_pair_type.clone().unwrap_or_default();
        let bits = self.temporary_key_pair_bits.unwrap_or(0);
        let wrong = match kind.as_str() {
            "" | "rsa" if bits != 0 && bits < 1024 => Some("an RSA key has at least 1024 bits"),
            "ecdsa" if ![0, 256, 384, 521].contains(&bits) => Some("an ECDSA key has 256, 384 or 521 bits"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            check.error("temporary_key_pair_bits", wrong);
        }
        match kind.as_str() {
            "" | "rsa" | "ecdsa" | "ed25519" => {}
            "dsa" => {
                check
                    .error("temporary_key_pair_type", "keys of the kind 'dsa' are not supported")
                    .hint("OpenSSH refuses them since version 7.0; use ed25519, ecdsa or rsa");
            }
            other => {
                check
                    .error("temporary_key_pair_type", format!("there is no key of the kind '{other}'"))
                    .hint("one of: rsa, ecdsa, ed25519");
            }
        }
    }

    fn check_algorithms(&self, check: &mut Check) {
        for (option, names, known) in [
            ("ssh_ciphers", &self.ssh_ciphers, CIPHERS),
            ("ssh_key_exchange_algorithms", &self.ssh_key_exchange_algorithms, KEY_EXCHANGES),
        ] {
            for (index, name) in names.iter().flatten().enumerate() {
                if !known.contains(&name.as_str()) {
                    check
                        .error(
                            format!("{option}[{index}]"),
                            format!("'{name}' is not known to this version's SSH"),
                        )
                        .hint(format!("supported are: {}", known.join(", ")));
                }
            }
        }
    }

    fn refuse_later(&self, check: &mut Check) {
        let lists = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        for (option, set) in [
            ("ssh_bastion_host", given(self.ssh_bastion_host.as_deref())),
            ("ssh_proxy_host", given(self.ssh_proxy_host.as_deref())),
            ("ssh_remote_tunnels", lists(&self.ssh_remote_tunnels)),
            ("ssh_local_tunnels", lists(&self.ssh_local_tunnels)),
        ] {
            if set {
                check.error(option, format!("'{option}' is not in this version")).hint(LATER);
            }
        }
    }
}

/// A leading `~/` is the home folder.
fn expand_home(path: &str) -> String {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => path.to_owned(),
    }
}

fn check_private_key(path: &str, check: &mut Check) {
    let option = "ssh_private_key_file";
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            check.error(option, format!("cannot read {path}: {error}"));
            return;
        }
    };
    if !text.contains("-----BEGIN ") || !text.contains("PRIVATE KEY-----") {
        check
            .error(option, format!("{path} is not a private key"))
            .hint("it must be a PEM or OpenSSH private key, not its .pub file and not a .ppk file");
    } else if is_encrypted(&text) {
        check.error(option, format!("{path} is protected by a passphrase")).hint(
            "load it into an SSH agent and set 'ssh_agent_auth', or remove the passphrase: ssh-keygen -p -N '' -f FILE",
        );
    }
}

/// PEM says it in a header; an OpenSSH key names its cipher after `openssh-key-v1\0` (PROTOCOL.key): `none` is 4 bytes
/// long, which in base64 always reads the same at that place.
fn is_encrypted(key: &str) -> bool {
    if key.contains("Proc-Type: 4,ENCRYPTED") || key.contains("BEGIN ENCRYPTED PRIVATE KEY") {
        return true;
    }
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    key.contains("BEGIN OPENSSH PRIVATE KEY") && !body.starts_with("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
}

#[cfg(test)]
mod tests {
    use super::super::Communicator;
    use crate::Duration;
    use crate::options::Check;

    fn messages(communicator: &mut Communicator) -> Vec<String> {
        let mut check = Check::default();
        communicator.check(&mut check);
        check.findings.iter().map(|finding| format!("{}: {}", finding.path, finding.message)).collect()
    }

    fn root() -> Communicator {
        Communicator { ssh_username: Some("root".into()), ..Communicator::default() }
    }

    #[test]
    fn fills_in_defaults() {
        let mut plain = root();
        assert_eq!(messages(&mut plain), Vec::<String>::new());
        assert_eq!(plain.kind(), "ssh");
        assert_eq!(plain.ssh_timeout, Some(Duration::minutes(5)));
        assert_eq!(plain.ssh_handshake_attempts, Some(10));
        let mut timed = Communicator { ssh_wait_timeout: Some(Duration::minutes(1)), ..root() };
        assert_eq!(messages(&mut timed), Vec::<String>::new());
        assert_eq!(timed.ssh_timeout, Some(Duration::minutes(1)));
        assert_eq!(timed.ssh_handshake_attempts, None);
    }

    #[test]
    fn says_what_is_wrong() {
        let text = |text: &str| Some(String::from(text));
        let cases = [
            (Communicator::default(), "ssh_username: 'ssh_username' is missing"),
            (
                Communicator { communicator: text("winrm"), ..root() },
                "communicator: the communicator 'winrm' is not in this version",
            ),
            (
                Communicator { communicator: text("telnet"), ..root() },
                "communicator: there is no communicator 'telnet'",
            ),
            (
                Communicator { ssh_private_key_file: text("/no/such"), ..root() },
                "ssh_private_key_file: cannot read /no/such: No such file or directory (os error 2)",
            ),
            (
                Communicator { ssh_bastion_host: text("b"), ..root() },
                "ssh_bastion_host: 'ssh_bastion_host' is not in this version",
            ),
            (
                Communicator { ssh_ciphers: Some(vec!["aes128-ctr".into(), "rot13".into()]), ..root() },
                "ssh_ciphers[1]: 'rot13' is not known to this version's SSH",
            ),
            (
                Communicator { temporary_key_pair_type: text("dsa"), ..root() },
                "temporary_key_pair_type: keys of the kind 'dsa' are not supported",
            ),
            (
                Communicator { ssh_file_transfer_method: text("ftp"), ..root() },
                "ssh_file_transfer_method: there is no transfer method 'ftp'",
            ),
        ];
        for (mut communicator, message) in cases {
            assert_eq!(messages(&mut communicator), [message]);
        }
    }

    #[test]
    fn sees_encrypted_keys() {
        let plain = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n";
        let locked = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAG\n";
        assert!(!super::is_encrypted(plain));
        assert!(super::is_encrypted(locked));
    }
}
