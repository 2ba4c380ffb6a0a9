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

    fn check(&mut self, _check: &mut Check) {}
}
