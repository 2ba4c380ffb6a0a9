//! Machines that VirtualBox has already: what `virtualbox-vm` starts from, and what must not be there for the others.

use super::create::Maker;
use super::hardware::call;
use super::info::Info;
use super::{MACHINE, Program, forward, system};
use crate::options::{Options, Origin};
use hypervisor::flow::Site;
use record::check::Problem;
use record::{Build, Failure};
use template::options::builder::virtualbox::Snapshots;

/// Notes the snapshot that the machine goes back to.
const BACK: &str = "snapshot";

/// Looks whether VirtualBox works, a new machine's name is free and its operating system known, and a machine to start from is there.
pub async fn look(program: &Program, options: &Options, build: &Build) -> Vec<Problem> {
    let name = options.settings.name.as_str();
    let asked = async {
        let version = system::version(program, build).await?;
        if !version.at_least(6, 1) {
            build.warn(format!("VirtualBox {} is older than 6.1, with which this was tested", version.text));
        }
        Info::of(program, name, build).await
    };
    let info = match asked.await {
        Ok(info) => info,
        Err(failure) => return vec![Problem::new("driver", failure)],
    };
    match &options.origin {
        Origin::Existing(snapshots) => look_at(program, snapshots, name, info, build).await,
        origin => {
            let mut problems: Vec<Problem> = info.map(|info| taken(name, &info)).into_iter().collect();
            if let Origin::New(parts) = origin {
                let known = system::knows(program, &parts.0.guest_os_type, build).await;
                problems.extend(Problem::of("guest_os_type", known));
            }
            problems
        }
    }
}

fn taken(name: &str, info: &Info) -> Problem {
    let place = info.settings_file();
    let failure = Failure::new(format!("VirtualBox has a machine '{name}' already: {}", place.display()));
    let hint = format!("choose another vm_name, or remove it: VBoxManage unregistervm '{name}' --delete");
    Problem::new("vm_name", failure.hint(hint))
}

/// Looks at a machine to start from, and its snapshots.
async fn look_at(
    program: &Program,
    snapshots: &Snapshots,
    name: &str,
    info: Option<Info>,
    build: &Build,
) -> Vec<Problem> {
    let Some(info) = info else {
        let missing = Failure::new(format!("VirtualBox has no machine '{name}'"))
            .hint("'VBoxManage list vms' shows those of this user");
        return vec![Problem::new("vm_name", missing)];
    };
    let mut problems = Vec::new();
    if info.is_running() {
        let running = Failure::new(format!("the machine '{name}' is running"))
            .hint("shut it down first: a build starts from a machine that is off");
        problems.push(Problem::new("vm_name", running));
    }
    let list = match snapshot_list(program, name, build).await {
        Ok(list) => list,
        Err(failure) => return vec![Problem::new("attach_snapshot", failure)],
    };
    let has = |wanted: &str| list.iter().any(|(name, _)| name == wanted);
    let Snapshots { attach_snapshot, target_snapshot, force_delete_snapshot } = snapshots;
    if !attach_snapshot.is_empty() && !has(attach_snapshot) {
        let missing = Failure::new(format!("the machine '{name}' has no snapshot '{attach_snapshot}'"))
            .hint(format!("'VBoxManage snapshot {name} list' shows them"));
        problems.push(Problem::new("attach_snapshot", missing));
    }
    if has(target_snapshot) && !force_delete_snapshot {
        let there = Failure::new(format!("the machine '{name}' has a snapshot '{target_snapshot}' already"))
            .hint("choose another target_snapshot, or set force_delete_snapshot");
        problems.push(Problem::new("target_snapshot", there));
    }
    problems
}

/// The snapshots of a machine: names and UUIDs.
async fn snapshot_list(
    program: &Program,
    machine: &str,
    build: &Build,
) -> Result<Vec<(String, String)>, Failure> {
    let said = program.try_call(&["snapshot", machine, "list", "--machinereadable"], build).await?;
    let said = said.unwrap_or_default();
    let value = |line: &str, key: &str| {
        let rest = line.strip_prefix(key)?;
        // Nested ones have their path behind: SnapshotName-1-2="…".
        let (place, value) = rest.split_once('=')?;
        (place.is_empty() || place.starts_with('-')).then(|| value.trim().trim_matches('"').to_owned())
    };
    let names = said.lines().filter_map(|line| value(line, "SnapshotName"));
    let uuids: Vec<String> = said.lines().filter_map(|line| value(line, "SnapshotUUID")).collect();
    Ok(names.zip(uuids).collect())
}

/// Sets the machine to the snapshot to start from, and notes where it was.
pub(super) async fn prepare(maker: &Maker<'_>, snapshots: &Snapshots) -> Result<(), Failure> {
    let name = maker.options.settings.name.as_str();
    let info = Info::of(maker.program, name, maker.build).await?.unwrap_or_default();
    let uuid = info.get("UUID").unwrap_or(name).to_owned();
    let list = snapshot_list(maker.program, name, maker.build).await?;
    if !snapshots.attach_snapshot.is_empty() {
        let current = info.get("CurrentSnapshotUUID").unwrap_or_default();
        maker.site.note(BACK, current)?;
    }
    maker.site.note(MACHINE, uuid.as_str())?;
    if !snapshots.attach_snapshot.is_empty() {
        maker.run(&[call(&["snapshot", &uuid, "restore", &snapshots.attach_snapshot])]).await?;
    }
    if list.iter().any(|(name, _)| *name == snapshots.target_snapshot) {
        maker.run(&[call(&["snapshot", &uuid, "delete", &snapshots.target_snapshot])]).await?;
    }
    Ok(())
}

/// Takes the snapshot that is to stay.
pub(super) async fn take(
    program: &Program,
    snapshots: &Snapshots,
    machine: &str,
    build: &Build,
) -> Result<(), Failure> {
    if !snapshots.target_snapshot.is_empty() {
        program.call(&["snapshot", machine, "take", &snapshots.target_snapshot], build).await?;
        build.say(format!("snapshot '{}' is taken", snapshots.target_snapshot));
    }
    Ok(())
}

/// Gives the machine back as it was: without the build's NAT rule, at the snapshot where it was.
pub(super) async fn restore(
    program: &Program,
    site: &Site,
    machine: &str,
    build: &Build,
) -> Result<(), Failure> {
    if site.noted(forward::PORT).is_some() {
        program.try_call(&["modifyvm", machine, "--natpf1", "delete", forward::RULE], build).await?;
    }
    let back = site.noted_text(BACK);
    if !back.is_empty() {
        program.call(&["snapshot", machine, "restore", &back], build).await?;
    }
    Ok(())
}
