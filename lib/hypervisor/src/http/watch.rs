//! Says what the guest fetches: when an installer hangs, people want to know how far it came.

use super::REQUESTS;
use record::Build;
use record::state::StateFolder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;
use tokio::task::JoinHandle;

/// A request, and what it was answered with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Request {
    /// `GET` or `HEAD`, as a rule.
    pub method: String,
    /// What was asked for.
    pub path: String,
    /// HTTP status.
    pub status: u16,
    /// Size of the answer's body.
    pub bytes: u64,
}

impl Request {
    /// The request as people read it: `the guest fetched /preseed.cfg (1204 bytes)`.
    pub fn describe(&self) -> String {
        let Self { method, path, status, bytes } = self;
        match status {
            200 | 206 | 304 if method == "HEAD" => format!("the guest looked for {path}, which is there"),
            200 | 206 => format!("the guest fetched {path} ({bytes} bytes)"),
            404 => format!("the guest asked for {path}, which the HTTP server does not have"),
            _ => format!("the guest asked for {path} ({method}), and was answered {status}"),
        }
    }
}

/// Reads the requests that were noted since the last time.
#[derive(Debug, Default)]
struct News {
    read: u64,
}

impl News {
    fn read(&mut self, folder: &StateFolder) -> Vec<Request> {
        let mut text = String::new();
        let read = File::open(folder.file(REQUESTS)).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.read))?;
            file.read_to_string(&mut text)
        });
        if read.is_err() {
            return Vec::new();
        }
        // A line that is being written is read the next time.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        self.read += whole as u64;
        text[..whole].lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// How many different requests are said; a guest that installs itself over HTTP makes thousands.
const MOST: usize = 20;
/// How often to look.
const LOOK: Duration = Duration::from_millis(500);

/// Says each new request of a build's guest, once, until it is dropped.
#[derive(Debug)]
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Begins to watch. Needs a tokio runtime.
    pub fn new(build: &Build) -> Self {
        let build = build.clone();
        Self(tokio::spawn(async move {
            let (mut news, mut said) = (News::default(), BTreeSet::new());
            loop {
                for request in news.read(build.folder()) {
                    let text = request.describe();
                    if said.len() < MOST && said.insert(request) {
                        build.say(text);
                        if said.len() == MOST {
                            build.say("what else the guest fetches is not said");
                        }
                    }
                }
                tokio::time::sleep(LOOK).await;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}
