//! Old options that `packer fix` knows, and what to write now.

use crate::options::registry::Sort;

/// The beginning of the component's type, the old name, what to do.
const OLD: [(Sort, &str, &str, &str); 22] = [
    (Sort::Builder, "", "iso_md5", "write \"iso_checksum\": \"md5:…\""),
    (Sort::Builder, "", "iso_checksum_type", "write \"iso_checksum\": \"TYPE:…\""),
    (Sort::Builder, "", "iso_checksum_url", "write \"iso_checksum\": \"file:URL\""),
    (Sort::Builder, "", "ssh_key_path", "it is called 'ssh_private_key_file' now"),
    (Sort::Builder, "", "ssh_disable_agent", "it is called 'ssh_disable_agent_forwarding' now"),
    (Sort::Builder, "", "ssh_host_port_min", "it is called 'host_port_min' now"),
    (Sort::Builder, "", "ssh_host_port_max", "it is called 'host_port_max' now"),
    (Sort::Builder, "", "ssh_skip_nat_mapping", "it is called 'skip_nat_mapping' now"),
    (Sort::Builder, "", "ssh_wait_timeout", "it is called 'ssh_timeout' now"),
    (Sort::Builder, "amazon-", "shutdown_behaviour", "it is called 'shutdown_behavior' now"),
    (Sort::Builder, "amazon-", "enhanced_networking", "it is called 'ena_support' now"),
    (
        Sort::Builder,
        "amazon-",
        "ssh_private_ip",
        "write \"ssh_interface\": \"private_ip\", or \"public_ip\" for false",
    ),
    (
        Sort::Builder,
        "amazon-",
        "temporary_security_group_source_cidr",
        "it is called 'temporary_security_group_source_cidrs' now, and takes a list",
    ),
    (Sort::Builder, "amazon-", "clean_ami_name", "use {{clean_resource_name …}} in 'ami_name'"),
    (Sort::Builder, "amazon-", "spot_price_auto_product", "remove it: the price is found without it"),
    (Sort::Builder, "virtualbox", "guest_additions_attach", "write \"guest_additions_mode\": \"attach\""),
    (Sort::Builder, "vmware", "vnc_bind_addr", "it is called 'vnc_bind_address' now"),
    (Sort::Builder, "qemu", "disk_size_mb", "write \"disk_size\": \"…M\""),
    (Sort::PostProcessor, "manifest", "filename", "it is called 'output' now"),
    (Sort::Provisioner, "ansible", "galaxycommand", "it is called 'galaxy_command' now"),
    (
        Sort::Provisioner,
        "powershell",
        "elevated_executeCommand",
        "it is called 'elevated_execute_command' now",
    ),
    (Sort::PostProcessor, "docker-tag", "tag_list", "it is called 'tags' now"),
];

/// Says what to write instead of an old option.
pub(super) fn advice(sort: Sort, kind: &str, key: &str) -> Option<&'static str> {
    let old = OLD.iter().find(|(of, family, old, _)| *of == sort && kind.starts_with(family) && *old == key);
    old.map(|(.., advice)| *advice)
}

/// Builder types of Packer that this version does not build.
const ELSEWHERE: [&str; 41] = [
    "alicloud-ecs",
    "amazon-chroot",
    "amazon-ebssurrogate",
    "amazon-ebsvolume",
    "amazon-instance",
    "azure-arm",
    "azure-chroot",
    "cloudstack",
    "digitalocean",
    "docker",
    "googlecompute",
    "hcloud",
    "hyperv-iso",
    "hyperv-vmcx",
    "linode",
    "lxc",
    "lxd",
    "ncloud",
    "oneandone",
    "openstack",
    "oracle-oci",
    "parallels-iso",
    "parallels-pvm",
    "profitbricks",
    "proxmox",
    "proxmox-clone",
    "proxmox-iso",
    "qemu",
    "scaleway",
    "tencentcloud-cvm",
    "triton",
    "ucloud-uhost",
    "vagrant",
    "virtualbox-iso",
    "virtualbox-ovf",
    "virtualbox-vm",
    "vmware-iso",
    "vmware-vmx",
    "vsphere-clone",
    "vsphere-iso",
    "yandex",
];

/// Whether a builder, provisioner or post-processor is one of Packer's that this version does not know yet.
pub(super) fn is_packers(sort: Sort, kind: &str) -> bool {
    match sort {
        Sort::Builder => ELSEWHERE.contains(&kind),
        Sort::Provisioner => PROVISIONERS.contains(&kind),
        Sort::PostProcessor => POST_PROCESSORS.contains(&kind),
    }
}

const PROVISIONERS: [&str; 13] = [
    "ansible",
    "ansible-local",
    "chef-client",
    "chef-solo",
    "converge",
    "hcp-sbom",
    "inspec",
    "powershell",
    "puppet-masterless",
    "puppet-server",
    "salt-masterless",
    "windows-restart",
    "windows-shell",
];

const POST_PROCESSORS: [&str; 20] = [
    "alicloud-import",
    "amazon-import",
    "digitalocean-import",
    "docker-import",
    "docker-push",
    "docker-save",
    "docker-tag",
    "exoscale-import",
    "googlecompute-export",
    "googlecompute-import",
    "oneandone",
    "osc",
    "ucloud-import",
    "vagrant",
    "vagrant-cloud",
    "vsphere",
    "vsphere-template",
    "yandex-export",
    "yandex-import",
    "provenance",
];
