//! IpAddress and NotIpAddress: addresses in ranges, IPv4 and IPv6 apart (iam-facts 6.6).

use std::net::IpAddr;

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    network: IpAddr,
    /// Bits that count.
    prefix: u32,
}

impl IpRange {
    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or one address; `None` for what is neither. Bits of the address behind the prefix mean nothing.
    pub fn read(text: &str) -> Option<Self> {
        let (network, prefix) = match text.trim().split_once('/') {
            Some((network, prefix)) => (address(network)?, Some(prefix)),
            None => (address(text)?, None),
        };
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().filter(|bits| *bits <= longest)?,
            Some(_) => return None,
            None => longest,
        };
        Some(Self { network, prefix })
    }

    /// Whether an address is in the range; never of the other version of the protocol.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let different = network.to_bits() ^ address.to_bits();
                different.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let different = network.to_bits() ^ address.to_bits();
                different.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}

/// One address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_ranges() {
        let within = |range: &str, text: &str| IpRange::read(range).unwrap().contains(address(text).unwrap());
        assert!(within("10.1.2.3/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.1"));
        assert!(within("0.0.0.0/0", "255.255.255.255") && !within("0.0.0.0/0", "::1"));
        assert!(within("203.0.113.7", "203.0.113.7") && !within("203.0.113.7", "203.0.113.8"));
        assert!(within("2001:DB8::/32", "2001:db8:1::1") && !within("2001:db8::1", "2001:db8::2"));
    }

    #[test]
    fn what_is_no_range() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.*"] {
            assert_eq!(IpRange::read(text), None, "{text}");
        }
    }
}
