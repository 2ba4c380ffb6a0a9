//! Credentials that are asked for once and kept as long as they are good: a code of an MFA device works once, and Vault makes
//! an AWS user for every question, but a build is in the hands of several processes, one after the other.
//!
//! They stand in `$XDG_STATE_HOME/kiln/sessions/`, each in a file (mode 0600) that is named after what was asked.

use aws_sdk_ec2::config::Credentials;
use record::state::StateFolder;
use record::{Failure, file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long credentials must still be good to be used. Those with a shorter life are used for half of it.
const MARGIN: Duration = Duration::from_secs(600);

/// Credentials and until when they are good.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) access_key: String,
    pub(super) secret_key: String,
    pub(super) token: Option<String>,
    /// Seconds since 1970.
    pub(super) begin: u64,
    /// Seconds since 1970; 0: for ever.
    pub(super) end: u64,
}

impl Session {
    fn is_good(&self) -> bool {
        let margin = MARGIN.as_secs().min(self.end.saturating_sub(self.begin) / 2);
        self.end == 0 || now() + margin < self.end
    }

    /// The same for the SDK.
    pub(super) fn credentials(&self, from: &'static str) -> Credentials {
        let end = (self.end > 0).then(|| UNIX_EPOCH + Duration::from_secs(self.end));
        Credentials::new(&self.access_key, &self.secret_key, self.token.clone(), end, from)
    }
}

/// The time in seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The session that was kept for this question, else the one that asking gives. Processes that ask the same wait for one
/// another.
///
/// # Errors
/// The asking's own; when the session cannot be kept.
pub(super) async fn kept<Asking>(question: &[&str], ask: impl FnOnce() -> Asking) -> Result<Session, Failure>
where
    Asking: Future<Output = Result<Session, Failure>>,
{
    let folder = StateFolder::root()?.join("sessions");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| file::io(&folder, "cannot make", &error))?;
    let path = folder.join(name(question));
    let _lock = lock(path.with_extension("lock")).await?;
    let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Session>(&bytes).ok());
    if let Some(session) = kept.filter(Session::is_good) {
        return Ok(session);
    }
    remove_old(&folder);
    let session = ask().await?;
    let content = serde_json::to_vec(&session)
        .map_err(|error| Failure::from_error("the session cannot be kept", &error))?;
    file::write(&path, &content, 0o600, true)?;
    Ok(session)
}

/// A name that tells nothing of what was asked.
fn name(question: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in question {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}.json")
}

async fn lock(path: PathBuf) -> Result<File, Failure> {
    let locking = tokio::task::spawn_blocking(move || {
        let open = File::options().create(true).append(true).mode(0o600).open(&path);
        let file = open.map_err(|error| file::io(&path, "cannot open", &error))?;
        // A file system without locks leaves every process to itself.
        let _ = file.lock();
        Ok(file)
    });
    locking.await.map_err(|error| Failure::from_error("cannot wait for another process", &error))?
}

fn remove_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let session = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Session>(&bytes).ok());
        if session.is_some_and(|session| session.end > 0 && session.end < now()) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Session, name, now};

    fn session(begin: u64, end: u64) -> Session {
        Session { access_key: "a".into(), secret_key: "b".into(), token: None, begin, end }
    }

    #[test]
    fn a_session_is_used_while_it_has_some_life_left() {
        assert!(session(0, 0).is_good(), "for ever");
        assert!(session(now(), now() + 3600).is_good());
        assert!(!session(now() - 3300, now() + 300).is_good(), "ten minutes are wanted");
        assert!(session(now() - 10, now() + 50).is_good(), "a short one for half its life");
        assert!(!session(now() - 50, now() + 10).is_good());
    }

    #[test]
    fn questions_are_told_apart() {
        assert_ne!(name(&["a", "bc"]), name(&["ab", "c"]));
    }
}
