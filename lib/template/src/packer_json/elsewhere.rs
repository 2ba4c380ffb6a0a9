//! Components of Packer and of its plugins that nobody here has, and what they are.

use super::model::Word;
use crate::options::registry::Sort;
use crate::source::{Code, Diagnostics, Source};
use std::sync::Arc;

/// Builders, by Packer's own list of plugins and by what published templates use.
#[rustfmt::skip] // One a line.
const BUILDERS: [(&str, &str); 66] = [
    ("alicloud-ecs", "Alibaba Cloud"),
    ("arm-image", "disk images of ARM boards"),
    ("azure-arm", "Azure"),
    ("azure-chroot", "Azure"),
    ("azure-dtl", "Azure DevTest Labs"),
    ("cloudstack", "CloudStack"),
    ("digitalocean", "DigitalOcean"),
    ("docker", "Docker"),
    ("exoscale", "Exoscale"),
    ("googlecompute", "Google Compute Engine"),
    ("hcloud", "Hetzner Cloud"),
    ("huaweicloud-ecs", "Huawei Cloud"),
    ("hyperone", "HyperOne"),
    ("hyperv-iso", "Hyper-V"),
    ("hyperv-vmcx", "Hyper-V"),
    ("ibmcloud-classic", "IBM Cloud"),
    ("ibmcloud-vpc", "IBM Cloud"),
    ("jdcloud", "JD Cloud"),
    ("kubevirt-iso", "KubeVirt"),
    ("libvirt", "libvirt"),
    ("linode", "Linode"),
    ("lxc", "LXC"),
    ("lxd", "LXD"),
    ("ncloud", "Naver Cloud"),
    ("nutanix", "Nutanix"),
    ("oneandone", "1&1"),
    ("openstack", "OpenStack"),
    ("oracle-classic", "Oracle Cloud"),
    ("oracle-oci", "Oracle Cloud"),
    ("osc-bsu", "Outscale"),
    ("outscale-bsu", "Outscale"),
    ("outscale-bsusurrogate", "Outscale"),
    ("outscale-bsuvolume", "Outscale"),
    ("outscale-chroot", "Outscale"),
    ("oxide-instance", "Oxide"),
    ("parallels-ipsw", "Parallels Desktop"),
    ("parallels-iso", "Parallels Desktop"),
    ("parallels-macvm", "Parallels Desktop"),
    ("parallels-pvm", "Parallels Desktop"),
    ("podman", "Podman"),
    ("powervs", "IBM Power Virtual Server"),
    ("profitbricks", "ProfitBricks"),
    ("proxmox", "Proxmox"),
    ("proxmox-clone", "Proxmox"),
    ("proxmox-iso", "Proxmox"),
    ("scaleway", "Scaleway"),
    ("tart-cli", "Tart"),
    ("tencentcloud-cvm", "Tencent Cloud"),
    ("triton", "Triton"),
    ("ucloud-uhost", "UCloud"),
    ("upcloud", "UpCloud"),
    ("utm-cloud", "UTM"),
    ("utm-iso", "UTM"),
    ("utm-utm", "UTM"),
    ("vagrant", "Vagrant"),
    ("veertu-anka", "Anka"),
    ("veertu-anka-vm-clone", "Anka"),
    ("veertu-anka-vm-create", "Anka"),
    ("volcengine-ecs", "Volcengine"),
    ("vsphere-clone", "vSphere"),
    ("vsphere-iso", "vSphere"),
    ("vsphere-supervisor", "vSphere"),
    ("vultr", "Vultr"),
    ("xenserver-iso", "XenServer"),
    ("xenserver-xva", "XenServer"),
    ("yandex", "Yandex Cloud"),
];

