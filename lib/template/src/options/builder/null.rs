//! Options of the builder `null`, which provisions a machine that is there already.

use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::{Check, Component};

option_set! {
    /// Options of `null`: only how to reach the machine.
    pub struct Null {
        /// How to reach the machine.
        pub communicator: Communicator,
    }
}

impl Component for Null {
    const TYPE: &'static str = "null";

    /// Packer 1.6.6, `builder/null/config.go`: a host and exactly one way to log in.
    fn check(&mut self, check: &mut Check) {
        let communicator = &mut self.communicator;
        communicator.check(check);
        match communicator.kind() {
            "ssh" => {}
            "winrm" => return check_winrm(communicator, check),
            _ => return,
        }
        if communicator.ssh_host.as_deref().is_none_or(str::is_empty) {
            check.missing("ssh_host", "'ssh_host' is missing").hint("name the machine to connect to");
        }
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let (key, password) = (given(&communicator.ssh_private_key_file), given(&communicator.ssh_password));
        if !communicator.has_authentication() {
            check
                .error("", "no way to log in is given")
                .hint("set 'ssh_private_key_file', 'ssh_password' or 'ssh_agent_auth'");
        } else if key && password {
            check
                .error("ssh_password", "both a key file and a password are given")
                .hint("set one of 'ssh_private_key_file' and 'ssh_password'");
        }
        communicator.ssh_port = communicator.ssh_port.or(Some(22));
    }
}

/// With WinRM, a host and a password must be given too.
fn check_winrm(communicator: &Communicator, check: &mut Check) {
    for (option, value, hint) in [
        ("winrm_host", &communicator.winrm_host, "name the machine to connect to"),
        ("winrm_password", &communicator.winrm_password, "give the password of 'winrm_username'"),
    ] {
        if value.as_deref().is_none_or(str::is_empty) {
            check.missing(option, format!("'{option}' is missing")).hint(hint);
        }
    }
}
