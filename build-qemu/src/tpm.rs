//! The machine's TPM: a `swtpm` that runs beside QEMU.

use hypervisor::flow::Site;
use record::process;
use record::wait::{Seen, Wait};
use record::{Build, Failure, file};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use template::options::builder::qemu::Hardware;

/// How long it may take until it listens.
const LIMIT: Duration = Duration::from_secs(30);

/// The socket between QEMU and the TPM, in the state folder.
pub fn socket(build: &Build) -> PathBuf {
    build.folder().file("tpm.sock")
}

/// Starts the TPM; it ends with QEMU.
///
/// # Errors
/// When `swtpm` is missing or does not start.
pub async fn start(options: &Hardware, site: &Site, build: &Build) -> Result<(), Failure> {
    let (state, socket, log) = (site.file("tpm"), socket(build), site.file("swtpm.log"));
    fs::create_dir_all(&state).map_err(|error| file::io(&state, "cannot make the folder", &error))?;
    let mut command = Command::new("swtpm");
    command.args(["socket", "--terminate", "--tpmstate"]).arg(format!("dir={}", state.display()));
    command.arg("--ctrl").arg(format!("type=unixio,path={}", socket.display()));
    if !options.use_tpm1 {
        command.arg("--tpm2");
    }
    let pid = process::start_detached(command, build.id(), &log)
        .map_err(|failure| failure.hint("install swtpm ('apt install swtpm'), or leave out vtpm"))?;
    Wait::new("swtpm to listen", LIMIT)
        .every(Duration::from_millis(10), Duration::from_millis(100))
        .until(build, async || {
            if socket.exists() {
                return Ok(Seen::Ready(()));
            }
            if !process::is_of(pid, build.id()) {
                let said = fs::read_to_string(&log).unwrap_or_default();
                return Err(Failure::new(format!("swtpm does not start: {}", said.trim())));
            }
            Ok(Seen::NotYet("it starts".to_owned()))
        })
        .await
}
