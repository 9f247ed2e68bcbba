//! Redirect URIs: what may be registered, and when a request's fits.
//!
//! Fitting is equality of bytes (RFC 9700 §2.1, OpenID Connect Core 1.0 §3.1.2.1), with one exception: a native client's
//! loopback port (RFC 8252 §7.3). The list of a client is gone through in `oauth::authorize::identify`. There are no patterns, so that none can be too wide.

use super::ApplicationType;
use url::{Host, Url};

/// The longest URI that can be registered, in bytes.
pub const LONGEST: usize = 512;

/// What an authorization response says (RFC 6749 §4.1.2 and §4.2.2, RFC 9207, OpenID Connect Core 1.0 §3.2.2.5): a URI that holds one
/// already would have its reader choose.
const OURS: [&str; 11] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "access_token",
    "token_type",
    "expires_in",
    "id_token",
    "scope",
];

/// Whether the `asked` URI is the `registered` one.
pub fn fits(registered: &str, asked: &str, application: ApplicationType) -> bool {
    if registered == asked {
        return true;
    }
    let parts = (loopback_without_port(registered), loopback_without_port(asked));
    application == ApplicationType::Native && matches!(parts, (Some(ours), Some(theirs)) if ours == theirs)
}

/// Splits `http://127.0.0.1:PORT/rest` into host and rest. `None`: not a loopback literal, or the port is not a plain
/// number.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    let (host, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|host| uri.strip_prefix(host).map(|rest| (host, rest)))?;
    let Some(port_on) = rest.strip_prefix(':') else {
        return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
    };
    let digits = port_on.bytes().take_while(u8::is_ascii_digit).count();
    let (port, rest) = port_on.split_at_checked(digits)?;
    let plain = port.parse::<u16>().is_ok_and(|number| number != 0 && number.to_string() == port);
    (plain && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some((host, rest))
}

