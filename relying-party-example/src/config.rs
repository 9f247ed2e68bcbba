//! What a portal must be told at its start, checked once; everything behind takes it as given.

use std::path::Path;

use openidconnect::url::{Host, Url};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, PostLogoutRedirectUrl, RedirectUrl};

use crate::portal::Portal;

/// The settings of one portal.
pub struct Config {
    pub(crate) portal: &'static Portal,
    pub(crate) issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
    pub(crate) redirect_uri: RedirectUrl,
    pub(crate) post_logout_redirect_uri: PostLogoutRedirectUrl,
    pub(crate) cookies: CookieNames,
}

/// Cookie names; under https with the prefix `__Host-`, so that no neighbouring host can plant one (RFC 6265bis §4.1.3.2).
pub(crate) struct CookieNames {
    pub(crate) session: String,
    pub(crate) browser: String,
    pub(crate) language: String,
    pub(crate) secure: bool,
}

impl Config {
    /// Checks and joins the settings.
    ///
    /// # Errors
    /// A sentence for the operator that says which setting is wrong and why.
    pub fn new(
        portal: &'static Portal,
        issuer: &str,
        base_url: &str,
        client_id: String,
        client_secret: String,
    ) -> Result<Self, String> {
        let issuer_url = web_address("--issuer", issuer)?;
        if issuer_url.query().is_some() || issuer_url.fragment().is_some() {
            return Err(format!("--issuer {issuer}: must have neither query nor fragment"));
        }
        let base = web_address("--base-url", base_url)?;
        if base.path() != "/" || base.query().is_some() || base.fragment().is_some() {
            return Err(format!("--base-url {base_url}: must be an origin such as https://portal.example"));
        }
        let own = |path: &str| base.join(path).map_err(|error| format!("--base-url {base_url}: {error}"));
        Ok(Self {
            portal,
            issuer: IssuerUrl::new(issuer.to_owned()).map_err(|error| format!("--issuer {issuer}: {error}"))?,
            client_id: ClientId::new(client_id),
            client_secret: ClientSecret::new(client_secret),
            redirect_uri: RedirectUrl::from_url(own("callback")?),
            post_logout_redirect_uri: PostLogoutRedirectUrl::from_url(own("signed-out")?),
            cookies: CookieNames::new(portal.key, base.scheme() == "https"),
        })
    }
}

impl CookieNames {
    fn new(portal: &str, secure: bool) -> Self {
        let name = |what: &str| format!("{}{portal}_{what}", if secure { "__Host-" } else { "" });
        Self { session: name("session"), browser: name("browser"), language: name("language"), secure }
    }
}

/// Reads the client secret from its file. A secret on the command line would show in the process list.
///
/// # Errors
/// A sentence for the operator.
pub fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("client secret {}: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!("client secret {}: the file is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}

/// https, or http on this very machine: everywhere else codes and cookies would travel readable by anybody.
fn web_address(setting: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{setting} {text}: {error}"))?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" if url.host().is_some() => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(format!("{setting} {text}: must begin with https:// (http:// only for localhost)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::EMIC;

    fn config(issuer: &str, base_url: &str) -> Result<Config, String> {
        Config::new(&EMIC, issuer, base_url, "emic".into(), "secret".into())
    }

    #[test]
    fn under_https_cookies_carry_the_host_prefix() {
        let config = config("https://id.example", "https://emic.example").unwrap();
        assert_eq!(config.cookies.session, "__Host-emic_session");
        assert!(config.cookies.secure);
        assert_eq!(config.redirect_uri.as_str(), "https://emic.example/callback");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(config("http://localhost:8080", "http://127.0.0.1:8081").is_ok());
        assert!(config("http://id.example", "http://localhost:8081").is_err());
        assert!(config("https://id.example", "http://emic.example").is_err());
        assert!(config("https://id.example", "https://emic.example/path").is_err());
        assert!(config("https://id.example?x", "https://emic.example").is_err());
    }
}
