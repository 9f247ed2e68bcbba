//! Where a request comes from, for limits per address: the peer of the connection, or, if that is a proxy the operator
//! trusts, whom it names in `X-Forwarded-For`.
//!
//! One header and no other: nginx, HAProxy and the clouds' balancers write it by themselves. `Forwarded` (RFC 7239) says the
//! same in another syntax; whoever reads both believes the one that the proxy passed on unread. Host, scheme and port are
//! taken from the issuer alone, whoever asks.

use crate::failure::Failure;
use crate::refusal::PageNo;
use crate::settings::BadSetting;
use crate::wiring::Ctx;
use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use ipnet::{IpNet, Ipv6Net};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose `X-Forwarded-For` is believed (`server.trusted_proxies`). Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Addresses and networks, as written in the settings.
    ///
    /// # Errors
    /// Which entry is neither.
    pub fn parse(entries: &[String]) -> Result<Self, BadSetting> {
        let parse = |entry: &String| {
            let net = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
            let wrong = |why: &str| BadSetting(format!("setting server.trusted_proxies: {entry:?} {why}"));
            let net = net.map_err(|_| wrong("is neither an address nor a network such as 10.1.0.0/16"))?;
            if net.prefix_len() == 0 {
                return Err(wrong("would believe everybody; name the proxies"));
            }
            Ok(net.trunc())
        };
        entries.iter().map(parse).collect::<Result<Vec<_>, _>>().map(|nets| Self(nets.into()))
    }

    /// Whether an address is a trusted proxy's.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The address of whoever sent a request.
    ///
    /// Each proxy appends the peer it saw, so the list is read from the right: the first that is no proxy of ours is the
    /// person; what stands to the left of it anybody can write. If all are ours, the leftmost. A list that cannot be read up
    /// to there says nothing: the peer itself, which costs those behind it their limits of their own and nobody a guess more
    /// (`docs/decisions/0021-ports-in-x-forwarded-for.md`).
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.contains(peer) {
            return peer;
        }
        let mut client = peer;
        for line in headers.get_all(X_FORWARDED_FOR).into_iter().rev() {
            for hop in line.as_bytes().rsplit(|byte| *byte == b',') {
                let hop = std::str::from_utf8(hop).ok().and_then(|hop| address(hop.trim()));
                let Some(hop) = hop else {
                    tracing::warn!(%peer, "a trusted proxy wrote an X-Forwarded-For that cannot be read; all behind it count as one");
                    return peer;
                };
                client = hop.to_canonical();
                if !self.contains(client) {
                    return client;
                }
            }
        }
        client
    }
}

/// The address of whoever sent a request, for its handler.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// See [`TrustedProxies::client`].
    ///
    /// # Errors
    /// When the server did not say whose connection it is.
    pub fn of(parts: &Parts, ctx: &Ctx) -> Result<IpAddr, Failure> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.ok_or_else(|| Failure::Other("a request without the address it came from".into()))?;
        Ok(ctx.proxies.client(peer.0.ip(), &parts.headers))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress
where
    Ctx: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let ctx = Ctx::from_ref(state);
        Self::of(parts, &ctx).map(Self).map_err(|why| PageNo::from(why).into_response(&ctx, &parts.headers))
    }
}

/// An entry: an address; as some balancers write it, with the port it came from: `192.0.2.1:4711`, `[2001:db8::1]:4711`; or
/// in brackets alone. An IPv6 address without brackets has no port: its last group cannot be told from one.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::from);
    bare.or_else(with_port).or_else(bracketed)
}

/// What limits count as one address: an IPv4 address, or the /64 that a household or an office has of IPv6.
pub fn counted(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(address) => IpNet::from(IpAddr::V4(address)),
        IpAddr::V6(address) => IpNet::V6(Ipv6Net::new_assert(address, 64).trunc()),
    }
}

