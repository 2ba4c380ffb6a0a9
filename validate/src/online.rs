//! `--online`: the builders' own checks, which ask the platform.

use crate::run::Build;
use record::cli::sibling;
use serde::Deserialize;
use std::io::Write;
use std::process::{Command, Stdio};
use template::options::Finding;
use template::source::Diagnostics;

/// What `build-ec2 check` says, one a line.
#[derive(Deserialize)]
struct Found {
    build: String,
    #[serde(default)]
    path: String,
    message: String,
    #[serde(default)]
    hint: Option<String>,
    #[serde(default)]
    warning: bool,
}

/// Has `build-ec2 check` look at all builds for EC2, and puts what it finds at its place in the templates.
pub(crate) fn check(builds: &[Build]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let builds: Vec<&Build> =
        builds.iter().filter(|build| build.document.kind.starts_with("amazon-")).collect();
    if builds.is_empty() {
        return diagnostics;
    }
    match ask(&builds) {
        Ok(answer) => {
            for line in answer.lines().filter(|line| !line.trim().is_empty()) {
                place(line, &builds, &mut diagnostics);
            }
        }
        Err(message) => {
            diagnostics.usage(message).hint("'build-ec2' must stand beside 'validate' or on PATH");
        }
    }
    diagnostics
}

fn ask(builds: &[&Build]) -> Result<String, String> {
    let program = sibling("build-ec2");
    let explain = |error: std::io::Error| format!("cannot run '{} check': {error}", program.display());
    let mut child = Command::new(&program)
        .arg("check")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(explain)?;
    let mut lines = String::new();
    for build in builds {
        lines += &serde_json::to_string(&build.document).map_err(|error| error.to_string())?;
        lines.push('\n');
    }
    // Its own thread, since the child may answer before it has read everything.
    let writer =
        child.stdin.take().map(|mut input| std::thread::spawn(move || input.write_all(lines.as_bytes())));
    let output = child.wait_with_output().map_err(explain)?;
    let written = writer.is_none_or(|writer| writer.join().is_ok_and(|written| written.is_ok()));
    if !output.status.success() || !written {
        return Err(format!("'{} check' could not ask everything: {}", program.display(), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn place(line: &str, builds: &[&Build], diagnostics: &mut Diagnostics) {
    let Ok(Found { build, path, message, hint, warning }) = serde_json::from_str(line) else {
        diagnostics.usage(format!("'build-ec2 check' said what is no finding: {line}"));
        return;
    };
    match builds.iter().find(|known| known.document.build == build) {
        Some(known) => known.planned.locate(Finding { path, message, hint, warning }, diagnostics),
        None => {
            let diagnostic = diagnostics.usage(format!("{build}: {message}"));
            diagnostic.hint = hint;
            diagnostic.warning = warning;
        }
    }
}
