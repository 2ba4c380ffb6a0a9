//! Every pass of Packer's `fix`.

use super::{Component, changes};
use crate::options::registry::Sort::{self, Builder, PostProcessor, Provisioner};

/// How an option is mended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// It has a new name; where both are given, the new one counts.
    Renamed(&'static str, &'static str),
    /// It has a new name; where both are given, the old one counts.
    Replaces(&'static str, &'static str),
    /// It is no more, and why.
    Gone(&'static str, &'static str),
    /// It is written in another way.
    Rewritten(fn(&mut Component<'_>)),
    /// The same, of what is understood here as it is, so that it is for `--fix` only.
    ForPacker(fn(&mut Component<'_>)),
}

/// A way to mend components.
#[derive(Debug)]
pub(super) struct Fixer {
    /// The sort of component.
    pub(super) sort: Sort,
    /// How its type begins.
    pub(super) family: &'static str,
    /// What is done.
    pub(super) change: Change,
}

const fn fixer(sort: Sort, family: &'static str, change: Change) -> Fixer {
    Fixer { sort, family, change }
}

/// Builders that have new names.
pub(crate) const TYPES: [(&str, &str); 3] =
    [("virtualbox", "virtualbox-iso"), ("vmware", "vmware-iso"), ("proxmox", "proxmox-iso")];

use Change::{ForPacker, Gone, Renamed, Replaces, Rewritten};

/// All of them, in Packer's order.
#[rustfmt::skip] // One a line.
pub(super) const FIXERS: &[Fixer] = &[
    fixer(Builder, "", Rewritten(changes::iso_md5)),
    fixer(Builder, "", Rewritten(changes::create_time)),
    fixer(Builder, "virtualbox", Rewritten(changes::guest_additions_attach)),
    fixer(PostProcessor, "vagrant", Rewritten(changes::vagrant_override)),
    fixer(Builder, "parallels-", Gone("headless", "these machines have no window")),
    fixer(Builder, "parallels-", Gone("parallels_tools_host_path", "Parallels knows where its tools are")),
    fixer(Builder, "parallels-", Replaces("guest_os_distribution", "guest_os_type")),
    fixer(Builder, "", Renamed("ssh_key_path", "ssh_private_key_file")),
    fixer(Builder, "", Renamed("ssh_disable_agent", "ssh_disable_agent_forwarding")),
    fixer(Builder, "scaleway", Renamed("access_key", "organization_id")),
    fixer(PostProcessor, "manifest", Replaces("filename", "output")),
    fixer(Builder, "amazon-", Replaces("shutdown_behaviour", "shutdown_behavior")),
    fixer(Builder, "amazon-", Replaces("enhanced_networking", "ena_support")),
    fixer(Builder, "amazon-", Rewritten(changes::ssh_private_ip)),
    fixer(Builder, "amazon-", Rewritten(changes::source_cidr)),
    fixer(PostProcessor, "docker-push", Gone("login_email", "registries do not ask for it")),
    fixer(PostProcessor, "docker-tag", Rewritten(changes::docker_tags)),
    // Packer has it still, without a meaning of its own.
    fixer(Builder, "vmware", Gone("ssh_skip_request_pty", "no terminal is asked for unless 'ssh_pty' is true")),
    fixer(Provisioner, "powershell", ForPacker(changes::powershell_escapes)),
    fixer(Builder, "vmware-iso", ForPacker(changes::vmware_compaction)),
    fixer(Builder, "hyperv-iso", Gone("vhd_temp_path", "it stands in the build's own folder")),
    fixer(Builder, "hyperv-vmcx", Replaces("clone_from_vmxc_path", "clone_from_vmcx_path")),
    fixer(Builder, "hyperv-", Replaces("cpu", "cpus")),
    fixer(Builder, "hyperv-", Replaces("ram_size", "memory")),
    fixer(Builder, "", Rewritten(changes::clean_resource_name)),
    fixer(Builder, "amazon-", Gone("spot_price_auto_product", "the price is found without it")),
    fixer(Builder, "qemu", ForPacker(changes::disk_size)),
    fixer(Provisioner, "ansible-local", Renamed("galaxycommand", "galaxy_command")),
    fixer(Builder, "virtualbox", Renamed("ssh_host_port_min", "host_port_min")),
    fixer(Builder, "virtualbox", Renamed("ssh_host_port_max", "host_port_max")),
    fixer(Builder, "virtualbox", Renamed("ssh_skip_nat_mapping", "skip_nat_mapping")),
    fixer(Builder, "", Renamed("ssh_wait_timeout", "ssh_timeout")),
    fixer(Builder, "vsphere-iso", Rewritten(changes::vsphere_devices)),
    fixer(Builder, "", Rewritten(changes::iso_checksum)),
    fixer(Builder, "qemu", Replaces("ssh_host_port_min", "host_port_min")),
    fixer(Builder, "qemu", Replaces("ssh_host_port_max", "host_port_max")),
    fixer(Builder, "azure-chroot", Rewritten(changes::exclude_from_latest)),
];

/// Old names that the passes which rewrite take away.
#[rustfmt::skip] // One a line.
const REWRITTEN: [(Sort, &str, &str); 11] = [
    (Builder, "", "iso_md5"),
    (Builder, "", "iso_checksum_type"),
    (Builder, "", "iso_checksum_url"),
    (Builder, "virtualbox", "guest_additions_attach"),
    (Builder, "amazon-", "ssh_private_ip"),
    (Builder, "amazon-", "temporary_security_group_source_cidr"),
    (PostProcessor, "vagrant", "aws"),
    (PostProcessor, "vagrant", "digitalocean"),
    (PostProcessor, "vagrant", "virtualbox"),
    (PostProcessor, "vagrant", "vmware"),
    (PostProcessor, "docker-tag", "tag"),
];

/// The old names that options of a component may still have.
pub(crate) fn old_names(sort: Sort, kind: &str) -> Vec<&'static str> {
    let is_for = |of: Sort, family: &str| of == sort && kind.starts_with(family);
    let named =
        FIXERS.iter().filter(|fixer| is_for(fixer.sort, fixer.family)).filter_map(|fixer| {
            match fixer.change {
                Renamed(old, _) | Replaces(old, _) | Gone(old, _) => Some(old),
                Rewritten(_) | ForPacker(_) => None,
            }
        });
    let rewritten = REWRITTEN.iter().filter(|(of, family, _)| is_for(*of, family)).map(|(.., old)| *old);
    named.chain(rewritten).collect()
}
