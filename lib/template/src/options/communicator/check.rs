//! What types alone can't say of a communicator's options.

use super::{Communicator, given, keys};
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

impl Communicator {
    /// Fills in the defaults that every builder has, and checks the options. A builder adds what it alone knows: a
    /// default port, whether a host must be given, whether a temporary key can be made.
    pub fn check(&mut self, check: &mut Check) {
        let kind = self.kind().to_owned();
        self.communicator = Some(kind.clone());
        match kind.as_str() {
            "ssh" => self.check_ssh(check),
            "none" => {}
            "winrm" => self.check_winrm(check),
            "docker" | "dockerWindowsContainer" => {
                check
                    .error("communicator", format!("the communicator '{kind}' reaches containers only"))
                    .hint("one of: ssh, winrm, none");
            }
            other => {
                check
                    .error("communicator", format!("there is no communicator '{other}'"))
                    .hint("one of: ssh, winrm, none");
            }
        }
    }

    fn check_ssh(&mut self, check: &mut Check) {
        if !given(self.ssh_username.as_deref()) {
            check
                .missing("ssh_username", "'ssh_username' is missing")
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
        self.check_bastion(check);
        self.check_tunnels(check);
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
        keys::check_private_key("ssh_private_key_file", &mut self.ssh_private_key_file, check);
        let has_key = given(self.ssh_private_key_file.as_deref());
        keys::check_certificate("ssh_certificate_file", &mut self.ssh_certificate_file, has_key, check);
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
                    .hint("OpenSSH refuses them since version 7.0; use ed25519 or rsa");
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
            let names: Vec<&str> = names.iter().flatten().map(String::as_str).collect();
            let hint = format!("supported are: {}", known.join(", "));
            if !names.is_empty() && !names.iter().any(|name| known.contains(name)) {
                let message = format!("this version's SSH knows none of these: {}", names.join(", "));
                check.error(option, message).hint(hint);
                continue;
            }
            for (index, name) in names.iter().enumerate().filter(|(_, name)| !known.contains(name)) {
                let message = format!("'{name}' is not known to this version's SSH, and is left out");
                check.warning(format!("{option}[{index}]"), message).hint(hint.clone());
            }
        }
    }
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
                "winrm_username: 'winrm_username' is missing",
            ),
            (
                Communicator { communicator: text("docker"), ..root() },
                "communicator: the communicator 'docker' reaches containers only",
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
                "ssh_bastion_host: no way to log in at the bastion is given",
            ),
            (
                Communicator {
                    ssh_bastion_host: text("b"),
                    ssh_bastion_password: text("p"),
                    ssh_proxy_host: text("p"),
                    ..root()
                },
                "ssh_proxy_host: 'ssh_bastion_host' and 'ssh_proxy_host' exclude each other",
            ),
            (
                Communicator {
                    ssh_remote_tunnels: Some(vec!["80:web:8080".into(), "80:web".into()]),
                    ..root()
                },
                "ssh_remote_tunnels[1]: '80:web' is not a tunnel",
            ),
            (
                Communicator { ssh_local_tunnels: Some(vec!["80:web:80800".into()]), ..root() },
                "ssh_local_tunnels[0]: '80:web:80800' is not a tunnel",
            ),
            (
                Communicator { ssh_ciphers: Some(vec!["aes128-ctr".into(), "rot13".into()]), ..root() },
                "ssh_ciphers[1]: 'rot13' is not known to this version's SSH, and is left out",
            ),
            (
                Communicator { ssh_ciphers: Some(vec!["rc4".into(), "rot13".into()]), ..root() },
                "ssh_ciphers: this version's SSH knows none of these: rc4, rot13",
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
}
