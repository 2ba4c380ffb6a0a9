//! QEMU's process: started so that it outlives the tool, found again, ended.

use super::accelerator::{self, EMULATION, Owner};
use super::link::Link;
use super::plan::Plan;
use super::qmp;
use record::state::StateFolder;
use record::{Build, Failure, file, process};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The QMP socket in the state folder.
pub(super) const SOCKET: &str = "qmp.sock";
/// The VNC socket in the state folder.
const VNC: &str = "vnc.sock";
/// What QEMU says on standard error, in the state folder.
const STDERR: &str = "qemu.log";
/// The notes about the running process, in the state folder.
const NOTES: &str = "qemu-process.json";
/// How long QEMU may take until it answers: it does so before the guest's first instruction.
const START: Duration = Duration::from_secs(120);
/// Whether this process has said that machines are slow here, and why: once is enough.
static SAID: AtomicBool = AtomicBool::new(false);
/// Lines of QEMU's standard error that are shown.
const LINES: usize = 8;

/// What is known of the QEMU that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Its process id.
    pub(super) pid: u32,
    /// Ports of this host by the guest's port to which they lead.
    pub(super) forwards: BTreeMap<u16, u16>,
}

impl Notes {
    /// The notes; `None` while the machine is off.
    pub(super) fn load(folder: &StateFolder) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.file(NOTES)).ok()?).ok()
    }

    pub(super) fn save(&self, folder: &StateFolder) -> Result<(), Failure> {
        let text =
            serde_json::to_vec(self).map_err(|error| Failure::from_error("cannot write notes", &error))?;
        folder.write(NOTES, &text).map(drop)
    }
}

/// The process id of a build's QEMU, where one lives: the noted one, or one whose starter was killed before it could note it.
pub(super) fn living(folder: &StateFolder) -> Option<u32> {
    let id = folder.id();
    if let Some(notes) = Notes::load(folder)
        && process::is_of(notes.pid, id)
    {
        return Some(notes.pid);
    }
    process::detached(id).into_iter().find(|pid| process::name(*pid).starts_with("qemu"))
}

/// Forgets that QEMU runs, and removes its sockets.
pub(super) fn forget(folder: &StateFolder) {
    for name in [NOTES, SOCKET, VNC] {
        let _ = fs::remove_file(folder.file(name));
    }
}

/// Starts a machine's QEMU and waits until it answers.
///
/// # Errors
/// When it does not start.
pub(super) async fn start(plan: &Plan, link: &Link, build: &Build) -> Result<(), Failure> {
    let folder = build.folder();
    forget(folder);
    let mut command = Command::new(&plan.program);
    command.args(&plan.arguments);
    command.args(processor(plan, build).await);
    // A guest that switches itself off leaves QEMU there, so that an end of QEMU is always a crash.
    command.arg("-no-shutdown");
    let (socket, _open) =
        qmp::reachable(link.socket()).map_err(|error| file::io(link.socket(), "cannot use", &error))?;
    command.arg("-qmp").arg(format!("unix:{},server=on,wait=off", accelerator::comma(&socket)));
    let vnc = folder.file(VNC);
    let (vnc, _open_too) = qmp::reachable(&vnc).map_err(|error| file::io(&vnc, "cannot use", &error))?;
    command.args(display(plan, &vnc, build));
    let pid = process::start_detached(command, build.id(), &folder.file(STDERR))?;
    Notes { pid, forwards: BTreeMap::new() }.save(folder)?;
    until_it_answers(pid, link, build).await
}

/// Whether the plan's own arguments say it.
fn says(plan: &Plan, names: &[&str]) -> bool {
    plan.arguments.iter().any(|argument| names.contains(&argument.as_str()))
}

