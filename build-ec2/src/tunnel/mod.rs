//! Tunnels through AWS Systems Manager (`ssh_interface = "session_manager"`): a machine that has no address is reached at a
//! port of this computer.
//!
//! A session is asked for by `ssm:StartSession`; Amazon's program `session-manager-plugin` carries it. The tunnel has to live
//! as long as the machine, longer than the tool that made it. So it is kept by this very program, started once more as the
//! hidden subcommand `tunnel`: a session that drops (a reboot, twenty idle minutes) is replaced by a new one. The keeper
//! goes when the tunnel is [closed](close), and by itself when the state folder or its settings are gone.

mod keep;
mod open;
mod own_key;
mod plugin;
mod session;

pub use keep::keep;
pub use open::{last_words, open};
pub use plugin::installed;

use crate::context::Context;
use own_key::OwnKey;
use record::state::StateFolder;
use record::{Failure, process};
use serde::{Deserialize, Serialize};
use session::{Route, Session};
use std::fs;
use std::time::{Duration, Instant};
use template::options::builder::amazon_ebs::Access;

/// What the keeper reads, in the state folder: 0600, since it holds the way to AWS.
const SETTINGS: &str = "tunnel.json";
/// What the keeper says on standard error, in the state folder.
const ERRORS: &str = "tunnel.stderr";

/// How long the keeper may take to end its session.
const GRACE: Duration = Duration::from_secs(10);

/// What the keeper reads at its start.
#[derive(Debug, Serialize, Deserialize)]
struct Settings {
    access: Access,
    region: String,
    route: Route,
    /// The first session.
    session: Session,
    /// The user's own key, where the machine has no key pair.
    own_key: Option<OwnKey>,
}

/// Whether the template asks for a tunnel.
pub fn wanted(context: &Context) -> bool {
    context.options.run.ssh_interface == "session_manager"
}

/// Closes a build's tunnel, if it has one, and waits until it is gone. Safe to call again.
///
/// # Errors
/// When its processes do not go.
pub async fn close(folder: &StateFolder) -> Result<(), Failure> {
    if fs::remove_file(folder.file(SETTINGS)).is_err() {
        return Ok(());
    }
    let begun = Instant::now();
    while !process::detached(folder.id()).is_empty() && begun.elapsed() < GRACE {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process::kill_all(folder.id())
}
