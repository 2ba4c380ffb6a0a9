//! Where a file is: on this computer or at a URL.

use percent_encoding::percent_decode_str;
use record::{Build, Failure};
use std::path::{Path, PathBuf};

/// A place that has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file of this computer.
    Local(PathBuf),
    /// A URL.
    Remote(Remote),
}

/// An HTTP URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// The URL, without user and password.
    pub(super) url: String,
    /// `user:password`, decoded.
    pub(super) login: Option<String>,
}

impl Source {
    /// Reads a URL or a path. A password in it is hidden from now on.
    ///
    /// # Errors
    /// When it is a URL that is not for files or HTTP.
    pub(super) fn of(text: &str, build: &Build) -> Result<Self, Failure> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Local(PathBuf::from(text)));
        };
        match scheme.to_ascii_lowercase().as_str() {
            "file" => Ok(Self::Local(PathBuf::from(decode(rest)))),
            "http" | "https" => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (login, place) = match rest[..end].rsplit_once('@') {
                    Some((login, host)) => (Some(login), format!("{scheme}://{host}{}", &rest[end..])),
                    None => (None, text.to_owned()),
                };
                if let Some((_, password)) = login.and_then(|login| login.split_once(':')) {
                    build.hide(password);
                    build.hide(&decode(password));
                }
                Ok(Self::Remote(Remote { url: place, login: login.map(decode) }))
            }
            other => Err(Failure::new(format!("files are not fetched by '{other}:' URLs: {text}"))
                .hint("known are https:, http: and file:, and paths")),
        }
    }

    /// The file's name.
    pub(super) fn file_name(&self) -> String {
        match self {
            Self::Local(path) => file_name(path),
            Self::Remote(remote) => remote.file_name(),
        }
    }

    /// The place as people read it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Local(path) => path.display().to_string(),
            Self::Remote(remote) => remote.describe(),
        }
    }
}

impl Remote {
    /// The URL as people read it.
    pub(super) fn describe(&self) -> String {
        self.url.clone()
    }

    /// The file's name: the last part of the path.
    pub(super) fn file_name(&self) -> String {
        let path = self.url.split(['?', '#']).next().unwrap_or_default();
        decode(path.rsplit('/').next().unwrap_or_default())
    }
}

/// The absolute path of a file of this computer.
///
/// # Errors
/// When there is none.
pub(super) fn real_file(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = path.canonicalize().map_err(|error| {
        Failure::new(record::failure::reason(&error))
            .hint("paths count from the folder in which the tools run")
    })?;
    if !absolute.is_file() {
        return Err(Failure::new("this is not a file"));
    }
    Ok(absolute)
}

/// A path's file name.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
