//! Rules of what stands between this computer and the machine: a bastion, a proxy, tunnels.

use super::{Communicator, given, keys};
use crate::options::Check;

impl Communicator {
    /// Packer 1.6.6: a bastion needs a way to log in, and excludes a proxy. Unlike there, being asked is a way too.
    pub(super) fn check_bastion(&mut self, check: &mut Check) {
        if !given(self.ssh_bastion_host.as_deref()) {
            return;
        }
        if given(self.ssh_proxy_host.as_deref()) {
            check
                .error("ssh_proxy_host", "'ssh_bastion_host' and 'ssh_proxy_host' exclude each other")
                .hint("keep the one through which the machine is reached");
        }
        keys::check_private_key(
            "ssh_bastion_private_key_file",
            &mut self.ssh_bastion_private_key_file,
            check,
        );
        if !given(self.ssh_bastion_private_key_file.as_deref()) {
            self.ssh_bastion_private_key_file.clone_from(&self.ssh_private_key_file);
            if !given(self.ssh_bastion_certificate_file.as_deref()) {
                self.ssh_bastion_certificate_file.clone_from(&self.ssh_certificate_file);
            }
        }
        let has_key = given(self.ssh_bastion_private_key_file.as_deref());
        if self.ssh_bastion_certificate_file != self.ssh_certificate_file {
            let path = &mut self.ssh_bastion_certificate_file;
            keys::check_certificate("ssh_bastion_certificate_file", path, has_key, check);
        }
        let other = given(self.ssh_bastion_password.as_deref())
            || self.ssh_bastion_agent_auth == Some(true)
            || self.ssh_bastion_interactive == Some(true);
        if !has_key && !other {
            check.error("ssh_bastion_host", "no way to log in at the bastion is given").hint(
                "set 'ssh_bastion_private_key_file', 'ssh_bastion_password' or 'ssh_bastion_agent_auth'",
            );
        }
        self.ssh_bastion_port = self.ssh_bastion_port.filter(|port| *port > 0).or(Some(22));
    }

    /// A tunnel is `PORT:HOST:PORT`; an address of IPv6 stands in brackets.
    pub(super) fn check_tunnels(&mut self, check: &mut Check) {
        for (option, tunnels) in
            [("ssh_remote_tunnels", &self.ssh_remote_tunnels), ("ssh_local_tunnels", &self.ssh_local_tunnels)]
        {
            for (index, tunnel) in tunnels.iter().flatten().enumerate() {
                if !is_tunnel(tunnel) {
                    check
                        .error(format!("{option}[{index}]"), format!("'{tunnel}' is not a tunnel"))
                        .hint("write it as \"PORT:HOST:PORT\": where to listen, and what to reach");
                }
            }
        }
        if given(self.ssh_proxy_host.as_deref()) {
            self.ssh_proxy_port = self.ssh_proxy_port.filter(|port| *port > 0).or(Some(1080));
        }
    }
}

fn is_tunnel(text: &str) -> bool {
    let Some((listen, to)) = text.split_once(':') else { return false };
    let Some((host, port)) = to.rsplit_once(':') else { return false };
    let is_host = !host.contains(':') || (host.starts_with('[') && host.ends_with(']'));
    listen.parse::<u16>().is_ok() && port.parse::<u16>().is_ok() && is_host
}
