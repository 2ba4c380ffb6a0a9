//! HashiCorp's Vault and Consul, asked for values over HTTP; SSH key pairs.
//!
//! Vault and Consul are found as their own command-line tools find them, by environment variables; an answer is read whole, and waited
//! for no longer than a minute.

mod consul;
mod http;
mod key_pair;
mod vault;

pub use consul::Consul;
pub use key_pair::{KeyPair, public_of};
pub use vault::{Lease, Vault};
