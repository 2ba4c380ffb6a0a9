//! Calls of a platform's own program that a killed tool has left.
//!
//! They carry no [mark](record::process::MARK), since what they start (VirtualBox' service, VMware's machine) has to live. So they are
//! known by their command lines.

use record::process;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::time::Duration;

/// How long such a call may go on.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits for calls of `program` for the build's machine that a killed tool has left: else they would change it while it is removed.
/// `machine` is a word that only calls for this machine have (empty: there is none), besides paths in the work folder. With
/// `kills`, one that does not come to its end is ended.
///
/// # Errors
/// As an interruption when the build is cancelled.
pub async fn outlive(program: &str, machine: &str, kills: bool, build: &Build) -> Result<(), Failure> {
    let waited = Wait::new(format!("a call of {program} that a killed tool left"), LIMIT)
        .every(Duration::from_millis(20), Duration::from_secs(1))
        .until(build, async || match orphans(program, machine, build).len() {
            0 => Ok(Seen::Ready(())),
            count => Ok(Seen::NotYet(format!("{count} run"))),
        })
        .await;
    if waited.is_err() && build.is_cancelled() {
        return Err(Failure::interrupted());
    }
    for process in orphans(program, machine, build).into_iter().filter(|_| kills) {
        let _ = kill_process(process, Signal::KILL);
    }
    Ok(())
}

/// The calls for a machine whose tool is gone.
fn orphans(program: &str, machine: &str, build: &Build) -> Vec<Pid> {
    let folder = format!(".kiln-{}", build.id());
    let is_call = |pid: &u32| {
        let words = process::command_line(*pid);
        // The program may be a script: then its interpreter comes first, and what finds that one (env, a version manager) before it.
        let calls = words.iter().any(|word| word.rsplit('/').next() == Some(program));
        calls
            && words.iter().any(|word| (!machine.is_empty() && word == machine) || word.contains(&folder))
            && is_orphan(*pid)
    };
    let found = process::all().into_iter().filter(is_call);
    found.filter_map(|pid| Pid::from_raw(pid.cast_signed())).collect()
}

/// Whether a process was started by no tool of Kiln's that lives (proc_pid_stat(5), field 4). Who adopts it when the tool is gone is the
/// system's matter.
fn is_orphan(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = stat.rsplit_once(") ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    let parent = rest.split_whitespace().nth(1).and_then(|parent| parent.parse().ok()).unwrap_or_default();
    !process::name(parent).starts_with("build-")
}

#[cfg(test)]
mod tests {
    use super::orphans;
    use record::Build;
    use tokio_util::sync::CancellationToken;

    #[test]
    fn a_call_is_known_behind_its_interpreters() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join(format!("ORPHANS{}", std::process::id()));
        std::fs::create_dir(&state).unwrap();
        let build = Build::in_folder(&state, CancellationToken::new()).unwrap();
        let path = format!("/vms/.kiln-{}/machine/web.vmx", build.id());
        let words = ["-c", "read line", "/shims/python3", "exec", "python3", "/bin/vmrun", "start", &path];
        let mut call = std::process::Command::new("sh");
        let mut call = call.args(words).stdin(std::process::Stdio::piped()).spawn().unwrap();
        assert_eq!(orphans("vmrun", "", &build).len(), 1);
        assert!(orphans("VBoxManage", "", &build).is_empty());
        drop(call.stdin.take());
        call.wait().unwrap();
        assert!(orphans("vmrun", "", &build).is_empty());
    }
}
