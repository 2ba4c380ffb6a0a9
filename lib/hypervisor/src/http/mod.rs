//! The HTTP server from which a guest fetches its answer files: `http_directory`, `http_content`.
//!
//! It has to live for as long as the machine, longer than the tool that made it. So it is the builder's own program,
//! started once more as the hidden subcommand `serve`, in a session of its own. The tool takes the port and hands it over,
//! listening already; the files to serve stand in the state folder, not among the arguments. The server goes when it is
//! [stopped](stop), and by itself when the state folder or its settings are gone.

mod serve;
mod start;
mod watch;

pub use serve::serve;
pub use start::{Port, Server, reserve, stop};
pub use watch::{Request, Watch};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The hidden subcommand that every builder of virtual machines has: `build-virtualbox serve SETTINGS`. It calls [`serve()`].
pub const SUBCOMMAND: &str = "serve";

/// What to serve, in the state folder: 0600, since answer files may hold passwords.
const SETTINGS: &str = "http.json";
/// The server's process, in the state folder.
const NOTE: &str = "http.process.json";
/// Requests, a JSON object a line, in the state folder.
const REQUESTS: &str = "http.requests";
/// What the server says on standard error, in the state folder.
const ERRORS: &str = "http.stderr";

/// What the server reads at its start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Settings {
    /// Folder whose files are served.
    directory: Option<PathBuf>,
    /// Files by their paths, with their contents.
    content: BTreeMap<String, String>,
    /// Where requests are noted.
    requests: PathBuf,
}
