//! Options of the provisioner `shell-local`.

use crate::option_set;
use crate::options::shell_local::{self, ShellLocal};
use crate::options::{Check, Component};

option_set! {
    /// Options of the provisioner `shell-local`.
    pub struct ShellLocalProvisioner {
        /// What to run, and how.
        pub local: ShellLocal,
    }
}

impl Component for ShellLocalProvisioner {
    const TYPE: &'static str = "shell-local";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = shell_local::DEFERRED;

    fn check(&mut self, check: &mut Check) {
        self.local.check(check);
    }
}
