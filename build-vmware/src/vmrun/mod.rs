//! Machines under Workstation, Fusion or Player, by `vmrun`.

mod create;
mod driver;
mod export;
mod host;
mod installation;
mod leases;
mod netmap;
mod program;

pub use create::{create, look, tools};
pub use driver::{Vmrun, missing};
pub use export::export;
pub use host::{host_address, network_of, outgoing};
pub use installation::Installation;
pub use program::run;
