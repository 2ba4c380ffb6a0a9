//! Downloads that go on where they broke.

use super::cache::{Note, Validators, beside, remove};
use super::source::Remote;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use record::{Build, Failure, file};
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use ureq::http::Response;
use ureq::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE,
};
use ureq::{Agent, Body};

/// How long a server may take to accept a connection, and to answer.
const ANSWER: Duration = Duration::from_secs(30);
/// How long it may send nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// How many tries in a row may bring nothing.
const TRIES: u32 = 5;
/// Most bytes of a file of checksums.
pub(super) const LONGEST_TEXT: u64 = 16 << 20;

/// What came of a try.
enum Ended {
    /// All is there.
    Whole(Validators),
    /// It broke, and may go on.
    Broken(String),
    /// There is no use in trying again.
    Refused(String),
}

/// What a transfer has done so far, for whoever waits for it.
#[derive(Debug, Default)]
struct Transfer {
    done: AtomicU64,
    total: AtomicU64,
    abandoned: AtomicBool,
}

/// Downloads to `TARGET.partial`, going on with what is there already; gives its path and what the server says of
/// the file. `verified`: the whole is compared with a checksum later, so that pieces of different versions are found.
///
/// # Errors
/// When the server refuses, several tries in a row bring nothing, or the build is stopped.
pub(super) async fn download(
    remote: &Remote,
    target: &Path,
    verified: bool,
    build: &Build,
) -> Result<(PathBuf, Validators), Failure> {
    let partial = beside(target, "partial");
    let mut tries = 0;
    loop {
        let before = size(&partial);
        let ended = try_once(remote, &partial, verified, build).await?;
        let reason = match ended {
            Ended::Whole(validators) => {
                remove(&beside(&partial, "json"))?;
                return Ok((partial, validators));
            }
            Ended::Refused(reason) => return Err(Failure::new(reason)),
            Ended::Broken(reason) => reason,
        };
        tries = if size(&partial) > before { 1 } else { tries + 1 };
        if tries >= TRIES {
            return Err(Failure::new(format!("{reason} ({TRIES} tries)"))
                .hint("what has come so far is kept: the next run goes on from there"));
        }
        build.say(format!("the download broke off: {reason}; going on"));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100) * 2_u32.pow(tries)) => {}
            () = build.cancelled() => return Err(Failure::interrupted()),
        }
    }
}

/// One request, in a thread of its own: where the server falls silent or the build is stopped, the thread is left behind.
async fn try_once(remote: &Remote, partial: &Path, verified: bool, build: &Build) -> Result<Ended, Failure> {
    let transfer = Arc::new(Transfer::default());
    let (remote, partial, shared) = (remote.clone(), partial.to_owned(), transfer.clone());
    let (sender, mut receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = sender.send(transfer_into(&remote, &partial, verified, &shared));
    });
    let (mut last, mut since) = (0, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            ended = &mut receiver => {
                return ended.unwrap_or_else(|_| Err(Failure::new("the download ended unexpectedly")));
            }
            () = build.cancelled() => {
                transfer.abandoned.store(true, Ordering::SeqCst);
                return Err(Failure::interrupted());
            }
            _ = tick.tick() => {}
        }
        let done = transfer.done.load(Ordering::Relaxed);
        if done != last {
            (last, since) = (done, Instant::now());
            let total = transfer.total.load(Ordering::Relaxed);
            build.progress(done, Some(total).filter(|total| *total > 0), "bytes");
        } else if since.elapsed() > SILENCE {
            transfer.abandoned.store(true, Ordering::SeqCst);
            return Ok(Ended::Broken(format!("the server sent nothing for {} s", SILENCE.as_secs())));
        }
    }
}

fn transfer_into(
    remote: &Remote,
    partial: &Path,
    verified: bool,
    transfer: &Transfer,
) -> Result<Ended, Failure> {
    let note = beside(partial, "json");
    let known: Option<Validators> = fs::read(&note).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let known = known.filter(|known| known.url == remote.url).unwrap_or_default();
    let begun = size(partial);
    let same = known.etag.as_ref().or(known.modified.as_ref());
    // Without a sign of which version this is, only a checksum can tell whether the pieces belong together.
    let go_on = begun > 0 && (same.is_some() || verified);
    let mut request = request(remote, "GET");
    if go_on {
        request = request.header(RANGE, format!("bytes={begun}-"));
        if let Some(same) = same {
            request = request.header(IF_RANGE, same);
        }
    }
    let response = match send(request) {
        Ok(response) => response,
        Err(reason) => return Ok(Ended::Broken(reason)),
    };
    let (status, range) = (response.status().as_u16(), content_range(&response));
    let from = match (status, range) {
        (200, _) => 0,
        (206, Some((Some(from), _))) if from == begun => begun,
        (416, Some((_, Some(total)))) if total == begun => return Ok(Ended::Whole(known)),
        (206 | 416, _) => {
            remove(partial)?;
            return Ok(Ended::Broken("the server does not go on where the download broke".to_owned()));
        }
        (429 | 500..=599, _) => return Ok(Ended::Broken(describe(&response))),
        _ => return Ok(Ended::Refused(describe(&response))),
    };
    let validators = validators(remote, &response, from);
    let text = serde_json::to_vec(&validators).unwrap_or_default();
    file::write(&note, &text, 0o644, true)?;
    transfer.total.store(validators.length.unwrap_or_default(), Ordering::Relaxed);
    copy(response, partial, from, validators, transfer)
}

