//! Functions of paths and files. Relative paths of what is read begin at `path.root`.

use super::{Arguments, Fault, Gives};
use crate::hcl2::names::Names;
use crate::hcl2::value::Value;
use base64::Engine;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// Where a path leads.
fn resolve(names: &Names, path: &str) -> PathBuf {
    Path::new(&names.root).join(expand(path))
}

/// `~` is the home folder.
fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix('~'), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            Path::new(&home).join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}

fn read(names: &Names, path: &str) -> Result<Vec<u8>, String> {
    /// What is longer belongs into no template.
    const MOST: u64 = 64 << 20;
    let place = resolve(names, path);
    let explain = |error: std::io::Error| format!("cannot read {}: {error}", place.display());
    if place.is_dir() {
        return Err(format!("{} is a folder", place.display()));
    }
    let file = std::fs::File::open(&place).map_err(explain)?;
    if !file.metadata().map_err(explain)?.is_file() {
        return Err(format!("{} is no file", place.display()));
    }
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(explain)?;
    if bytes.len() as u64 > MOST {
        return Err(format!("{} is larger than 64 MB", place.display()));
    }
    Ok(bytes)
}

/// A file's text.
///
/// # Errors
/// When it cannot be read, is no text, or is too large.
pub(in crate::hcl2) fn read_text(names: &Names, path: &str) -> Result<String, String> {
    String::from_utf8(read(names, path)?).map_err(|_| format!("{path} is no UTF-8 text"))
}

pub(super) fn file(given: &Arguments<'_>) -> Gives {
    let path = given.text(0)?;
    read_text(given.names, &path).map(Value::text).map_err(|why| {
        let fault = Fault::at(0, why);
        fault.hint(format!("relative paths begin at path.root, which is '{}'", given.names.root))
    })
}

pub(super) fn filebase64(given: &Arguments<'_>) -> Gives {
    let bytes = read(given.names, &given.text(0)?).map_err(|why| Fault::at(0, why))?;
    Ok(Value::text(base64::engine::general_purpose::STANDARD.encode(bytes)))
}

pub(super) fn fileexists(given: &Arguments<'_>) -> Gives {
    let place = resolve(given.names, &given.text(0)?);
    if place.is_dir() {
        return Err(Fault::at(0, format!("{} is a folder, not a file", place.display())));
    }
    Ok(Value::Bool(place.is_file()))
}

/// The files in a folder whose paths match a pattern, as paths in that folder.
pub(super) fn fileset(given: &Arguments<'_>) -> Gives {
    let folder = resolve(given.names, &given.text(0)?);
    let pattern = given.text(1)?;
    let compiled = glob::Pattern::new(&pattern)
        .map_err(|error| Fault::at(1, format!("the pattern is malformed: {}", error.msg)))?;
    let mut found = Vec::new();
    walk(&folder, Path::new(""), pattern.contains("**") || pattern.contains('/'), &mut found)?;
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
    let matching = found.into_iter().filter(|path| compiled.matches_with(path, options));
    Ok(Value::set(matching.map(Value::text).collect()))
}

fn walk(folder: &Path, within: &Path, deep: bool, found: &mut Vec<String>) -> Result<(), Fault> {
    /// Against folders that hold everything, or themselves.
    const MOST: usize = 100_000;
    const DEPTH: usize = 64;
    let Ok(entries) = std::fs::read_dir(folder.join(within)) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = within.join(entry.file_name());
        if found.len() >= MOST {
            return Err(Fault::at(0, format!("there are more than {MOST} files")));
        }
        let kind = entry.path().metadata();
        if kind.as_ref().is_ok_and(std::fs::Metadata::is_file) {
            found.push(path.display().to_string());
        } else if deep && kind.is_ok_and(|kind| kind.is_dir()) && path.components().count() < DEPTH {
            walk(folder, &path, deep, found)?;
        }
    }
    Ok(())
}

/// Takes `.` and `..` out of a path (Go's `filepath.Clean`).
fn clean(path: &Path) -> String {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match (component, cleaned.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                cleaned.pop();
            }
            _ => cleaned.push(component),
        }
    }
    if cleaned.as_os_str().is_empty() { ".".to_owned() } else { cleaned.display().to_string() }
}

pub(super) fn abspath(given: &Arguments<'_>) -> Gives {
    let path = given.text(0)?;
    Ok(Value::text(clean(&Path::new(&given.names.cwd).join(&*path))))
}

pub(super) fn basename(given: &Arguments<'_>) -> Gives {
    let path = given.text(0)?;
    let trimmed = path.trim_end_matches('/');
    Ok(Value::text(match (trimmed, path.is_empty()) {
        ("", true) => ".",
        ("", false) => "/",
        (trimmed, _) => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }))
}

pub(super) fn dirname(given: &Arguments<'_>) -> Gives {
    let path = given.text(0)?;
    let folder = path.rfind('/').map_or("", |at| &path[..=at]);
    Ok(Value::text(clean(Path::new(folder))))
}

pub(super) fn pathexpand(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(expand(&given.text(0)?).display().to_string()))
}
