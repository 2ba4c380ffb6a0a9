//! What all builds of one process share.

use record::Failure;
use record::env::PACKER_RUN_UUID;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use ulid::Ulid;

/// One run of the tool.
#[derive(Debug, Default)]
pub struct Run {
    /// Whether `--force` was given.
    pub force: bool,
    id: OnceLock<String>,
    /// Which file's checksum stands under which name in which checksum file.
    sums: Mutex<HashMap<(PathBuf, String), PathBuf>>,
}

impl Run {
    /// A run that replaces files where `force` is set.
    pub fn new(force: bool) -> Self {
        Self { force, ..Self::default() }
    }

    /// The id of this run, the same for all its builds: `PACKER_RUN_UUID`, else made of the first record's id.
    pub fn id(&self, record: &str) -> &str {
        self.id.get_or_init(|| {
            std::env::var(PACKER_RUN_UUID)
                .ok()
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| uuid(Ulid::from_string(record).unwrap_or_default().0))
        })
    }

    /// Notes that `file` stands as `name` in the checksum file `output`.
    ///
    /// # Errors
    /// When another file of this run stands there under that name.
    pub fn claim(&self, output: &Path, name: &str, file: &Path) -> Result<(), Failure> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sums.entry((output.to_owned(), name.to_owned())).or_insert_with(|| file.to_owned());
        if known == file {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} would hold checksums of two files named {name}: {} and {}",
            output.display(),
            known.display(),
            file.display()
        ))
        .hint("put {{.BuildName}} into the option output"))
    }
}

/// 128 bits as a UUID is written.
fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_files_of_one_name_do_not_share_a_line() {
        let run = Run::default();
        let claim = |file: &str| run.claim(Path::new("/o/sums"), "disk", Path::new(file)).is_ok();
        assert!(claim("/a/disk") && claim("/a/disk"));
        assert!(!claim("/b/disk"));
    }

    #[test]
    fn ids_look_like_packers() {
        assert_eq!(uuid(0x7be9_b9b0_79cd_2bff_0392_1363_9510_0a01), "7be9b9b0-79cd-2bff-0392-136395100a01");
    }
}
