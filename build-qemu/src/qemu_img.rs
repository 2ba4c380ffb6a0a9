//! `qemu-img`, which knows all of QEMU's disk formats.

use record::process::MARK;
use record::{Build, Failure};
use std::ffi::OsString;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

/// Runs it; its progress (`-p`) is shown.
///
/// # Errors
/// When it is missing or fails: with what it said.
pub async fn run(arguments: Vec<OsString>, build: &Build) -> Result<(), Failure> {
    let what = arguments.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let mut child = Command::new("qemu-img")
        .args(arguments)
        .env(MARK, build.id())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            Failure::new(format!("cannot run qemu-img: {error}"))
                .hint("install it: 'apt install qemu-utils' (Debian, Ubuntu), 'dnf install qemu-img' (Fedora, Alma, Rocky)")
        })?;
    let (mut stdout, mut stderr) = (child.stdout.take(), child.stderr.take());
    let said = async {
        let mut said = String::new();
        if let Some(stderr) = &mut stderr {
            let _ = stderr.read_to_string(&mut said).await;
        }
        said
    };
    let progress = async {
        let mut buffer = [0; 256];
        while let Some(stdout) = &mut stdout {
            match stdout.read(&mut buffer).await {
                Ok(count) if count > 0 => {
                    if let Some(percent) = percent(&String::from_utf8_lossy(&buffer[..count])) {
                        build.progress(percent, Some(100), "%");
                    }
                }
                _ => break,
            }
        }
    };
    let (said, (), status) = tokio::select! {
        done = async { tokio::join!(said, progress, child.wait()) } => done,
        () = build.cancelled() => return Err(Failure::interrupted()),
    };
    let status = status.map_err(|error| Failure::new(format!("cannot wait for qemu-img: {error}")))?;
    if status.success() {
        return Ok(());
    }
    let reason = record::report::harmless(said.trim().trim_start_matches("qemu-img: "));
    Err(Failure::new(format!("qemu-img {what} fails: {reason}")))
}

/// The last percentage in a piece of `qemu-img -p`'s output: `    (12.34/100%)`.
fn percent(text: &str) -> Option<u64> {
    let (before, _) = text.rsplit_once("/100%)")?;
    let (_, number) = before.rsplit_once('(')?;
    number.split('.').next()?.trim().parse().ok()
}

/// A mix of words and paths as arguments.
#[macro_export]
macro_rules! words {
    ($($word:expr),* $(,)?) => { vec![$(std::ffi::OsString::from($word)),*] };
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn progress_is_read() {
        assert_eq!(percent("    (0.00/100%)\r    (12.34/100%)\r"), Some(12));
        assert_eq!(percent("    (100.00/100%)\r"), Some(100));
        assert_eq!(percent("rubbish"), None);
    }
}
