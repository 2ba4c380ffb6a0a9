//! Rules of the options of the network.

use crate::options::Check;
use crate::options::builder::amazon_ebs::Network;
use std::net::IpAddr;

pub(super) fn check(network: &Network, check: &mut Check) {
    if !network.security_group_id.is_empty() {
        // Alone, it has been moved into the list.
        check
            .error("security_group_id", "security_group_id and security_group_ids exclude each other")
            .hint("put all of them into security_group_ids");
    }
    for (index, cidr) in network.temporary_security_group_source_cidrs.iter().enumerate() {
        if !is_cidr(cidr) {
            check
                .error(
                    format!("temporary_security_group_source_cidrs[{index}]"),
                    format!("'{cidr}' is not a range of addresses"),
                )
                .hint("give address/bits, such as \"203.0.113.7/32\" or \"10.0.0.0/8\"");
        }
    }
    for (path, filters) in [
        ("subnet_filter", &network.subnet_filter.filters),
        ("vpc_filter", &network.vpc_filter.filters),
        ("security_group_filter", &network.security_group_filter.filters),
    ] {
        for name in
            filters.iter().filter(|(name, value)| name.is_empty() || value.is_empty()).map(|(name, _)| name)
        {
            check
                .error(format!("{path}.filters.{name}"), "a filter needs a name and a value")
                .hint("leave out filters that are not to apply");
        }
    }
}

/// Whether a text is an address with the number of its network bits.
fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    !bits.is_empty()
        && bits.bytes().all(|byte| byte.is_ascii_digit())
        && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}
