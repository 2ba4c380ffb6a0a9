//! The connection to a machine's QEMU that all who use one [`super::Qemu`] share: QEMU talks to one client at a time.

use super::qmp::Qmp;
use record::Failure;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// A connection that is made when it is first used, and again when it broke off.
#[derive(Debug, Clone)]
pub(super) struct Link {
    socket: PathBuf,
    qmp: Arc<Mutex<Option<Qmp>>>,
}

/// The connection in one user's hands.
#[derive(Debug)]
pub(super) struct Open(OwnedMutexGuard<Option<Qmp>>);

impl Link {
    pub(super) fn new(socket: PathBuf) -> Self {
        Self { socket, qmp: Arc::default() }
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Takes the connection; makes it where there is none.
    ///
    /// # Errors
    /// When QEMU cannot be reached.
    pub(super) async fn open(&self) -> Result<Open, Failure> {
        let mut guard = self.qmp.clone().lock_owned().await;
        // One that QEMU has closed, or that was left in the middle of a line, shows only when it is used.
        if let Some(qmp) = guard.as_mut()
            && qmp.execute("query-name", serde_json::json!({})).await.is_err()
        {
            *guard = None;
        }
        if guard.is_none() {
            *guard = Some(Qmp::connect(&self.socket).await?);
        }
        Ok(Open(guard))
    }

    /// Hangs up.
    pub(super) async fn close(&self) {
        *self.qmp.lock().await = None;
    }
}

impl Deref for Open {
    type Target = Qmp;

    fn deref(&self) -> &Qmp {
        self.0.as_ref().expect("open() has filled it")
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut Qmp {
        self.0.as_mut().expect("open() has filled it")
    }
}
