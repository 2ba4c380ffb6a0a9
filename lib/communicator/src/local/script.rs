//! The script files of a `shell-local` step: the user's own, or a temporary one for inline lines.

use record::{Failure, file};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf, absolute};
use tempfile::TempPath;
use template::options::shell_local::ShellLocal;

/// A script that is there to be run. A temporary one is removed when this is dropped.
#[derive(Debug)]
pub(super) enum Script {
    /// The user's file.
    Own { path: PathBuf, shown: String },
    /// Inline lines.
    Temporary(TempPath),
}

impl Script {
    /// The absolute path.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Own { path, .. } => path,
            Self::Temporary(path) => path,
        }
    }

    /// How people know it.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Own { shown, .. } => shown,
            Self::Temporary(_) => "the inline script",
        }
    }
}

/// The scripts of a step, in order.
///
/// # Errors
/// When a file is missing or the temporary one cannot be written.
pub(super) fn prepare(options: &ShellLocal) -> Result<Vec<Script>, Failure> {
    let inline = if options.command.is_empty() { &options.inline } else { &vec![options.command.clone()] };
    if !inline.is_empty() {
        return Ok(vec![Script::Temporary(write_inline(options, inline)?)]);
    }
    let one = Some(&options.script).filter(|script| !script.is_empty());
    one.into_iter().chain(&options.scripts).map(|script| own(options, script)).collect()
}

fn own(options: &ShellLocal, script: &str) -> Result<Script, Failure> {
    let path = match options.use_linux_pathing {
        true => PathBuf::from(linux_path(script)),
        false => PathBuf::from(script),
    };
    // The script is run by its path, so a relative one must not be looked up in PATH.
    let path = absolute(&path).map_err(|error| file::io(&path, "cannot find", &error))?;
    if !path.is_file() {
        return Err(Failure::new(format!("bad script '{script}': there is no such file"))
            .hint("paths are relative to the folder in which the tools run"));
    }
    Ok(Script::Own { path, shown: script.to_owned() })
}

/// Writes the lines to a new file, mode 0700. It is closed before it is run: Linux refuses to execute a file
/// that is open for writing.
fn write_inline(options: &ShellLocal, lines: &[String]) -> Result<TempPath, Failure> {
    let mut text = String::new();
    let own_shebang = lines.first().is_some_and(|line| line.starts_with("#!"));
    match options.inline_shebang.as_deref() {
        None | Some("") if own_shebang => {}
        None | Some("") => text.push_str("#!/bin/sh -e\n"),
        Some(shebang) => text.push_str(&format!("#!{shebang}\n")),
    }
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    let suffix = match options.tempfile_extension.trim_start_matches('.') {
        "" => String::new(),
        extension => format!(".{extension}"),
    };
    let cannot = |error: std::io::Error| {
        file::io(&std::env::temp_dir(), "cannot write the inline script to", &error)
            .hint("set TMPDIR to a folder that can be written and executed from")
    };
    let mut script = tempfile::Builder::new()
        .prefix("kiln-shell-")
        .suffix(&suffix)
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempfile()
        .map_err(cannot)?;
    script.write_all(text.as_bytes()).map_err(cannot)?;
    Ok(script.into_temp_path())
}

/// `C:/x` as the Windows Subsystem for Linux mounts it: `/mnt/c/x`.
fn linux_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    match path.as_bytes() {
        [drive, b':', b'/', ..] if drive.is_ascii_alphabetic() => {
            format!("/mnt/{}{}", char::from(drive.to_ascii_lowercase()), &path[2..])
        }
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn inline(options: serde_json::Value) -> (PathBuf, String) {
        let options: ShellLocal = serde_json::from_value(options).unwrap();
        let scripts = prepare(&options).unwrap();
        let path = scripts[0].path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let text = fs::read_to_string(&path).unwrap();
        drop(scripts);
        assert!(!path.exists(), "a temporary script is removed");
        (path, text)
    }

    #[test]
    fn inline_lines_become_a_script() {
        let (path, text) = inline(serde_json::json!({"inline": ["a", "b"], "tempfile_extension": ".bash"}));
        assert_eq!(text, "#!/bin/sh -e\na\nb\n");
        assert!(path.to_str().unwrap().ends_with(".bash"));
        let (_, text) = inline(serde_json::json!({"command": "x y"}));
        assert_eq!(text, "#!/bin/sh -e\nx y\n");
    }

    #[test]
    fn the_first_line_may_be_the_users() {
        let (_, text) = inline(serde_json::json!({"inline": ["#!/usr/bin/env python3", "print(1)"]}));
        assert_eq!(text, "#!/usr/bin/env python3\nprint(1)\n");
        let (_, text) = inline(serde_json::json!({"inline": ["a"], "inline_shebang": "/bin/bash -x"}));
        assert_eq!(text, "#!/bin/bash -x\na\n");
    }

    #[test]
    fn drives_are_found_where_wsl_mounts_them() {
        assert_eq!(linux_path("C:/a/b.sh"), "/mnt/c/a/b.sh");
        assert_eq!(linux_path(r"d:\a\b.sh"), "/mnt/d/a/b.sh");
        assert_eq!(linux_path("/a/b.sh"), "/a/b.sh");
    }
}
