//! The program VBoxManage: found, called, understood.

use record::{Build, Failure};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How long a call is tried again while VirtualBox says that the machine is busy (Packer: 5 times, a minute apart).
const BUSY: Duration = Duration::from_secs(300);

/// By what it is known that a call may succeed later: another call has the machine, or VirtualBox's service is starting or leaving.
const BUSY_WORDS: [&str; 4] = [
    "VBOX_E_INVALID_OBJECT_STATE",
    "Failed to create the VirtualBox object",
    "The object is not ready",
    "The session is not locked",
];

/// VirtualBox's program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// Looks for it on `PATH`.
    pub fn find() -> Option<Self> {
        let paths = std::env::var_os("PATH")?;
        let mut candidates = std::env::split_paths(&paths).map(|folder| folder.join("VBoxManage"));
        candidates.find(|path| is_program(path)).map(|path| Self { path })
    }

    /// Calls it, again for a while where the machine is busy, and gives what it prints.
    ///
    /// # Errors
    /// When it fails, or says an error although its status is 0; when the build is stopped.
    pub async fn call<S: AsRef<OsStr>>(&self, arguments: &[S], build: &Build) -> Result<String, Failure> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(200);
        loop {
            match self.once(arguments, build).await? {
                Ok(output) => return Ok(output),
                Err(said) if said.is_busy() && begun.elapsed() < BUSY => {
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = build.cancelled() => return Err(Failure::interrupted()),
                    }
                    pause = (pause * 2).min(Duration::from_secs(30));
                }
                Err(said) => return Err(said.failure(arguments)),
            }
        }
    }

    /// The same about a machine; `None`: VirtualBox has no such machine. Any other failure is one: a machine must not be taken for gone
    /// because VirtualBox's service did not answer.
    ///
    /// # Errors
    /// As [`Program::call`].
    pub async fn ask<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        build: &Build,
    ) -> Result<Option<String>, Failure> {
        match self.call(arguments, build).await {
            Ok(said) => Ok(Some(said)),
            Err(failure) if failure.message.contains("Could not find a registered machine") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The same, where it may well fail: `None` then.
    ///
    /// # Errors
    /// When it cannot be started, or the build is stopped.
    pub async fn try_call<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        build: &Build,
    ) -> Result<Option<String>, Failure> {
        Ok(self.once(arguments, build).await?.ok())
    }

    async fn once<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        build: &Build,
    ) -> Result<Result<String, Said>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(format!("cannot run {}: {error}", self.path.display()))
                .hint("VirtualBox seems to be broken: try 'VBoxManage --version'")
        };
        // Files, not pipes: VirtualBox's service is started by the first call, outlives it, and may hold a pipe open.
        let (mut out, mut err) =
            (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
        // A group of its own: Ctrl-C is meant for this tool, not for VirtualBox's service.
        let mut child = tokio::process::Command::new(&self.path)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(out.try_clone().map_err(failed)?)
            .stderr(err.try_clone().map_err(failed)?)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let status = tokio::select! {
            status = child.wait() => status.map_err(failed)?,
            () = build.cancelled() => {
                let _ = child.kill().await;
                return Err(Failure::interrupted());
            }
        };
        let (stdout, stderr) = (text(&mut out).map_err(failed)?, text(&mut err).map_err(failed)?);
        let errors = errors(&stderr);
        if status.success() && errors.is_empty() {
            return Ok(Ok(stdout));
        }
        let errors = if errors.is_empty() { fallback(&stdout, &stderr) } else { errors };
        Ok(Err(Said {
            status: status.code(),
            errors,
            busy: BUSY_WORDS.iter().any(|words| stderr.contains(words)),
        }))
    }
}

/// What a call that failed has said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    status: Option<i32>,
    errors: Vec<String>,
    busy: bool,
}

impl Said {
    fn is_busy(&self) -> bool {
        self.busy
    }

    fn failure<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Failure {
        let command = arguments.first().map(|word| word.as_ref().to_string_lossy().into_owned());
        let command = command.unwrap_or_default();
        let text = self.errors.join("; ");
        let status = self.status.map(|status| format!("status {status}")).unwrap_or_default();
        let text = if text.is_empty() { status } else { text };
        let failure = Failure::new(format!("VBoxManage {command}: {text}"));
        match hint(&text) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// What to do about the errors that people meet most.
fn hint(text: &str) -> Option<&'static str> {
    [
        (
            "already exists",
            "another machine or file has that name: choose another vm_name, or remove the old one",
        ),
        ("Invalid guest OS type", "'VBoxManage list ostypes' prints the values of guest_os_type"),
        ("invalid guest OS type", "'VBoxManage list ostypes' prints the values of guest_os_type"),
        (
            "VERR_VM_DRIVER",
            "VirtualBox's kernel driver is not loaded: 'sudo /sbin/vboxconfig', or set driver to \"qemu\"",
        ),
        (
            "Kernel driver not",
            "VirtualBox's kernel driver is not loaded: 'sudo /sbin/vboxconfig', or set driver to \"qemu\"",
        ),
        (
            "terminated unexpectedly during startup",
            "is VirtualBox's kernel driver loaded ('sudo /sbin/vboxconfig')? driver = \"qemu\" does without",
        ),
        ("VERR_FILE_NOT_FOUND", "without a desktop set headless to true"),
        (
            "VERR_VMX_IN_VMX_ROOT_MODE",
            "another hypervisor (KVM) has the processor: stop its machines, or set driver to \"qemu\"",
        ),
    ]
    .iter()
    .find(|(words, _)| text.contains(words))
    .map(|(_, hint)| *hint)
}

/// The errors in what VBoxManage wrote (`VBoxManage: error: …`, on Windows `VBoxManage.exe: error: …`), without their code lines.
fn errors(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().filter(|line| line.starts_with("VBoxManage"));
    let texts = lines.filter_map(|line| Some(line.split_once(": error: ")?.1.trim().to_owned()));
    texts.filter(|text| !text.starts_with("Details: code") && !text.starts_with("Context: ")).collect()
}

fn fallback(stdout: &str, stderr: &str) -> Vec<String> {
    let lines = stderr.lines().chain(stdout.lines()).map(str::trim);
    let telling = lines.filter(|line| !line.is_empty() && !line.starts_with("0%"));
    telling.take(5).map(str::to_owned).collect()
}

fn text(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::{Said, errors};

    #[test]
    fn errors_are_told_without_their_codes() {
        let stderr = "0%...10%...\nVBoxManage: error: Could not find a registered machine named 'x'\n\
            VBoxManage: error: Details: code VBOX_E_OBJECT_NOT_FOUND (0x80bb0001), component VirtualBoxWrap\n\
            VBoxManage: error: Context: \"FindMachine(...)\" at line 1 of file x.cpp\n";
        let errors = errors(stderr);
        assert_eq!(errors, ["Could not find a registered machine named 'x'"]);
        let said = Said { status: Some(1), errors, busy: false };
        let failure = said.failure(&["startvm", "x"]);
        assert_eq!(failure.message, "VBoxManage startvm: Could not find a registered machine named 'x'");
    }
}