/// The arguments for what runs the guest's instructions.
async fn processor(plan: &Plan, build: &Build) -> Vec<String> {
    let in_machine = |argument: &String| argument.split(',').any(|part| part.starts_with("accel="));
    if says(plan, &["-accel", "-enable-kvm"]) || plan.arguments.iter().any(in_machine) {
        return Vec::new();
    }
    let owner = Owner { id: build.id(), folder: build.folder().path() };
    let chosen = accelerator::choose(&plan.program, plan.accelerator.as_deref(), owner).await;
    match &chosen.why_slow {
        Some(why) if !SAID.swap(true, Ordering::Relaxed) => {
            build.warn(format!("machines are emulated in software, which is several times slower: {why}"));
        }
        Some(_) => {}
        None => build.say(format!("the machine runs under {}", chosen.name)),
    }
    let mut arguments = vec!["-accel".to_owned(), chosen.name.clone()];
    if !says(plan, &["-cpu"]) {
        let all = if chosen.name == EMULATION { "max" } else { "host" };
        arguments.extend(["-cpu".to_owned(), plan.processor.clone().unwrap_or_else(|| all.to_owned())]);
    }
    arguments
}

/// The arguments for what shows the screen.
fn display(plan: &Plan, vnc: &Path, build: &Build) -> Vec<String> {
    if says(plan, &["-display", "-nographic", "-vnc"]) {
        return Vec::new();
    }
    let mut arguments = Vec::new();
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let mut by_vnc = plan.vnc_socket;
    if plan.headless {
        arguments.extend(["-display", "none"]);
    } else if has("DISPLAY") || has("WAYLAND_DISPLAY") {
        arguments.extend(["-display", window(&plan.program)]);
    } else {
        arguments.extend(["-display", "none"]);
        by_vnc = true;
        let socket = build.folder().file(VNC);
        build.warn(format!(
            "headless is false, but there is no display here: look by VNC at the socket {}",
            socket.display()
        ));
    }
    let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    if by_vnc {
        arguments.extend(["-vnc".to_owned(), format!("unix:{}", accelerator::comma(vnc))]);
    }
    arguments
}

/// The kind of window that this QEMU can open.
fn window(program: &Path) -> &'static str {
    let known = Command::new(program).args(["-display", "help"]).output();
    let known = known.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let has = |name: &str| known.lines().any(|line| line.trim() == name);
    ["gtk", "sdl", "cocoa"].into_iter().find(|name| has(name)).unwrap_or("gtk")
}

async fn until_it_answers(pid: u32, link: &Link, build: &Build) -> Result<(), Failure> {
    let begun = std::time::Instant::now();
    loop {
        match link.open().await {
            Ok(_) => return Ok(()),
            Err(failure) if begun.elapsed() > START => return Err(failure.context("QEMU does not answer")),
            Err(_) if !process::is_of(pid, build.id()) => {
                let said = said(build.folder());
                forget(build.folder());
                return Err(ended("QEMU does not start", &said));
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(10)) => {}
            () = build.cancelled() => return Err(Failure::interrupted()),
        }
    }
}

/// Ends QEMU at once, if it lives.
///
/// # Errors
/// When it does not go.
pub(super) async fn kill(folder: &StateFolder) -> Result<(), Failure> {
    let owned = folder.clone();
    let ended = tokio::task::spawn_blocking(move || {
        while let Some(pid) = living(&owned) {
            process::kill(pid, owned.id())?;
        }
        forget(&owned);
        Ok(())
    });
    ended.await.map_err(|error| Failure::from_error("cannot end QEMU", &error))?
}

/// Why a QEMU that should run does not.
pub(super) fn crashed(folder: &StateFolder) -> Failure {
    ended("QEMU has ended by itself", &said(folder))
}

fn ended(what: &str, said: &[String]) -> Failure {
    let mut failure = match said.last() {
        Some(last) => Failure::new(format!("{what}: {last}")),
        None => Failure::new(format!("{what}, and says nothing"))
            .hint("was it killed? the kernel does that when memory runs out: see 'dmesg'"),
    };
    failure.output = said.to_vec();
    failure
}

/// The last lines of what QEMU said on standard error.
fn said(folder: &StateFolder) -> Vec<String> {
    let text = fs::read(folder.file(STDERR)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(8192)..]).into_owned();
    let lines: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(record::report::harmless).collect();
    lines[lines.len().saturating_sub(LINES)..].to_vec()
}
