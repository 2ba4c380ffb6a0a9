//! Amazon's program `session-manager-plugin`, which carries a session. What it takes is what the AWS CLI gives it.

use super::session::{Route, Session};
use record::Failure;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

const PROGRAM: &str = "session-manager-plugin";

/// The variable in which newer plugins take the session, so that its token does not stand among the arguments.
const VARIABLE: &str = "AWS_SSM_START_SESSION_RESPONSE";

/// The last version that cannot (the plugin's release notes, 1.2.536.0).
const WITHOUT_VARIABLE: [u32; 4] = [1, 2, 497, 0];

/// Finds the program on `PATH`.
///
/// # Errors
/// When it is not installed.
pub fn installed() -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(PROGRAM)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Failure::new(format!("ssh_interface 'session_manager' needs the program {PROGRAM}, which is not on PATH"))
            .hint(
                "install Amazon's Session Manager plugin: \
                 https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html",
            )
    })
}

/// The command that carries a session, until it ends.
pub(super) async fn command(
    program: &Path,
    session: &Session,
    region: &str,
    route: &Route,
    endpoint: &str,
) -> Command {
    let response = serde_json::to_string(session).unwrap_or_default();
    let mut command = Command::new(program);
    if takes_variable(program).await {
        command.arg(VARIABLE).env(VARIABLE, response);
    } else {
        command.arg(response);
    }
    let request = route.request().to_string();
    // The empty argument is the profile.
    command.args([region, "StartSession", "", &request, endpoint]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    command
}

async fn takes_variable(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).output().await;
    asked.is_ok_and(|output| is_newer(&String::from_utf8_lossy(&output.stdout)))
}

fn is_newer(version: &str) -> bool {
    let numbers: Vec<u32> = version.trim().split('.').map_while(|part| part.parse().ok()).collect();
    numbers.as_slice() > WITHOUT_VARIABLE.as_slice()
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(is_newer("1.2.536.0\n") && is_newer("1.2.1000.0") && is_newer("2.0.0.0"));
        assert!(!is_newer("1.2.497.0\n") && !is_newer("1.2.54.0") && !is_newer("") && !is_newer("rubbish"));
    }
}
