//! Whether a proof was made for the address that it arrived at (RFC 9449 §4.3, check 9).

use url::Url;

/// Whether `htu` names the endpoint at `ours`: compared without query and fragment, after normalisation (RFC 3986 §6.2.2, §6.2.3:
/// the case of scheme and host, a port that is the scheme's own, dots in the path).
///
/// * `ours`: the endpoint's public address. What the request says of its host counts for nothing: whoever sends it wrote that.
pub(super) fn is_target(ours: &str, htu: &str) -> bool {
    is_uri(htu) && plain(ours).is_some_and(|ours| plain(htu).is_some_and(|theirs| theirs == ours))
}

fn plain(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

/// RFC 3986 §2. Browsers' parsers, ours among them, read more than that (a backslash is a slash to them, a tab is nothing), and
/// other parsers read something else into it.
fn is_uri(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_target;

    const OURS: &str = "https://id.example.gov.tw/connect/token";

    #[test]
    fn the_same_address_may_be_spelt_in_several_ways() {
        for same in [
            OURS,
            "https://id.example.gov.tw/connect/token?a=b",
            "https://id.example.gov.tw/connect/token#c",
            "https://id.example.gov.tw/connect/token?#",
            "https://id.example.gov.tw:443/connect/token",
            "HTTPS://ID.Example.gov.TW/connect/token",
            "https://id.example.gov.tw/connect/../connect/./token",
        ] {
            assert!(is_target(OURS, same), "{same}");
        }
        assert!(is_target("http://localhost:8080/connect/token", "http://LOCALHOST:8080/connect/token"));
        assert!(is_target("https://a.example:8443/x", "https://a.example:8443/x?y"));
    }

    #[test]
    fn another_address_is_another() {
        for other in [
            "",
            "/connect/token",
            "http://id.example.gov.tw/connect/token",
            "https://id.example.gov.tw:8443/connect/token",
            "https://id.example.gov.tw/connect/token/",
            "https://id.example.gov.tw/connect/Token",
            "https://id.example.gov.tw/connect//token",
            "https://id.example.gov.tw/connect/userinfo",
            "https://id.example.gov.tw/",
            "https://id.example.gov.tw.evil.example/connect/token",
            "https://id.example.gov.tw@evil.example/connect/token",
            "https://evil.example#@id.example.gov.tw/connect/token",
            "https://user@id.example.gov.tw/connect/token",
            "https:\\\\id.example.gov.tw\\connect\\token",
            " https://id.example.gov.tw/connect/token",
            "https://id.example.gov.tw/con\tnect/token",
            "https://id.example.gov.tw/connect/token\u{0}",
            "data:https://id.example.gov.tw/connect/token",
        ] {
            assert!(!is_target(OURS, other), "{other}");
        }
    }
}
