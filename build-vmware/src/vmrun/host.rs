//! This host's address as guests see it.

use super::{Installation, netmap};
use crate::options::{Options, Origin};
use crate::vmx::{self, Vmx};
use record::Failure;
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};

/// This host's address on the network of a machine's first adapter: where guests reach the HTTP server.
///
/// # Errors
/// When it cannot be found.
pub fn host_address(vmx: &Vmx, installation: &Installation) -> Result<IpAddr, Failure> {
    let device = netmap::device(vmx, installation);
    if vmx.get("ethernet0.connectionType").as_deref().unwrap_or("bridged").eq_ignore_ascii_case("bridged") {
        return outgoing("192.0.2.1").ok_or_else(|| {
            Failure::new("this computer has no route to other networks, so guests on the bridged one cannot be told its address")
                .hint("set http_interface or http_bind_address, or use network = \"nat\"")
        });
    }
    let paths = files(&device, installation);
    for path in &paths {
        if let Ok(text) = std::fs::read_to_string(path)
            && let Some(address) = fixed_address(&text, &device)
        {
            return Ok(address);
        }
    }
    let looked: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Err(Failure::new(format!(
        "this host's address on {device} is not known: there is none in {}",
        looked.join(", ")
    ))
    .hint("set http_interface to the network's interface, such as vmnet8, or http_bind_address"))
}

/// This computer's address on the way to another; nothing is sent.
pub fn outgoing(to: &str) -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect((to, 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// A .vmx that says no more than which network the machine is on: that of the options, or of the source.
///
/// # Errors
/// When the source cannot be read.
pub fn network_of(options: &Options) -> Result<Vmx, Failure> {
    let mut vmx = Vmx::new();
    match &options.origin {
        Origin::New(hardware) => match hardware.network.as_str() {
            network @ ("nat" | "hostonly" | "bridged") => vmx.set("ethernet0.connectionType", network),
            device => {
                vmx.set("ethernet0.connectionType", "custom");
                vmx.set("ethernet0.vnet", device);
            }
        },
        Origin::Other(source) if source.source_path.to_lowercase().ends_with(".vmx") => {
            vmx = vmx::read(Path::new(&source.source_path))?;
        }
        // What an appliance's networks become under Workstation.
        Origin::Other(_) => vmx.set("ethernet0.connectionType", "nat"),
    }
    for (key, value) in &options.vm.vmx_data {
        vmx.set_raw(key, value);
    }
    Ok(vmx)
}

fn files(device: &str, installation: &Installation) -> Vec<PathBuf> {
    let folder = installation.networks.join(device);
    if installation.kind == "fusion" {
        return vec![folder.join("dhcpd.conf")];
    }
    let both = ["dhcpd", "dhcp"];
    both.iter().flat_map(|one| both.map(|other| folder.join(one).join(format!("{other}.conf")))).collect()
}

/// `host vmnet8 { hardware ethernet …; fixed-address IP; … }`
fn fixed_address(text: &str, device: &str) -> Option<IpAddr> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let text: String = lines.collect::<Vec<_>>().join("\n");
    let mut rest = text.as_str();
    while let Some(at) = rest.find("host ") {
        rest = &rest[at + 5..];
        let (name, after) = rest.split_once('{')?;
        let (body, _) = after.split_once('}')?;
        if name.trim() == device {
            let field =
                body.split(';').map(str::trim).find_map(|field| field.strip_prefix("fixed-address"))?;
            return field.trim().parse().ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fixed_address;

    #[test]
    fn the_host_has_an_entry_of_its_own() {
        let text = "# host vmnet8 { fixed-address 1.1.1.1; }\nsubnet 1.2.3.0 netmask 255.255.255.0 {\n\toption host-name \"x\";\n}\n\
                    host vmnet1 {\n\tfixed-address 10.0.0.1;\n}\nhost vmnet8 {\n\thardware ethernet 00:50:56:C0:00:08;\n\tfixed-address 192.168.33.1;\n}\n";
        assert_eq!(fixed_address(text, "vmnet8"), "192.168.33.1".parse().ok());
        assert_eq!(fixed_address(text, "vmnet3"), None);
    }
}
