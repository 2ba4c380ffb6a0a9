//! Where files are kept that a later run can use again.

use crate::Failure;
use std::path::PathBuf;

/// The cache's folder: `PACKER_CACHE_DIR`, else `packer` below `XDG_CACHE_HOME`, else `~/.cache/packer`.
///
/// # Errors
/// When none of these is set.
pub fn folder() -> Result<PathBuf, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("PACKER_CACHE_DIR")
        .or_else(|| set("XDG_CACHE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("packer")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/packer")))
        .ok_or_else(|| Failure::new("there is no place for the cache").hint("set PACKER_CACHE_DIR or HOME"))
}