/// Provisioners.
#[rustfmt::skip] // One a line.
const PROVISIONERS: [(&str, &str); 8] = [
    ("azure-dtlartifact", "artifacts of Azure DevTest Labs"),
    ("cnspec", "Mondoo's checks"),
    ("comment", "a plugin that prints text"),
    ("converge", "Converge, which is no more"),
    ("goss", "Goss, which tests machines"),
    ("hcp-sbom", "bills of materials for HCP Packer"),
    ("mondoo", "Mondoo's checks"),
    ("windows-update", "a plugin that installs Windows' updates"),
];

/// Post-processors.
#[rustfmt::skip] // One a line.
const POST_PROCESSORS: [(&str, &str); 28] = [
    ("alicloud-import", "Alibaba Cloud"),
    ("amazon-ami-management", "a plugin that removes old AMIs"),
    ("atlas", "HashiCorp's Atlas, which is no more"),
    ("digitalocean-import", "DigitalOcean"),
    ("docker-import", "Docker"),
    ("docker-push", "Docker"),
    ("docker-save", "Docker"),
    ("docker-tag", "Docker"),
    ("exoscale-import", "Exoscale"),
    ("googlecompute-export", "Google Compute Engine"),
    ("googlecompute-import", "Google Compute Engine"),
    ("huaweicloud-import", "Huawei Cloud"),
    ("linode-import", "Linode"),
    ("oneandone", "1&1"),
    ("osc", "Outscale"),
    ("provenance", "statements of origin"),
    ("scaleway-import", "Scaleway"),
    ("ucloud-import", "UCloud"),
    ("upcloud-import", "UpCloud"),
    ("utm-vagrant", "Vagrant boxes for UTM"),
    ("utm-zip", "UTM"),
    ("vagrant-s3", "a plugin that publishes boxes in S3"),
    ("vhd", "a plugin that makes VHDs"),
    ("volcengine-import", "Volcengine"),
    ("vsphere", "vSphere"),
    ("vsphere-template", "vSphere"),
    ("yandex-export", "Yandex Cloud"),
    ("yandex-import", "Yandex Cloud"),
];

/// Data sources.
#[rustfmt::skip] // One a line.
const DATA_SOURCES: [(&str, &str); 8] = [
    ("file", "a plugin that makes files"),
    ("git-commit", "a plugin that asks Git"),
    ("git-repository", "a plugin that asks Git"),
    ("hcp-packer-artifact", "HCP Packer"),
    ("hcp-packer-image", "HCP Packer"),
    ("hcp-packer-iteration", "HCP Packer"),
    ("hcp-packer-version", "HCP Packer"),
    ("host-info", "a plugin that asks the host"),
];

/// The components of that sort that nobody here has, and what they are.
pub(crate) fn all(sort: Sort) -> &'static [(&'static str, &'static str)] {
    match sort {
        Sort::Builder => &BUILDERS,
        Sort::Provisioner => &PROVISIONERS,
        Sort::PostProcessor => &POST_PROCESSORS,
        Sort::DataSource => &DATA_SOURCES,
    }
}

/// What a component is that nobody here has; nothing for those of which nobody has heard.
pub(super) fn what(sort: Sort, kind: &str) -> Option<&'static str> {
    all(sort).iter().find(|(known, _)| *known == kind).map(|(_, what)| *what)
}

/// Whether a builder's type is known by name only.
pub(crate) fn is_foreign(kind: &Word) -> bool {
    what(Sort::Builder, &kind.text).is_some()
}

/// Tells of the selected builds that nobody here builds: one error each, which says how to leave out all of them.
pub(crate) fn report(source: &Arc<Source>, foreign: &[(String, Word)], diagnostics: &mut Diagnostics) {
    let names: Vec<&str> = foreign.iter().map(|(name, _)| name.as_str()).collect();
    for (_, kind) in foreign {
        let what = what(Sort::Builder, &kind.text).unwrap_or_default();
        diagnostics
            .error(
                Code::NotInThisVersion,
                source,
                kind.span.clone(),
                format!("Kiln has no builder '{}' ({what})", kind.text),
            )
            .hint(format!(
                "'-except={}' builds the others; --allow-unknown passes it on to a tool of your own",
                names.join(",")
            ));
    }
}
