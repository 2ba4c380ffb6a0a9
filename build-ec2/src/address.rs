//! Addresses: where the machine is reached, and how the world sees this computer.

use crate::context::Context;
use aws_sdk_ec2::types::Instance;
use record::Failure;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The address to connect to: `ssh_host`, else what `ssh_interface` names, else the public address, else the private one.
/// `None`: the machine has no such address yet.
pub fn of(context: &Context, instance: &Instance) -> Option<String> {
    let reach = &context.reach;
    if !reach.host.is_empty() {
        return Some(reach.host.clone());
    }
    let address = match context.options.run.ssh_interface.as_str() {
        "public_ip" => instance.public_ip_address(),
        "private_ip" => instance.private_ip_address(),
        "public_dns" => instance.public_dns_name(),
        "private_dns" => instance.private_dns_name(),
        "ipv6" => ipv6(instance),
        _ => instance.public_ip_address().or(instance.private_ip_address()).or(ipv6(instance)),
    };
    address.filter(|address| !address.is_empty()).map(str::to_owned)
}

fn ipv6(instance: &Instance) -> Option<&str> {
    instance.ipv6_address().or_else(|| {
        let mut addresses =
            instance.network_interfaces().iter().flat_map(|interface| interface.ipv6_addresses());
        addresses.find_map(|address| address.ipv6_address())
    })
}

/// This computer's public address as a CIDR block, as `checkip.amazonaws.com` sees it.
///
/// # Errors
/// When the service cannot be asked.
pub async fn own_public(context: &Context) -> Result<String, Failure> {
    let wrong = |why: String| {
        Failure::new(format!("cannot find this computer's public address: checkip.amazonaws.com: {why}"))
            .hint("set temporary_security_group_source_cidrs instead")
    };
    let asked = tokio::select! {
        asked = tokio::time::timeout(Duration::from_secs(15), ask()) => asked,
        () = context.build.cancelled() => return Err(Failure::interrupted()),
    };
    let answer =
        asked.map_err(|_| wrong("no answer in 15 s".into()))?.map_err(|error| wrong(error.to_string()))?;
    let body = answer.rsplit("\r\n\r\n").next().unwrap_or_default().trim();
    match body.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => Ok(format!("{address}/32")),
        Ok(IpAddr::V6(address)) => Ok(format!("{address}/128")),
        Err(_) => Err(wrong(String::from("the answer is not an address"))),
    }
}

async fn ask() -> std::io::Result<String> {
    let mut stream = TcpStream::connect("checkip.amazonaws.com:80").await?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: checkip.amazonaws.com\r\n\r\n").await?;
    let mut answer = String::new();
    stream.take(16 * 1024).read_to_string(&mut answer).await?;
    Ok(answer)
}
