//! The lease files of VMware's DHCP server (ISC's, version 2), and macOS's own for newer Fusions.

use super::Installation;
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// An address that a guest was given.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lease {
    address: Ipv4Addr,
    mac: String,
    ends: Option<Timestamp>,
}

/// The addresses of a network adapter: those that it has now, the newest first, then those that it had.
pub(super) fn addresses(device: &str, mac: &str, installation: &Installation) -> Vec<Ipv4Addr> {
    let mut leases = Vec::new();
    for path in files(device, installation) {
        if let Ok(text) = std::fs::read_to_string(&path) {
            leases.extend(parse(&text));
        }
    }
    if cfg!(target_os = "macos")
        && let Ok(text) = std::fs::read_to_string("/var/db/dhcpd_leases")
    {
        leases.extend(parse_apple(&text));
    }
    choose(&leases, mac, Timestamp::now())
}

/// Where leases of a device may be.
fn files(device: &str, installation: &Installation) -> Vec<PathBuf> {
    if installation.kind == "fusion" {
        return vec![installation.leases.join(format!("vmnet-dhcpd-{device}.leases"))];
    }
    let folder = installation.leases.join(device);
    ["dhcpd", "dhcp"]
        .iter()
        .flat_map(|one| ["dhcpd", "dhcp"].map(|other| folder.join(one).join(format!("{other}.leases"))))
        .collect()
}

fn choose(leases: &[Lease], mac: &str, now: Timestamp) -> Vec<Ipv4Addr> {
    let mut ours: Vec<&Lease> = leases.iter().filter(|lease| lease.mac == plain(mac)).collect();
    // The file grows at its end. A lease without an end is for ever.
    ours.reverse();
    ours.sort_by_key(|lease| lease.ends.is_some_and(|ends| ends < now));
    let mut found = Vec::new();
    for lease in ours {
        if !found.contains(&lease.address) {
            found.push(lease.address);
        }
    }
    found
}

/// A hardware address with two digits each, in lower case: macOS leaves zeros out.
fn plain(mac: &str) -> String {
    let parts: Vec<String> = mac.split(':').map(|part| format!("{part:0>2}").to_ascii_lowercase()).collect();
    parts.join(":")
}

/// `lease IP { starts W Y/M/D H:M:S; ends W Y/M/D H:M:S; hardware ethernet MAC; … }`, times in UTC.
fn parse(text: &str) -> Vec<Lease> {
    let mut leases = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("lease ") {
        rest = &rest[at + 6..];
        let Some((head, after)) = rest.split_once('{') else { break };
        let Some((body, after)) = after.split_once('}') else { break };
        rest = after;
        let Ok(address) = head.trim().parse() else { continue };
        let field = |name: &str| {
            body.split(';').map(str::trim).find_map(|field| field.strip_prefix(name)).map(str::trim)
        };
        let Some(mac) = field("hardware ethernet") else { continue };
        let ends = field("ends").and_then(time);
        leases.push(Lease { address, mac: plain(mac), ends });
    }
    leases
}

/// `6 2026/11/22 22:01:23`
fn time(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(' ')?;
    let civil = DateTime::strptime("%Y/%m/%d %H:%M:%S", date.trim()).ok()?;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// `{ name=… ip_address=… hw_address=1,MAC lease=0xHEX }`
fn parse_apple(text: &str) -> Vec<Lease> {
    let mut leases = Vec::new();
    for block in text.split('}') {
        let field = |name: &str| block.lines().map(str::trim).find_map(|line| line.strip_prefix(name));
        let (Some(address), Some(mac)) = (field("ip_address="), field("hw_address=1,")) else { continue };
        let Ok(address) = address.parse() else { continue };
        let ends = field("lease=0x").and_then(|hex| i64::from_str_radix(hex, 16).ok());
        let ends = ends.and_then(|seconds| Timestamp::from_second(seconds).ok());
        leases.push(Lease { address, mac: plain(mac), ends });
    }
    leases
}

#[cfg(test)]
mod tests {
    use super::{choose, parse, parse_apple};

    #[test]
    fn the_newest_lease_that_holds_comes_first() {
        let text = "# All times in this file are in UTC (GMT), not your local timezone.\n\
            lease 192.168.33.130 {\n\tstarts 0 2026/11/22 10:00:00;\n\tends 0 2026/11/22 12:00:00;\n\thardware ethernet 00:0c:29:AA:bb:cc;\n}\n\
            lease 192.168.33.131 {\n\tstarts 0 2026/11/22 11:00:00;\n\tends 0 2026/11/22 11:30:00;\n\thardware ethernet 00:0c:29:aa:bb:cc;\n}\n\
            lease 192.168.33.132 {\n\tstarts 0 2026/11/22 11:00:00;\n\tends 0 2026/11/22 13:00:00;\n\thardware ethernet 00:0c:29:00:00:01;\n}\n\
            lease 192.168.33.133 {\n\tstarts 0 2026/11/22 11:10:00;\n\tends 0 2026/11/22 13:00:00;\n\thardware ethernet 00:0c:29:aa:bb:cc;\n}\n\
            lease broken {\n}\nlease 1.2.3.4 {";
        let now = "2026-11-22T11:45:00Z".parse().unwrap();
        let found: Vec<String> =
            choose(&parse(text), "00:0C:29:aa:bb:cc", now).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.168.33.133", "192.168.33.130", "192.168.33.131"]);
    }

    #[test]
    fn macos_leaves_zeros_out() {
        let text = "{\n\tname=guest\n\tip_address=172.16.1.128\n\thw_address=1,0:c:29:a:bb:cc\n\tlease=0x69234567\n}\n";
        let found = choose(&parse_apple(text), "00:0c:29:0a:bb:cc", "2020-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(found[0].to_string(), "172.16.1.128");
    }
}
