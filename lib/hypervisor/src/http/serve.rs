//! The server itself: what the hidden subcommand does.

use super::{Request, Settings};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use record::{Failure, file};
use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tower_http::services::ServeDir;

type Answer = Response<UnsyncBoxBody<Bytes, std::io::Error>>;

/// How often the server looks whether it is still wanted.
const LOOK: Duration = Duration::from_secs(1);

/// Serves on the socket that is this process' standard input, which listens already, until the settings' file is gone.
///
/// # Errors
/// When the settings cannot be read or standard input is no such socket: people have no reason to run this.
pub fn serve(settings: &Path) -> Result<(), Failure> {
    // A session of its own: what is typed in the terminal is not for this process. It fails only where it is one already.
    let _ = rustix::process::setsid();
    let text = std::fs::read(settings).map_err(|error| file::io(settings, "cannot read", &error))?;
    let parsed: Settings = serde_json::from_slice(&text)
        .map_err(|error| Failure::from_error(settings.display(), &error).hint("the tools write this file"))?;
    let listener = std::io::stdin().as_fd().try_clone_to_owned().map(TcpListener::from);
    let listener = listener.and_then(|listener| {
        listener.set_nonblocking(true)?;
        listener.local_addr().map(|_| listener)
    });
    let listener = listener.map_err(|error| {
        Failure::usage(format!("standard input is no socket: {error}"))
            .hint("the builders start this subcommand themselves")
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        tokio::select! {
            ended = accept(listener, parsed) => ended,
            () = unwanted(settings) => Ok(()),
        }
    })
}

/// Ends when the settings' file is gone: the build is over.
async fn unwanted(settings: &Path) {
    while settings.exists() {
        tokio::time::sleep(LOOK).await;
    }
}

async fn accept(listener: TcpListener, settings: Settings) -> Result<(), Failure> {
    let listener = tokio::net::TcpListener::from_std(listener)
        .map_err(|error| Failure::new(format!("cannot listen: {error}")))?;
    let settings = Arc::new(settings);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors for now.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let settings = settings.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(request, &settings));
            // A guest that goes away in the middle is no news.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn answer(request: hyper::Request<Incoming>, settings: &Settings) -> Result<Answer, Infallible> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let answer = match (&settings.directory, &method) {
        (_, other) if *other != Method::GET && *other != Method::HEAD => {
            plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n")
        }
        (Some(folder), _) => match ServeDir::new(folder).try_call(request).await {
            Ok(answer) => answer.map(|body| body.map_err(std::io::Error::other).boxed_unsync()),
            // Files below a file, and those that may not be read.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory
                ) =>
            {
                plain(StatusCode::NOT_FOUND, "not found\n")
            }
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error}\n")),
        },
        (None, _) => content(&path, settings),
    };
    let bytes = answer.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    note(
        settings,
        &Request {
            method: method.to_string(),
            path,
            status: answer.status().as_u16(),
            bytes: bytes.or_else(|| answer.body().size_hint().exact()).unwrap_or_default(),
        },
    );
    Ok(answer)
}

/// A file of `http_content`, by its path.
fn content(path: &str, settings: &Settings) -> Answer {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    match settings.content.get(path).or_else(|| settings.content.get(decoded.as_ref())) {
        Some(text) => plain(StatusCode::OK, text),
        None => plain(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn plain(status: StatusCode, text: &str) -> Answer {
    let body = Full::new(Bytes::from(text.to_owned())).map_err(|never| match never {}).boxed_unsync();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// Notes a request for whoever watches; a server that cannot write goes on serving.
fn note(settings: &Settings, request: &Request) {
    let Ok(mut line) = serde_json::to_vec(request) else { return };
    line.push(b'\n');
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&settings.requests);
    let _ = file.and_then(|mut file| file.write_all(&line));
}
