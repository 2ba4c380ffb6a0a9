//! Rules between options of VMware's builders.

use super::{Disks, Vm};
use crate::options::Check;
use crate::options::communicator::Communicator;

/// Checks what groups say together.
pub(super) fn check(vm: &Vm, disks: &Disks, communicator: &Communicator, check: &mut Check) {
    if vm.tools_mode == "upload" && communicator.kind() == "none" {
        check
            .error("tools_mode", "tools cannot be uploaded without a communicator")
            .hint("set tools_mode to attach, or leave it out");
    }
    if vm.driver == "qemu" {
        if vm.wants_tools() && vm.tools_source_path.is_empty() {
            check
                .error("tools_mode", "VMware's tools come with its products, and qemu is the driver")
                .hint("install open-vm-tools in the guest, or set tools_source_path");
        }
        if disks.disk_adapter_type == "buslogic" {
            check
                .error("disk_adapter_type", "QEMU has no BusLogic adapter")
                .hint("use lsilogic, or another driver");
        }
    }
    if vm.format == "vmx" && !vm.ovftool_options.is_empty() {
        check
            .warning("ovftool_options", "ovftool is not used: the format is vmx")
            .hint("set format to ovf or ova");
    }
    for (option, data) in [("vmx_data", &vm.vmx_data), ("vmx_data_post", &vm.vmx_data_post)] {
        for (key, value) in data {
            let bad = |text: &str| text.contains(['\n', '\r', '"']);
            if key.trim().is_empty() || key.contains('=') || bad(key) || bad(value) {
                check
                    .error(format!("{option}.{key}"), "this cannot stand in a .vmx file")
                    .hint("keys have no '=', and neither keys nor values have quotes or line ends");
            }
        }
    }
}