/// The /48 of an IPv6 address: what whoever asks a provider for a network gets, 65,536 times what counts as one address.
pub fn counted_network(address: IpAddr) -> Option<IpNet> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(IpNet::V6(Ipv6Net::new_assert(address, 48).trunc())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn proxies(entries: &[&str]) -> TrustedProxies {
        TrustedProxies::parse(&entries.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    fn seen(proxies: &TrustedProxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_is_believed_nothing() {
        let ours = proxies(&["10.0.0.1", "192.168.0.0/16"]);
        for peer in ["10.0.0.2", "203.0.113.9", "2001:db8::1", "::ffff:10.0.0.2"] {
            let canonical = peer.trim_start_matches("::ffff:");
            assert_eq!(seen(&ours, peer, &["198.51.100.7"]), canonical);
            assert_eq!(seen(&TrustedProxies::default(), peer, &["198.51.100.7"]), canonical);
        }
    }

    #[test]
    fn through_a_chain_of_proxies_the_rightmost_that_is_not_ours_is_the_person() {
        let ours = proxies(&["10.0.0.1", "192.168.0.0/16", "2001:db8:1::/48"]);
        for (lines, person) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            (&["198.51.100.7, 192.168.3.4"], "198.51.100.7"),
            (&["1.1.1.1,2.2.2.2 ,198.51.100.7,\t192.168.3.4"], "198.51.100.7"),
            (&["1.1.1.1", "198.51.100.7", "192.168.3.4"], "198.51.100.7"),
            (&["rubbish, 198.51.100.7"], "198.51.100.7"),
            (&["2001:db8:9::5, 2001:db8:1::2"], "2001:db8:9::5"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            (&["192.168.9.9, 192.168.3.4"], "192.168.9.9"),
            (&["198.51.100.7:443"], "198.51.100.7"),
            (&["1.1.1.1:1, 198.51.100.7:51234, 192.168.3.4:80"], "198.51.100.7"),
            (&["[2001:db8:9::5]:51234, [2001:db8:1::2]:443"], "2001:db8:9::5"),
            (&["[2001:db8:9::5]"], "2001:db8:9::5"),
            (&["[::ffff:198.51.100.7]:443"], "198.51.100.7"),
            // No brackets, no port: these are eight groups.
            (&["2001:db8:9:0:0:0:5:443"], "2001:db8:9::5:443"),
        ] {
            assert_eq!(seen(&ours, "10.0.0.1", lines), person, "{lines:?}");
            assert_eq!(seen(&ours, "::ffff:10.0.0.1", lines), person, "{lines:?}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_says_nothing() {
        let ours = proxies(&["10.0.0.1", "192.168.0.0/16"]);
        let lists = [
            "",
            " ",
            ",",
            "198.51.100.7,",
            "unknown",
            "198.51.100.7, _hidden",
            "1.2.3",
            "é",
            "198.51.100.7:",
            "198.51.100.7:x",
            "198.51.100.7:65536",
            "198.51.100.7:-1",
            "198.51.100.7:+1",
            "198.51.100.7: 443",
            "198.51.100.7:443:443",
            "[198.51.100.7]:443",
            "[198.51.100.7]",
            "[2001:db8::1",
            "2001:db8::1]:443",
            "[[2001:db8::1]]",
            "[2001:db8::1]443",
            "[]:443",
            ":443",
            "\"198.51.100.7:443\"",
            "198.51.100.007:443",
        ];
        for list in lists {
            assert_eq!(seen(&ours, "10.0.0.1", &[list]), "10.0.0.1", "{list:?}");
        }
        assert_eq!(seen(&ours, "10.0.0.1", &["198.51.100.7, x, 192.168.3.4"]), "10.0.0.1");
        assert_eq!(seen(&ours, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn everybody_is_no_proxy() {
        for entry in ["0.0.0.0/0", "::/0", "nginx", "10.0.0.1:80", "10.0.0.0/33", ""] {
            assert!(TrustedProxies::parse(&[entry.to_owned()]).is_err(), "{entry:?}");
        }
    }

    #[test]
    fn neighbours_in_one_ipv6_network_are_counted_as_one() {
        let of = |address: &str| counted(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:198.51.100.7"), "198.51.100.7/32");
    }
}
