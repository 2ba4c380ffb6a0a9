//! Where the machine is on the network, and who may reach it.

use super::filter::{Filter, SubnetFilter};
use super::value::is_unset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the machine is on the network, and who may reach it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Network {
    /// Whether the machine gets a public address. Without a subnet, one of the default VPC is chosen. Default: as the subnet says.
    pub associate_public_ip_address: Option<bool>,
    /// Subnet of the machine. Default: one of the default VPC.
    pub subnet_id: String,
    /// Looks up the subnet; `subnet_id` goes before.
    #[serde(skip_serializing_if = "is_unset")]
    pub subnet_filter: SubnetFilter,
    /// VPC of the machine. Without a subnet it must be the default VPC. Default: the subnet's.
    pub vpc_id: String,
    /// Looks up the VPC; exactly one must match. `vpc_id` goes before.
    #[serde(skip_serializing_if = "is_unset")]
    pub vpc_filter: Filter,
    /// Security group of the machine; the same as a list of one in `security_group_ids`.
    pub security_group_id: String,
    /// Security groups of the machine. Default: a temporary one, open for the communicator's port.
    pub security_group_ids: Vec<String>,
    /// Looks up the security groups; `security_group_ids` goes before.
    #[serde(skip_serializing_if = "is_unset")]
    pub security_group_filter: Filter,
    /// Addresses that may reach the machine by the temporary security group. Default: `0.0.0.0/0`, or `::/0` when `ssh_interface` is `ipv6`.
    pub temporary_security_group_source_cidrs: Vec<String>,
    /// Whether only this computer's public address, as `checkip.amazonaws.com` sees it, may reach the machine. Default: false.
    pub temporary_security_group_source_public_ip: bool,
}

impl Network {
    /// Moves blocks and the single group to where the same things are.
    pub(super) fn settle(&mut self) {
        self.subnet_filter.settle();
        self.vpc_filter.settle();
        self.security_group_filter.settle();
        if self.security_group_ids.is_empty() && !self.security_group_id.is_empty() {
            self.security_group_ids.push(std::mem::take(&mut self.security_group_id));
        }
    }

    /// Fills in what is not set.
    pub(super) fn fill_in_defaults(&mut self, ssh_interface: &str) {
        if self.temporary_security_group_source_cidrs.is_empty()
            && !self.temporary_security_group_source_public_ip
        {
            let everywhere = if ssh_interface == "ipv6" { "::/0" } else { "0.0.0.0/0" };
            self.temporary_security_group_source_cidrs.push(everywhere.to_owned());
        }
    }
}
