//! Rules of WinRM.

use super::{Communicator, given};
use crate::Duration;
use crate::options::Check;

impl Communicator {
    /// Packer 1.6.6: a user must be named; the port follows from whether there is TLS.
    pub(super) fn check_winrm(&mut self, check: &mut Check) {
        if !given(self.winrm_username.as_deref()) {
            check
                .missing("winrm_username", "'winrm_username' is missing")
                .hint("name the user that exists in the machine, such as \"Administrator\"");
        }
        let port = if self.winrm_use_ssl == Some(true) { 5986 } else { 5985 };
        self.winrm_port = self.winrm_port.filter(|port| *port > 0).or(Some(port));
        self.winrm_timeout =
            self.winrm_timeout.filter(|timeout| !timeout.is_zero()).or(Some(Duration::minutes(30)));
    }
}
