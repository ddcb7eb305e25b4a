//! IpAddress and NotIpAddress: addresses in blocks, IPv4 and IPv6 apart (iam-facts 6.6).

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads `10.0.0.0/8`, `2001:db8::/32`, or one address, which is a block of its own; `None` for anything else. The block keeps the address as
/// written; its bits behind the prefix mean nothing.
pub fn block(text: &str) -> Option<IpNet> {
    match text.trim().split_once('/') {
        Some((network, prefix)) if !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()) => {
            IpNet::new(address(network)?, prefix.parse().ok()?).ok()
        }
        Some(_) => None,
        None => address(text).map(IpNet::from),
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
    fn addresses_in_blocks() {
        let within = |range: &str, text: &str| block(range).unwrap().contains(&address(text).unwrap());
        assert!(within("10.1.2.3/8", "10.255.0.1") && !within("10.0.0.0/8", "11.0.0.1"));
        assert!(within("0.0.0.0/0", "255.255.255.255") && !within("0.0.0.0/0", "::1"));
        assert!(within("203.0.113.7", "203.0.113.7") && !within("203.0.113.7", "203.0.113.8"));
        assert!(within("2001:DB8::/32", "2001:db8:1::1") && !within("2001:db8::1", "2001:db8::2"));
    }

    #[test]
    fn texts_that_are_not_blocks() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "10.*"] {
            assert_eq!(block(text), None, "{text}");
        }
    }
}
