//! Rules between the communicator's options and EC2's.

use crate::options::Check;
use crate::options::builder::amazon_ebs::Run;
use crate::options::communicator::Communicator;

pub(super) fn check(communicator: &Communicator, run: &Run, check: &mut Check) {
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let kind = communicator.temporary_key_pair_type.as_deref().unwrap_or_default();
    // Of dsa the communicator's own rules say more.
    if kind != "dsa" {
        super::one_of("temporary_key_pair_type", kind, &["rsa", "ed25519"], check);
    }
    if communicator.kind() == "winrm" && kind == "ed25519" && !given(&communicator.winrm_password) {
        check
            .error(
                "temporary_key_pair_type",
                "AWS encrypts the password of a Windows machine with RSA keys only",
            )
            .hint("leave temporary_key_pair_type out, or set winrm_password");
    }
    let has_key = given(&communicator.ssh_private_key_file);
    let has_password = given(&communicator.winrm_password);
    if communicator.kind() == "winrm" && !has_password && has_key && !given(&communicator.ssh_keypair_name) {
        check
            .error("ssh_private_key_file", "the password of a Windows machine needs the key pair of this key")
            .hint("set ssh_keypair_name as well, or leave both out: then there is a temporary pair");
    }
    if given(&communicator.ssh_keypair_name) && !has_key {
        let winrm = communicator.kind() == "winrm";
        if winrm && !given(&communicator.winrm_password) {
            check
                .error(
                    "ssh_keypair_name",
                    "the password of a Windows machine can't be read without the private key",
                )
                .hint("set ssh_private_key_file to the key of ssh_keypair_name");
        } else if !winrm && communicator.ssh_agent_auth != Some(true) {
            check
                .error("ssh_keypair_name", "the private key of this key pair is not given")
                .hint("set ssh_private_key_file, or ssh_agent_auth to use your agent's keys");
        }
    }
    if run.ssh_interface == "session_manager" && communicator.kind() == "winrm" {
        check.error("ssh_interface", "Session Manager does not carry WinRM").hint("use the communicator ssh");
    }
}
