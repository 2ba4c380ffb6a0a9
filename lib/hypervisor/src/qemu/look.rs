//! What can be seen before a machine is made: QEMU's programs and the firmware.

use super::{firmware, plan};
use image::machine::Firmware;
use record::check::Problem;
use record::{Build, Failure};
use std::path::Path;
use std::process::Stdio;

/// The oldest version with which this was tried.
const OLDEST: (u32, u32) = (6, 2);

/// Looks for QEMU (`program`, where it is not the usual one), `qemu-img` and the firmware, of which `options` name those that the template
/// has chosen; gives what is missing. An old QEMU is warned of.
pub async fn look(
    program: Option<&Path>,
    firmware: Firmware,
    options: (&str, &str),
    build: &Build,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    match plan::program(program) {
        Ok(program) => match version(&program).await {
            Some(version) if version < OLDEST => {
                let (major, minor) = version;
                build.warn(format!("QEMU {major}.{minor} is older than 6.2, with which this was tried"));
            }
            Some(_) => {}
            None => problems.push(Problem::new(
                options.0,
                Failure::new(format!("{} does not say its version", program.display()))
                    .hint("QEMU seems to be broken: try it with --version"),
            )),
        },
        Err(failure) => problems.push(Problem::new(options.0, failure)),
    }
    problems.extend(Problem::of(options.0, plan::program(Some(Path::new("qemu-img")))));
    problems.extend(Problem::of(options.1, firmware::find(firmware)));
    problems
}

/// `QEMU emulator version 7.2.22 (Debian …)`: the first two numbers.
async fn version(program: &Path) -> Option<(u32, u32)> {
    let mut command = tokio::process::Command::new(program);
    let said = command.arg("--version").stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let mut numbers = said.split_once("version ")?.1.split(['.', ' ', '(']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
