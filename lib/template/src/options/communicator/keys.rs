//! Files of keys and certificates.

use super::given;
use crate::options::Check;
use crate::source::Code;

/// Checks that a file holds a private key without passphrase, and makes its path one without `~`.
pub(super) fn check_private_key(option: &str, path: &mut Option<String>, check: &mut Check) {
    let Some(path) = path.as_mut().filter(|path| !path.is_empty()) else { return };
    *path = expand_home(path);
    read_private_key(option, path, check);
}

/// Checks that a file holds a certificate, and that there is a key for it.
pub(super) fn check_certificate(option: &str, path: &mut Option<String>, has_key: bool, check: &mut Check) {
    if !given(path.as_deref()) {
        return;
    }
    let Some(path) = path else { return };
    *path = expand_home(path);
    if !has_key {
        check
            .error(option, "a certificate needs its private key")
            .hint(format!("set '{}' too", option.replace("certificate", "private_key")));
    }
    match read(path) {
        Err(why) => {
            check.error(option, why).code(Code::MissingFile);
        }
        Ok(text) if !text.split_whitespace().next().is_some_and(|kind| kind.contains("-cert-v01@")) => {
            check
                .error(option, format!("{path} is not an SSH certificate"))
                .hint("'ssh-keygen -s CA_KEY -I NAME KEY.pub' writes one: KEY-cert.pub");
        }
        Ok(_) => {}
    }
}

/// A leading `~/` is the home folder.
fn expand_home(path: &str) -> String {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => path.to_owned(),
    }
}

/// The text of a key's file. Not of another one: a device may have no end.
fn read(path: &str) -> Result<String, String> {
    const LARGEST: u64 = 1 << 20;
    let bytes = record::file::read(std::path::Path::new(path), "cannot read", LARGEST);
    String::from_utf8(bytes.map_err(|failure| failure.message)?)
        .map_err(|_| format!("cannot read {path}: it is no text"))
}

fn read_private_key(option: &str, path: &str, check: &mut Check) {
    let text = match read(path) {
        Ok(text) => text,
        Err(why) => {
            check.error(option, why).code(Code::MissingFile);
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
    #[test]
    fn sees_encrypted_keys() {
        let plain = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n";
        let locked = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAG\n";
        assert!(!super::is_encrypted(plain));
        assert!(super::is_encrypted(locked));
    }
}
