//! Who holds a build: which process wrote that it does, and whether anybody who may hold it still lives.

use crate::{env, process};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The process that held a build last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
    /// When it started, in clock ticks since the machine's start: tells a reused process id apart. 0: not known.
    pub started: u64,
    /// Its process group: in a shell, the whole pipeline.
    pub process_group: u32,
    /// The host that it ran on.
    pub host: String,
    /// The tool's name.
    pub tool: String,
}

/// This host's name: what resources are tagged with.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl Owner {
    /// This process.
    pub(super) fn this() -> Self {
        let pid = std::process::id();
        let stat = Stat::of(pid);
        Self {
            pid,
            started: stat.as_ref().map_or(0, |stat| stat.started),
            process_group: rustix::process::getpgrp().as_raw_nonzero().get().unsigned_abs(),
            host: host(),
            tool: stat.map(|stat| stat.name).unwrap_or_default(),
        }
    }

    /// Whether this very process may still live. What runs on another host is not known from here and counts as alive.
    pub(super) fn lives(&self) -> bool {
        self.host != host()
            || Stat::of(self.pid).is_some_and(|stat| self.is(self.pid, &stat) && !is_killed(self.pid))
    }

    fn is(&self, pid: u32, stat: &Stat) -> bool {
        pid == self.pid && (self.started == 0 || stat.started == self.started)
    }

    /// Whether this process, or a Kiln tool of its pipeline that uses the same state folders, may still hold the
    /// build. What runs on another host is not known from here and counts as alive.
    pub(super) fn may_live(&self, root: &Path) -> bool {
        if self.host != host() {
            return true;
        }
        if Stat::of(std::process::id()).is_none() {
            return signals_reach(self.process_group);
        }
        let own = std::process::id();
        // The name is asked for again at last: what a tool was just starting had the tool's own.
        process::all().into_iter().any(|pid| {
            let Some(stat) = Stat::of(pid) else { return false };
            let is_reader = pid != own
                && stat.process_group == self.process_group
                && holds_records(&stat.name)
                && !takes_none(pid)
                && uses(pid, root)
                && is_tool(pid);
            (is_reader || self.is(pid, &stat)) && !is_killed(pid)
        })
    }
}

/// Where a system has no `/proc`, all that can be asked is whether the pipeline has any process left.
fn signals_reach(process_group: u32) -> bool {
    i32::try_from(process_group)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}

/// Whether a program of this name (its first 15 bytes, as Linux keeps it) takes records with machines.
fn holds_records(name: &str) -> bool {
    name.starts_with("build-") || name == "provision" || name == "postprocess"
}

/// Whether a process is one of Kiln's tools that hold records.
pub(crate) fn is_tool(pid: u32) -> bool {
    Stat::of(pid).is_some_and(|stat| holds_records(&stat.name))
}

/// Whether a process has been killed and has only to notice it (proc_pid_status(5)).
fn is_killed(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let pending =
        status.lines().filter_map(|line| line.strip_prefix("SigPnd:").or(line.strip_prefix("ShdPnd:")));
    let kill = 1 << (rustix::process::Signal::KILL.as_raw() - 1);
    pending.flat_map(|mask| u64::from_str_radix(mask.trim(), 16)).any(|mask| mask & kill != 0)
}

/// Whether a process runs a subcommand that takes no records, such as the `sweep` that asks.
fn takes_none(pid: u32) -> bool {
    let words = process::command_line(pid);
    let first = words.get(1).map(String::as_str).unwrap_or_default();
    matches!(first, "sweep" | "check" | "--data" | "resolve" | "tunnel" | "serve")
}

/// Whether a process keeps its state folders in `root`. One that cannot be looked into may.
fn uses(pid: u32, root: &Path) -> bool {
    use std::os::unix::ffi::OsStringExt;
    let Some(environment) = process::environment(pid) else { return true };
    let value = |name: &str| {
        let prefix = format!("{name}=");
        environment.iter().find_map(|entry| {
            let value = entry.strip_prefix(prefix.as_bytes())?;
            Some(PathBuf::from(std::ffi::OsString::from_vec(value.to_vec())))
        })
    };
    super::root_of(value(env::XDG_STATE_HOME), value("HOME")).is_none_or(|other| other == root)
}

/// The flag of a process that is ending (`PF_EXITING` of Linux' `sched.h`).
const ENDING: u32 = 4;

/// What Linux says of a process (proc_pid_stat(5)).
struct Stat {
    name: String,
    process_group: u32,
    started: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (begin, end) = (text.find('(')?, text.rfind(')')?);
        let rest: Vec<&str> = text.get(end + 1..)?.split_whitespace().collect();
        // A dead process that is still listed holds nothing, nor does one that is ending.
        let flags: u32 = rest.get(6)?.parse().ok()?;
        if matches!(*rest.first()?, "Z" | "X") || flags & ENDING != 0 {
            return None;
        }
        Some(Self {
            name: text.get(begin + 1..end)?.to_owned(),
            process_group: rest.get(2)?.parse().ok()?,
            started: rest.get(19)?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Owner, Stat};
    use std::path::Path;

    #[test]
    fn reads_names_with_blanks_and_brackets() {
        let tail = "1 700 700 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 0";
        let stat = Stat::parse(&format!("42 (a) b) S {tail}")).unwrap();
        assert_eq!((stat.name.as_str(), stat.process_group, stat.started), ("a) b", 700, 987_654));
        assert!(Stat::parse(&format!("42 (gone) Z {tail}")).is_none());
        assert!(Stat::parse(&format!("42 (goes) R {}", tail.replace("4194560", "4194564"))).is_none());
        assert!(Stat::parse("rubbish").is_none());
    }

    #[test]
    fn knows_the_living_from_the_dead() {
        let root = Path::new("/nowhere/kiln");
        let this = Owner::this();
        assert!(this.may_live(root) && this.lives());
        assert!(!Owner { started: this.started + 1, ..this.clone() }.lives());
        assert!(!Owner { started: this.started + 1, ..this.clone() }.may_live(root), "a reused process id");
        assert!(!Owner { pid: u32::MAX, process_group: 0, ..this.clone() }.may_live(root));
        assert!(Owner { host: "elsewhere".into(), ..this }.may_live(root));
    }

    #[test]
    fn a_tool_of_the_pipeline_holds_its_builds_but_its_http_server_does_not() {
        let state = tempfile::tempdir().unwrap();
        let program = state.path().join("build-x");
        std::os::unix::fs::symlink("/bin/sh", &program).unwrap();
        let dead = Owner { pid: u32::MAX, ..Owner::this() };
        for (script, holds) in [("build", true), ("serve", false), ("sweep", false)] {
            let script = state.path().join(script);
            std::fs::write(&script, "read line").unwrap();
            let mut command = std::process::Command::new(&program);
            command.arg(script.file_name().unwrap()).current_dir(state.path());
            command.env("XDG_STATE_HOME", state.path()).stdin(std::process::Stdio::piped());
            let mut child = command.spawn().unwrap();
            let environment = format!("/proc/{}/environ", child.id());
            while std::fs::read(&environment).unwrap().is_empty() {
                std::thread::yield_now();
            }
            let said = dead.may_live(&state.path().join("kiln"));
            child.kill().unwrap();
            child.wait().unwrap();
            assert_eq!(said, holds, "{}", script.display());
        }
    }
}
