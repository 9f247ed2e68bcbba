//! Which addresses count as public: first and last of each block, and their neighbours outside.

use std::net::IpAddr;

use super::support::{fetch_allowing, url};
use crate::outside::fetch::FetchError;
use crate::outside::fetch::public_address::is_public;

const NOT_PUBLIC: &[(&str, &str)] = &[
    ("this network", "0.0.0.0 0.255.255.255"),
    ("private use", "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255"),
    ("shared with carriers' NAT", "100.64.0.0 100.127.255.255"),
    ("loopback", "127.0.0.0 127.0.0.1 127.255.255.255"),
    ("a cloud's own services", "168.63.129.16 169.254.169.254 192.0.0.192 100.100.100.200 fd00:ec2::254"),
    ("link-local", "169.254.0.0 169.254.255.255 fe80:: fe80::1 febf:ffff::1"),
    ("protocol assignments", "192.0.0.0 192.0.0.255 192.88.99.0 192.88.99.255"),
    ("documentation", "192.0.2.0 192.0.2.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255"),
    ("documentation, IPv6", "2001:db8:: 2001:db8:ffff:ffff::1 3fff:: 3fff:fff:ffff::1"),
    ("benchmarking", "198.18.0.0 198.19.255.255 2001:2::1"),
    ("multicast", "224.0.0.0 239.255.255.255 ff00:: ff02::1 ff0e::1"),
    ("reserved and broadcast", "240.0.0.0 255.255.255.254 255.255.255.255"),
    ("unspecified and loopback, IPv6", ":: ::1"),
    ("IPv4-compatible", "::127.0.0.1 ::10.0.0.1 ::8.8.8.8"),
    ("IPv4-mapped, of public addresses too", "::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8"),
    ("IPv4-translated", "::ffff:0:127.0.0.1"),
    ("NAT64 of inside addresses", "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::"),
    ("NAT64 of local use, and no NAT64", "64:ff9b:1::8.8.8.8 64:ff9b::1:808:808 64:ff9a::8.8.8.8"),
    ("unique local", "fc00:: fd12:3456::1 fdff:ffff::1"),
    ("site-local", "fec0::1 feff::1"),
    ("discard-only, dummy, segment routing", "100::1 100:0:0:1::1 5f00::1"),
    ("Teredo and ORCHID", "2001:: 2001:0:808:808:: 2001:10::1 2001:20::1 2001:1ff:ffff::1"),
    ("6to4, of public addresses too", "2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 2002:ffff:ffff::1"),
    ("not assigned", "1fff:ffff::1 4000::1 e000::1"),
];

const PUBLIC: &[(&str, &str)] = &[
    ("next to 0/8, 10/8, 127/8", "1.0.0.0 9.255.255.255 11.0.0.0 126.255.255.255 128.0.0.0"),
    ("next to 100.64/10", "100.63.255.255 100.128.0.0"),
    ("next to 168.63.129.16", "168.63.129.15 168.63.129.17"),
    ("next to 169.254/16, 172.16/12", "169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0"),
    ("next to 192.0.0/24, 192.0.2/24", "191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0"),
    ("next to 192.88.99/24, 192.168/16", "192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0"),
    ("next to 198.18/15, 198.51.100/24", "198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0"),
    ("next to 203.0.113/24, 224/4", "203.0.112.255 203.0.114.0 223.255.255.255"),
    ("NAT64 of a public address", "64:ff9b::8.8.8.8"),
    ("next to 2000::/3 and 2001::/23", "2000::1 3fff:1000::1 2001:200::1"),
    ("next to 2001:db8::/32 and 2002::/16", "2001:db7:ffff::1 2001:db9::1 2001:ffff::1 2003::1"),
    ("in use", "8.8.8.8 2001:b000::1 2001:4860:4860::8888 2400:cb00::1 2606:4700::1111"),
];

fn each(table: &[(&'static str, &'static str)]) -> impl Iterator<Item = (&'static str, IpAddr)> {
    let parse = |class, list: &'static str| list.split(' ').map(move |address| (class, address.parse().unwrap()));
    table.iter().flat_map(move |(class, list)| parse(*class, list))
}

#[test]
fn every_class_of_address_that_is_not_public_is_refused() {
    let fetch = fetch_allowing(&[]);
    for (class, address) in each(NOT_PUBLIC) {
        assert!(!is_public(address), "{class}: {address}");
        let literal = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        let refusal = fetch.check_url(&url(&format!("https://{literal}/")));
        assert!(matches!(refusal, Err(FetchError::PrivateAddress)), "{class}: {literal}: {refusal:?}");
    }
}

#[test]
fn public_addresses_are_fetched_also_next_to_the_refused_blocks() {
    let fetch = fetch_allowing(&[]);
    for (class, address) in each(PUBLIC) {
        assert!(is_public(address), "{class}: {address}");
        let literal = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        assert!(fetch.check_url(&url(&format!("https://{literal}:8443/"))).is_ok(), "{class}: {literal}");
    }
}
