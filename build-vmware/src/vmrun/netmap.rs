//! Which virtual switch a network is on: `netmap.conf`.

use super::Installation;
use crate::vmx::Vmx;

/// The device of a machine's first network adapter: `vmnet8`.
pub(super) fn device(vmx: &Vmx, installation: &Installation) -> String {
    let kind = vmx.get("ethernet0.connectionType").as_deref().unwrap_or("bridged").to_ascii_lowercase();
    if kind == "custom" {
        return vmx.get("ethernet0.vnet").unwrap_or_default().trim_start_matches("/dev/").to_owned();
    }
    let map = std::fs::read_to_string(installation.networks.join("netmap.conf")).unwrap_or_default();
    in_map(&map, &kind).unwrap_or_else(|| {
        // What the installers set up; Workstation 16 and later may have no netmap.conf at all.
        let number = match kind.as_str() {
            "nat" => 8,
            "hostonly" => 1,
            _ => 0,
        };
        format!("vmnet{number}")
    })
}

/// Looks a network's name up: `network8.name = "NAT"` belongs to `network8.device = "vmnet8"`.
fn in_map(map: &str, name: &str) -> Option<String> {
    let entry = |line: &str| {
        let (key, value) = line.split_once('=')?;
        let (network, field) = key.trim().rsplit_once('.')?;
        Some((network.to_owned(), field.to_owned(), value.trim().trim_matches('"').to_owned()))
    };
    let entries: Vec<_> =
        map.lines().filter(|line| !line.trim_start().starts_with('#')).filter_map(entry).collect();
    let named =
        entries.iter().find(|(_, field, value)| field == "name" && value.eq_ignore_ascii_case(name))?;
    let device = entries.iter().find(|(network, field, _)| *network == named.0 && field == "device")?;
    Some(device.2.clone())
}

#[cfg(test)]
mod tests {
    use super::in_map;

    #[test]
    fn names_lead_to_devices() {
        let map = "# generated\nnetwork0.name = \"Bridged\"\nnetwork0.device = \"vmnet0\"\nnetwork3.device = \"vmnet3\"\n\
                   network3.name = \"NAT\"\n";
        assert_eq!(in_map(map, "nat").as_deref(), Some("vmnet3"));
        assert_eq!(in_map(map, "bridged").as_deref(), Some("vmnet0"));
        assert_eq!(in_map(map, "hostonly"), None);
    }
}
