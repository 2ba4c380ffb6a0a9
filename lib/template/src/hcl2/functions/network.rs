//! Functions of networks in CIDR form.

use super::{Arguments, Fault, Gives};
use crate::hcl2::value::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: its address in the low `width` bits.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    prefix: u32,
    width: u32,
}

impl Network {
    fn read(given: &Arguments<'_>) -> Result<Self, Fault> {
        let text = given.text(0)?;
        let wrong = || Fault::at(0, format!("'{text}' is no network")).hint("such as \"10.0.0.0/16\"");
        let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
        let (address, width) = match address.parse::<IpAddr>().map_err(|_| wrong())? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let prefix = prefix.parse::<u32>().ok().filter(|prefix| *prefix <= width).ok_or_else(wrong)?;
        let network = Self { address, prefix, width };
        Ok(Self { address: address & network.mask(), ..network })
    }

    /// The bits of the network.
    fn mask(self) -> u128 {
        let all = if self.width == 128 { u128::MAX } else { (1 << self.width) - 1 };
        all & !self.hosts()
    }

    /// The bits of the hosts.
    fn hosts(self) -> u128 {
        match self.width - self.prefix {
            128 => u128::MAX,
            bits => (1 << bits) - 1,
        }
    }

    fn write(self, address: u128) -> String {
        if self.width == 32 {
            Ipv4Addr::from(address as u32).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }

    /// A smaller network in this one.
    fn subnet(self, bits: u32, number: u128) -> Option<Self> {
        let prefix = self.prefix.checked_add(bits).filter(|prefix| *prefix <= self.width)?;
        if bits < 128 && number >> bits != 0 {
            return None;
        }
        let shift = self.width - prefix;
        let offset = if shift == 128 { 0 } else { number << shift };
        Some(Self { address: self.address | offset, prefix, width: self.width })
    }

    fn to_value(self) -> Value {
        Value::text(format!("{}/{}", self.write(self.address), self.prefix))
    }
}

pub(super) fn cidrhost(given: &Arguments<'_>) -> Gives {
    let (network, number) = (Network::read(given)?, given.whole(1)?);
    let hosts = network.hosts();
    let host = match u128::try_from(number) {
        Ok(number) => Some(number).filter(|number| *number <= hosts),
        Err(_) => hosts.checked_sub(number.unsigned_abs() - 1),
    };
    let host = host.ok_or_else(|| Fault::at(1, format!("the network has no host {number}")))?;
    Ok(Value::text(network.write(network.address | host)))
}

pub(super) fn cidrnetmask(given: &Arguments<'_>) -> Gives {
    let network = Network::read(given)?;
    if network.width != 32 {
        return Err(Fault::at(0, "only IPv4 networks have a mask"));
    }
    Ok(Value::text(network.write(network.mask())))
}

pub(super) fn cidrsubnet(given: &Arguments<'_>) -> Gives {
    let (network, bits, number) = (Network::read(given)?, given.count(1)?, given.count(2)?);
    let bits = u32::try_from(bits).unwrap_or(u32::MAX);
    let subnet = network.subnet(bits, number as u128);
    subnet.map(Network::to_value).ok_or_else(|| Fault::whole("the network has no such part: too few bits"))
}

pub(super) fn cidrsubnets(given: &Arguments<'_>) -> Gives {
    let network = Network::read(given)?;
    let few = || Fault::whole("the network is too small for all these parts");
    let mut next: u128 = 0;
    let mut subnets = Vec::new();
    for at in 1..given.len() {
        let bits = u32::try_from(given.count(at)?).ok().filter(|bits| (1..=127).contains(bits));
        let bits = bits.ok_or_else(|| Fault::at(at, "the number of bits must be from 1 to 127"))?;
        // Rounded up to where a part of this size can begin.
        let size_bits = (network.width - network.prefix).checked_sub(bits).ok_or_else(few)?;
        let number = (next >> size_bits) + u128::from(next & ((1 << size_bits) - 1) != 0);
        let subnet = network.subnet(bits, number).ok_or_else(few)?;
        next = (number + 1).checked_shl(size_bits).unwrap_or(u128::MAX);
        subnets.push(subnet.to_value());
    }
    Ok(Value::list(subnets))
}
