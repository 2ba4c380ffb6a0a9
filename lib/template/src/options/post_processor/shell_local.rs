//! Options of the post-processor `shell-local`.

use crate::option_set;
use crate::options::shell_local::{self, ShellLocal};
use crate::options::{Check, Component};

option_set! {
    /// Options of the post-processor `shell-local`.
    pub struct ShellLocalPostProcessor {
        /// What to run, and how.
        pub local: ShellLocal,
    }
}

impl Component for ShellLocalPostProcessor {
    const TYPE: &'static str = "shell-local";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = shell_local::DEFERRED;

    fn check(&mut self, check: &mut Check) {
        self.local.check(check);
    }
}
