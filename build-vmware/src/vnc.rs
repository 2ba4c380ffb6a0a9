//! The VNC server over which boot commands are typed and the screen is seen.

use crate::options::Options;
use crate::vmx::Vnc;
use hypervisor::rfb::Client;
use record::{Build, Failure};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use tokio::net::TcpStream;

/// Chooses port and password of a machine's VNC server.
///
/// # Errors
/// When no port of the range is free.
pub fn choose(options: &Options, build: &Build) -> Result<Vnc, Failure> {
    let address = options.vnc.vnc_bind_address.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let free = |port: u16| TcpListener::bind((address, port)).is_ok();
    choose_where(options, address, free, build)
}

/// The same on another host, where nothing may listen on the port yet. The server listens on all its addresses, else this computer
/// would not reach it.
///
/// # Errors
/// When no port of the range is free.
pub fn choose_on_host(options: &Options, taken: &[u16], build: &Build) -> Result<Vnc, Failure> {
    choose_where(options, IpAddr::V4(Ipv4Addr::UNSPECIFIED), |port| !taken.contains(&port), build)
}

fn choose_where(
    options: &Options,
    address: IpAddr,
    free: impl Fn(u16) -> bool,
    build: &Build,
) -> Result<Vnc, Failure> {
    let (first, last) = (options.vnc.vnc_port_min, options.vnc.vnc_port_max);
    let random = ulid::Ulid::generate().random();
    let count = u128::from(last.saturating_sub(first)) + 1;
    // Builds that start at the same time look in different places first.
    let begin = random % count;
    let port = (0..count)
        .filter_map(|number| u16::try_from(u128::from(first) + (begin + number) % count).ok())
        .find(|port| free(*port))
        .ok_or_else(|| {
            Failure::new(format!("no port from {first} to {last} is free for the machine's VNC server"))
                .hint("widen vnc_port_min and vnc_port_max, or see with 'ss -ltn' who has them")
        })?;
    let password = if options.vm.vnc_disable_password { String::new() } else { password(random) };
    if !password.is_empty() {
        build.hide(&password);
    }
    Ok(Vnc { address, port, password })
}

/// Eight characters, which is all that the protocol takes (RFC 6143, 7.2.2): 40 bits.
fn password(random: u128) -> String {
    let text = ulid::Ulid::from_parts(0, random).to_string();
    text[text.len() - 8..].to_ascii_lowercase()
}

/// Connects to a machine's VNC server, which types and shows the screen.
///
/// # Errors
/// When it does not answer, or refuses the password.
pub async fn connect(vnc: &Vnc) -> Result<Client<TcpStream>, Failure> {
    // A server on all addresses is reached on this one.
    let address = if vnc.address.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { vnc.address };
    let password = Some(vnc.password.as_str()).filter(|password| !password.is_empty());
    Client::connect(&address.to_string(), vnc.port, password).await
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn passwords_have_eight_characters() {
        let random = ulid::Ulid::generate().random();
        assert_eq!(password(random).len(), 8);
        assert_ne!(password(random), password(random ^ 1));
    }
}
