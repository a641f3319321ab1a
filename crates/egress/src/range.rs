//! Ranges of addresses, and which of them are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::Policy;

/// A range of addresses, such as `10.0.0.0/8` or `fd00::/8`; a single address is a range too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range(IpNet);

/// A text that is no range.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no range of addresses; write one such as `10.0.0.0/8` or `192.168.1.7`")]
pub struct UnknownRange(String);

impl FromStr for Range {
    type Err = UnknownRange;

    fn from_str(text: &str) -> Result<Self, UnknownRange> {
        let text = text.trim();
        let range = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        range.map(Self).ok_or_else(|| UnknownRange(text.to_owned()))
    }
}

/// IPv4 addresses that are not public (IANA's registry of special-purpose addresses), first address and prefix.
const NOT_PUBLIC_V4: &[([u8; 4], u8)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

impl Policy {
    /// Whether this address may be dialled.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        // An IPv4 address in the clothes of IPv6 is what it is underneath.
        let plain = underneath(address);
        self.private || is_public(plain) || self.allowed.iter().any(|range| range.0.contains(&plain))
    }
}

fn underneath(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match (v6.to_ipv4_mapped(), a, b) {
        (Some(mapped), ..) => IpAddr::V4(mapped),
        // NAT64 and 6to4 lead to the IPv4 address that they carry.
        (None, 0x64, 0xff9b) if [c, d, e, f] == [0; 4] => v4(g, h),
        (None, 0x2002, _) => v4(b, c),
        _ => address,
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|(first, prefix)| {
            let mask = u32::MAX << (32 - prefix);
            v4.to_bits() & mask == Ipv4Addr::from(*first).to_bits()
        }),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Public addresses of IPv6 are those of `2000::/3` without documentation, benchmarks, Teredo and other special ranges.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || (a == 0x3fff && b < 0x1000);
    a & 0xe000 == 0x2000 && !special
}
