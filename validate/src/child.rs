//! Asking a tool that knows a platform: planned records in, lines of JSON out.

use crate::take::Build;
use record::Failure;
use record::cli::sibling;
use std::io::Write;
use std::process::{Command, Stdio};

/// Has `TOOL COMMAND` look at builds, and gives what it says.
///
/// # Errors
/// When it cannot be run, or could not do all.
pub(crate) fn ask(tool: &str, command: &str, builds: &[&Build]) -> Result<String, Failure> {
    let program = sibling(tool);
    let failed =
        |what: String| Failure::usage(what).hint(format!("'{tool}' must stand beside 'validate' or on PATH"));
    let explain =
        |error: std::io::Error| failed(format!("cannot run '{} {command}': {error}", program.display()));
    let mut child = Command::new(&program)
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(explain)?;
    let mut lines = String::new();
    for build in builds {
        lines += &serde_json::to_string(&build.document).map_err(|error| failed(error.to_string()))?;
        lines.push('\n');
    }
    // Its own thread, since the child may answer before it has read everything.
    let writer =
        child.stdin.take().map(|mut input| std::thread::spawn(move || input.write_all(lines.as_bytes())));
    let output = child.wait_with_output().map_err(explain)?;
    let written = writer.is_none_or(|writer| writer.join().is_ok_and(|written| written.is_ok()));
    if !output.status.success() || !written {
        let message =
            format!("'{} {command}' could not ask everything: {}", program.display(), output.status);
        return Err(failed(message));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