/// Writes the answer's body to the file from a position on.
fn copy(
    response: Response<Body>,
    partial: &Path,
    from: u64,
    validators: Validators,
    transfer: &Transfer,
) -> Result<Ended, Failure> {
    let failed = |error| file::io(partial, "cannot write", &error);
    let mut out = OpenOptions::new().create(true).append(true).open(partial).map_err(failed)?;
    out.set_len(from).map_err(failed)?;
    let mut body = response.into_body().into_reader();
    let (mut done, mut buffer) = (from, vec![0; 256 << 10]);
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => return Ok(Ended::Broken(record::failure::reason(&error))),
        };
        if transfer.abandoned.load(Ordering::SeqCst) {
            return Ok(Ended::Broken("abandoned".to_owned()));
        }
        out.write_all(&buffer[..count]).map_err(failed)?;
        done += count as u64;
        transfer.done.store(done, Ordering::Relaxed);
    }
    match validators.length {
        Some(length) if done < length => Ok(Ended::Broken(format!("{done} of {length} bytes came"))),
        Some(length) if done > length => {
            remove(partial)?;
            Ok(Ended::Broken(format!("{done} bytes came instead of {length}")))
        }
        _ => Ok(Ended::Whole(validators)),
    }
}

/// Fetches a small text.
///
/// # Errors
/// When the server refuses, or the build is stopped.
pub(super) async fn text(remote: &Remote, build: &Build) -> Result<String, Failure> {
    let remote = remote.clone();
    let work = tokio::task::spawn_blocking(move || {
        let mut response = send(request(&remote, "GET")).map_err(Failure::new)?;
        if !response.status().is_success() {
            return Err(Failure::new(describe(&response)));
        }
        let read = response.body_mut().with_config().limit(LONGEST_TEXT).read_to_string();
        read.map_err(|error| Failure::from_error("the answer cannot be read", &error))
    });
    tokio::select! {
        text = work => text.map_err(|error| Failure::from_error("the download ended", &error))?,
        () = build.cancelled() => Err(Failure::interrupted()),
    }
}

/// Asks whether a server has the file, without fetching it. One that does not know `HEAD` is asked for the first byte.
///
/// # Errors
/// When it has not, does not answer, or the build is stopped.
pub(super) async fn is_there(remote: &Remote, build: &Build) -> Result<(), Failure> {
    let remote = remote.clone();
    let work = tokio::task::spawn_blocking(move || {
        let mut response = send(request(&remote, "HEAD"))?;
        if matches!(response.status().as_u16(), 403 | 405 | 501) {
            response = send(request(&remote, "GET").header(RANGE, "bytes=0-0"))?;
        }
        if response.status().is_success() { Ok(()) } else { Err(describe(&response)) }
    });
    tokio::select! {
        answer = work => answer.unwrap_or_else(|error| Err(error.to_string())).map_err(Failure::new),
        () = build.cancelled() => Err(Failure::interrupted()),
    }
}

/// Whether a file without checksum that was fetched before is what the server still has. Where it cannot be asked, it is.
pub(super) async fn is_current(remote: &Remote, target: &Path, note: &Note, build: &Build) -> bool {
    let asked = remote.clone();
    let work = tokio::task::spawn_blocking(move || {
        send(request(&asked, "HEAD")).map(|response| {
            response
                .status()
                .is_success()
                .then(|| validators(&asked, &response, 0))
                .ok_or_else(|| describe(&response))
        })
    });
    let answer = tokio::select! {
        answer = work => answer.unwrap_or_else(|error| Err(error.to_string())).flatten(),
        () = build.cancelled() => return true,
    };
    match answer {
        Ok(now) => note.validators(target).is_some_and(|then| then == now),
        Err(reason) => {
            build.warn(format!("{}: {reason}; using the copy in the cache", remote.describe()));
            true
        }
    }
}

fn request(remote: &Remote, method: &str) -> ureq::http::request::Builder {
    let request = ureq::http::Request::builder().method(method).uri(&remote.url);
    match &remote.login {
        Some(login) => request.header(AUTHORIZATION, format!("Basic {}", BASE64_STANDARD.encode(login))),
        None => request,
    }
}

/// Sends a request. Proxies are those of the environment (`https_proxy`, `no_proxy` …).
fn send(request: ureq::http::request::Builder) -> Result<Response<Body>, String> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("kiln/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(ANSWER))
        .timeout_connect(Some(ANSWER))
        .timeout_recv_response(Some(ANSWER))
        .build()
        .into();
    let request = request.body(()).map_err(|error| format!("this is no URL: {error}"))?;
    agent.run(request).map_err(|error| record::failure::chain(&error))
}

fn describe(response: &Response<Body>) -> String {
    let status = response.status();
    format!("the server answers {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default())
}

/// What the server says of the whole file, when its answer begins at `from`.
fn validators(remote: &Remote, response: &Response<Body>, from: u64) -> Validators {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let length = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    Validators {
        url: remote.url.clone(),
        // A weak one does not say that the bytes are the same (RFC 9110, 8.8.1).
        etag: header(ETAG).filter(|etag| !etag.starts_with("W/")),
        modified: header(LAST_MODIFIED),
        length: content_range(response).and_then(|(_, total)| total).or(length.map(|length| from + length)),
    }
}

/// First byte and total size of `Content-Range: bytes 5-9/10` or `bytes */10`.
fn content_range(response: &Response<Body>) -> Option<(Option<u64>, Option<u64>)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, total) = text.split_once('/')?;
    Some((range.split_once('-').and_then(|(from, _)| from.parse().ok()), total.parse().ok()))
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}
