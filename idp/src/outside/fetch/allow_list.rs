//! The operator's list of hosts that may be private.

use url::Host;

/// One entry: a host, and its port unless any will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AllowedHost {
    host: Host<String>,
    port: Option<u16>,
}

impl AllowedHost {
    /// Reads `host` or `host:port`. `None` for anything that could only be a misunderstanding: a URL, a network, a
    /// wildcard, port 0, an IPv6 address without brackets.
    pub(super) fn parse(entry: &str) -> Option<AllowedHost> {
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (entry, None),
        };
        if host.contains('*') {
            return None;
        }
        let host = match Host::parse(host).ok()? {
            Host::Domain(name) => Host::Domain(without_final_dot(&name).to_owned()),
            address => address,
        };
        Some(AllowedHost { host, port })
    }

    /// Whether a URL with this host and port (the scheme's own if it names none) is covered. Exact: no subdomains, and a
    /// name does not cover its address nor the other way round.
    pub(super) fn covers(&self, host: &Host<&str>, port: u16) -> bool {
        let same_host = match (&self.host, host) {
            (Host::Domain(ours), Host::Domain(theirs)) => ours.eq_ignore_ascii_case(without_final_dot(theirs)),
            (Host::Ipv4(ours), Host::Ipv4(theirs)) => ours == theirs,
            (Host::Ipv6(ours), Host::Ipv6(theirs)) => ours == theirs,
            _ => false,
        };
        same_host && self.port.is_none_or(|ours| ours == port)
    }
}

fn parse_port(text: &str) -> Option<u16> {
    // `parse` alone would take "+443".
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

fn without_final_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}
