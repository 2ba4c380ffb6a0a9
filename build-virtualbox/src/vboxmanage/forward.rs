//! Ports of this host that lead to the guest.

use super::create::Maker;
use super::hardware::call;
use record::state::StateFolder;
use record::{Build, Failure};
use rustix::fs::{FlockOperation, flock};
use std::net::TcpListener;

/// The NAT rule's name (Packer's).
pub(super) const RULE: &str = "packercomm";
/// Notes the port.
pub(super) const PORT: &str = "host_port";

/// Makes a port of this host lead to the guest's SSH or WinRM.
pub(super) async fn forward(maker: &Maker<'_>) -> Result<(), Failure> {
    let machine = maker.machine();
    maker.run(&[call(&["modifyvm", &machine, "--nic1", "nat"])]).await?;
    if maker.version.at_least(7, 0) {
        // Without it the guest does not reach the HTTP server on this host's loopback.
        maker.run(&[call(&["modifyvm", &machine, "--nat-localhostreachable1", "on"])]).await?;
    }
    let communicator = &maker.options.settings.base.communicator;
    if maker.options.ports.skip_nat_mapping || communicator.kind() == "none" {
        return Ok(());
    }
    let guest = match communicator.kind() {
        "winrm" => communicator.winrm_port.filter(|port| *port > 0).unwrap_or(5985),
        _ => communicator.ssh_port.filter(|port| *port > 0).unwrap_or(22),
    };
    let ports = &maker.options.ports;
    let host = free_port(maker.build, (ports.host_port_min, ports.host_port_max), "host_port", |port| {
        maker.site.note(PORT, port)
    })?;
    let rule = format!("{RULE},tcp,127.0.0.1,{host},,{guest}");
    let add = call(&["modifyvm", &machine, "--natpf1", &rule]);
    if let Err(failure) = maker.run(std::slice::from_ref(&add)).await {
        // The appliance, or an earlier build, has left one.
        if !failure.message.contains("already exists") {
            return Err(failure);
        }
        maker.run(&[call(&["modifyvm", &machine, "--natpf1", "delete", RULE]), add]).await?;
    }
    Ok(())
}

/// Takes a port of 127.0.0.1 that is free and that no other build of this user has noted: a machine that is being made does not listen yet.
/// `note` keeps it, before another build looks.
pub(super) fn free_port(
    build: &Build,
    (first, last): (u16, u16),
    option: &str,
    note: impl FnOnce(u16) -> Result<(), Failure>,
) -> Result<u16, Failure> {
    let path = StateFolder::root()?.join("ports.lock");
    let lock =
        std::fs::File::create(&path).map_err(|error| record::file::io(&path, "cannot write", &error))?;
    let _ = flock(&lock, FlockOperation::LockExclusive);
    let taken = noted_ports(build)?;
    let free =
        |port: &u16| !taken.contains(&u64::from(*port)) && TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (first..=last).find(free).ok_or_else(|| {
        Failure::new(format!("no port from {first} to {last} is free on 127.0.0.1"))
            .hint(format!("widen {option}_min and {option}_max, or see with 'ss -ltn' who has them"))
    })?;
    note(port)?;
    Ok(port)
}

/// The ports in the notes of all other builds.
fn noted_ports(build: &Build) -> Result<Vec<u64>, Failure> {
    let folders = StateFolder::all()?.into_iter().filter(|folder| folder.id() != build.id());
    let notes = folders.filter_map(|folder| hypervisor::flow::Site::open(&folder));
    let ports = notes.flat_map(|site| [site.noted(PORT), site.noted("vrdp_port")]);
    Ok(ports.flatten().filter_map(|port| port.as_u64()).collect())
}