/// Checks a URI that is to be registered (redirect or post-logout redirect).
///
/// # Errors
/// What is wrong with it, for the person who registers.
pub fn check(uri: &str, application: ApplicationType) -> Result<Url, String> {
    let wrong = |why: &str| Err(format!("{uri:?} {why}"));
    if uri.len() > LONGEST {
        return wrong("is longer than 512 characters");
    }
    if uri.contains('#') {
        return wrong("has a fragment (RFC 6749 section 3.1.2 forbids it)");
    }
    if uri.contains(['*', '\\']) || uri.bytes().any(|b| b <= b' ' || b >= 0x7f) {
        return wrong("holds a character that a redirect URI cannot have; there are no wildcards");
    }
    let Ok(parsed) = Url::parse(uri) else { return wrong("is not an absolute URI") };
    if parsed.host().is_some_and(|host| !is_plain(&host)) {
        return wrong("has a host that is no host name (RFC 952: letters, digits, hyphens and dots) and no address");
    }
    if let Some(name) = parsed.query_pairs().map(|(name, _)| name).find(|name| OURS.contains(&&**name)) {
        return wrong(&format!("holds the parameter {name}, which the answer brings"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() || authority(uri).contains('@') {
        return wrong("holds a user name");
    }
    // Before the form: nobody is told to write something that is refused then.
    check_scheme(&parsed, application).map_err(|why| format!("{uri:?} {why}"))?;
    // What two readers could read differently is refused: dot segments, capitals in the host, default ports, bare hosts.
    if parsed.as_str() != uri {
        return wrong(&format!("is not in its plain form; write {:?}", parsed.as_str()));
    }
    Ok(parsed)
}

/// URLs may have hosts that hold `;` or `,`, which in a header part one thing from the next.
pub fn is_plain(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

fn authority(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

fn check_scheme(uri: &Url, application: ApplicationType) -> Result<(), &'static str> {
    match (uri.scheme(), application) {
        ("https", _) => Ok(()),
        ("http", _) if is_loopback(uri) => Ok(()),
        ("http", _) => Err("must be https (http is for loopback addresses only)"),
        // RFC 8252 §7.1: a private-use scheme is a domain name of the app's maker, reversed, so it has a dot.
        (scheme, ApplicationType::Native) if scheme.contains('.') && uri.host().is_none() => Ok(()),
        (_, ApplicationType::Native) => {
            Err("must be https, a loopback address, or a private-use scheme like tw.gov.example.app:/callback")
        }
        (_, ApplicationType::Web) => Err("must be https"),
    }
}

/// Whether a URI's host is this machine itself.
pub fn is_loopback(uri: &Url) -> bool {
    match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApplicationType::{Native, Web};

    const REGISTERED: &str = "https://portal.example.gov.tw/callback?from=idp";

    #[test]
    fn only_the_very_bytes_fit() {
        assert!(fits(REGISTERED, REGISTERED, Web));
        for asked in [
            "https://portal.example.gov.tw/callback",
            "https://portal.example.gov.tw/callback?from=idp&x=1",
            "https://portal.example.gov.tw/callback/../evil?from=idp",
            "https://portal.example.gov.tw/%63allback?from=idp",
            "https://portal.example.gov.tw/callback%2f..%2fevil?from=idp",
            "https://portal.example.gov.tw/callback;/x?from=idp",
            "https://PORTAL.example.gov.tw/callback?from=idp",
            "https://portal.example.gov.tw:443/callback?from=idp",
            "https://portal.example.gov.tw:8443/callback?from=idp",
            "https://portal.example.gov.tw@evil.example/callback?from=idp",
            "https://portal.example.gov.tw.evil.example/callback?from=idp",
            "https://portalXexample.gov.tw/callback?from=idp",
            "http://portal.example.gov.tw/callback?from=idp",
            "https://portal.example.gov.tw\\@evil.example/callback?from=idp",
            "https://portal.example.gov.tw/callback?from=idp#",
            "//portal.example.gov.tw/callback?from=idp",
            "javascript:alert(1)",
            " https://portal.example.gov.tw/callback?from=idp",
            "",
        ] {
            assert!(!fits(REGISTERED, asked, Web), "{asked}");
            assert!(!fits(REGISTERED, asked, Native), "{asked}");
        }
    }

    #[test]
    fn a_native_client_may_listen_on_any_loopback_port_and_nothing_else_may_differ() {
        let registered = "http://127.0.0.1/cb";
        assert!(fits(registered, "http://127.0.0.1:51004/cb", Native));
        assert!(fits("http://[::1]:1/cb", "http://[::1]:51004/cb", Native));
        assert!(!fits(registered, "http://127.0.0.1:51004/cb", Web));
        for asked in [
            "http://127.0.0.1:51004/cb/x",
            "http://127.0.0.1:51004@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:080/cb",
            "http://127.0.0.1:/cb",
            "http://localhost:51004/cb",
            "http://[::1]:51004/cb",
            "https://127.0.0.1:51004/cb",
        ] {
            assert!(!fits(registered, asked, Native), "{asked}");
        }
    }

    #[test]
    fn a_scheme_that_cannot_be_is_said_before_the_form_it_would_have() {
        for (uri, words) in [("ftp://x", "must be https"), ("http://x", "must be https"), ("https://x", "write")] {
            let why = check(uri, Web).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn what_two_parsers_could_read_differently_cannot_be_registered() {
        for good in [
            "https://portal.example.gov.tw/cb",
            "http://localhost:8081/callback",
            "https://a.tw/",
            "https://xn--fiqs8s.example.gov.tw/cb?codes=x",
            "https://[2001:db8::1]/cb",
        ] {
            check(good, Web).unwrap();
        }
        check("tw.gov.example.app:/cb", Native).unwrap();
        for bad in [
            "http://portal.example.gov.tw/cb",
            "http://localhost:80@evil.example/cb",
            "https://user@portal.example.gov.tw/cb",
            "https://@portal.example.gov.tw/cb",
            "https://portal.example.gov.tw/a/../cb",
            "https://portal.example.gov.tw/%2e%2e/cb",
            "https://Portal.example.gov.tw/cb",
            "https://portal.example.gov.tw:443/cb",
            "https://portal.example.gov.tw",
            "https://*.example.gov.tw/cb",
            "https://portal.example.gov.tw/cb#x",
            "https://portal.example.gov.tw/cb x",
            "https://2130706433/cb",
            "https://0a;x/cb",
            "https://a0;sandbox;x\"y/cb",
            "https://a,b.example.gov.tw/cb",
            "https://a'b.example.gov.tw/cb",
            "https://a_b.example.gov.tw/cb",
            "https://portal.example.gov.tw/cb?code=x",
            "https://portal.example.gov.tw/cb?a=b&iss=https%3A%2F%2Fevil.example",
            "https://portal.example.gov.tw/cb?%63ode=x",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "tw.gov.example.app:/cb",
            "/cb",
            "",
        ] {
            assert!(check(bad, Web).is_err(), "{bad}");
        }
        assert!(check("myapp:/cb", Native).is_err());
        assert!(check("javascript:alert(1)", Native).is_err());
    }
}
