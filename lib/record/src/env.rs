//! The names of the environment variables that Kiln reads or sets, in one place.

/// Filter for debugging output on stderr, in the syntax of `tracing-subscriber` (`debug`, `build_ec2=trace`).
pub const KILN_LOG: &str = "KILN_LOG";
/// How many builds each tool moves at a time, where `--jobs` does not say.
pub const KILN_JOBS: &str = "KILN_JOBS";
/// Where state folders are kept; `$XDG_STATE_HOME/kiln/ID`.
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// Where caches are kept; `$XDG_CACHE_HOME/kiln`.
pub const XDG_CACHE_HOME: &str = "XDG_CACHE_HOME";
/// Where the locks of terminals are kept.
pub const XDG_RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Turns colour off when it is set and not empty (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// Packer's own switch for colour.
pub const PACKER_NO_COLOR: &str = "PACKER_NO_COLOR";
/// The build's name, for scripts.
pub const PACKER_BUILD_NAME: &str = "PACKER_BUILD_NAME";
/// The builder's type, for scripts.
pub const PACKER_BUILDER_TYPE: &str = "PACKER_BUILDER_TYPE";
/// `IP:PORT` of the builder's HTTP server, for scripts.
pub const PACKER_HTTP_ADDR: &str = "PACKER_HTTP_ADDR";
/// The id of this run, for scripts and manifests.
pub const PACKER_RUN_UUID: &str = "PACKER_RUN_UUID";
/// Prefix of environment variables that set template variables (`PKR_VAR_name`).
pub const PKR_VAR_PREFIX: &str = "PKR_VAR_";
/// Time in seconds since the epoch that reproducible outputs carry (<https://reproducible-builds.org>).
pub const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
