//! Files of text that somebody else wrote: read as far as they may be long.

use crate::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a whole file of at most `most` bytes. Whatever its size is said to be, no more is read: a device has none, and no end.
///
/// # Errors
/// When it cannot be read, or is longer; `what` is what it should be: `.vmx`.
pub(crate) fn read(path: &Path, most: u64, what: &str) -> Result<Vec<u8>, Error> {
    let cannot = |why: &dyn std::fmt::Display| Error::new(format!("cannot read {}: {why}", path.display()));
    let file = File::open(path).map_err(|error| cannot(&error))?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > most {
        return Err(cannot(&format!("it is longer than {most} bytes, which no {what} is")));
    }
    Ok(bytes)
}
