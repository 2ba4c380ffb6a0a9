//! `postprocess`: makes archives, checksums and manifests of what was built. See `docs/postprocess.md`.
//!
//! [`flow`] runs the sequences of a record; [`ledger`] decides which files stay; [`steps`] has a module for each
//! post-processor; [`pack`] writes compressed streams on all cores.

pub mod flow;
pub mod ledger;
pub mod lock;
pub mod pack;
pub mod steps;

mod tool;

pub use tool::Postprocess;
