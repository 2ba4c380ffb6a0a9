//! What all builders of virtual machines have.

use super::{Boot, Cd, Floppy, Http, Output, Shutdown};
use crate::option_set;
use crate::options::Check;
use crate::options::communicator::Communicator;

option_set! {
    /// What all builders of virtual machines have.
    pub struct Base {
        /// The HTTP server.
        pub http: Http,
        /// The floppy disk.
        pub floppy: Floppy,
        /// The CD that is made.
        pub cd: Cd,
        /// What is typed.
        pub boot: Boot,
        /// How the machine is shut down.
        pub shutdown: Shutdown,
        /// Where the result goes.
        pub output: Output,
        /// How the machine is reached.
        pub communicator: Communicator,
    }
}

impl Base {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        self.http.check(check);
        self.floppy.check(check);
        self.cd.check(check);
        self.boot.check(check);
        self.shutdown.check(check);
        self.output.check(check);
        self.communicator.check(check);
    }

    /// Whether there is a way into the guest.
    pub fn talks(&self) -> bool {
        self.communicator.kind() != "none"
    }
}
