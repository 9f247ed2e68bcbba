//! Which IP addresses are on the public internet.
//!
//! Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), as of October 2025, and the
//! IPv4 Multicast registry (RFC 5771). Stricter than they are where that costs nothing: a registered block is refused
//! whole though single addresses in it (anycast services of the IETF) are reachable, since no portal lives there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Address blocks that are not public, as first address and prefix length.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),  // this network, RFC 791; Linux connects 0.0.0.0 to itself
    (Ipv4Addr::new(10, 0, 0, 0), 8), // private use, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10), // shared with carriers' NAT, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8), // loopback, RFC 1122
    (Ipv4Addr::new(168, 63, 129, 16), 32), // not IANA: Azure's platform service, reachable from its machines only
    (Ipv4Addr::new(169, 254, 0, 0), 16), // link-local, RFC 3927; clouds' metadata services
    (Ipv4Addr::new(172, 16, 0, 0), 12), // private use, RFC 1918
    (Ipv4Addr::new(192, 0, 0, 0), 24), // IETF protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(192, 88, 99, 0), 24), // 6to4 relays, deprecated by RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16), // private use, RFC 1918
    (Ipv4Addr::new(198, 18, 0, 0), 15), // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(203, 0, 113, 0), 24), // documentation, RFC 5737
    (Ipv4Addr::new(224, 0, 0, 0), 4), // multicast, RFC 5771
    (Ipv4Addr::new(240, 0, 0, 0), 4), // reserved, RFC 1112; limited broadcast, RFC 8190
];

/// The only IPv6 space IANA gives out as global unicast (RFC 4291 §2.4, IPv6 Global Unicast Address Assignments). What
/// lies outside is loopback, IPv4-mapped and -compatible, unique local, link-local, multicast, or not assigned.
const GLOBAL_UNICAST_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks inside it that are not public.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // IETF protocol assignments: Teredo, benchmarking, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation, RFC 3849
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4, any IPv4 address inside; deprecated by RFC 7526
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation, RFC 9637
];

/// IPv4 seen through a NAT64 (RFC 6052 §2.1): what the resolver of an IPv6-only network answers for every IPv4 host, and
/// as public as the address inside. The local-use 64:ff9b:1::/48 (RFC 8215) is not.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether the address is one that strangers on the internet could reach as well as we.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// See [`is_public`].
pub(super) fn is_public_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC_V4.iter().any(|block| holds_v4(*block, address))
}

/// See [`is_public`].
pub(super) fn is_public_v6(address: Ipv6Addr) -> bool {
    if holds_v6(NAT64, address) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    holds_v6(GLOBAL_UNICAST_V6, address) && !NOT_PUBLIC_V6.iter().any(|block| holds_v6(*block, address))
}

fn holds_v4((first, prefix): (Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}

fn holds_v6((first, prefix): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix
}
