//! What is known of a browser: its cookies, its language, where a form came from.
//!
//! Cookies: `__Host-` names and `Secure` under https; plain names on a loopback http issuer, where ports share one jar.

use crate::failure::Failure;
use crate::text::Language;
use http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName, HeaderValue, ORIGIN};
use http::{HeaderMap, Response};
use idp_core::sign_in::interaction::Interaction;
use idp_core::sign_in::known_browser;
use keys::b64;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The cookies of this issuer.
#[derive(Clone, Debug)]
pub struct Cookies(Arc<Names>);

#[derive(Debug)]
struct Names {
    session: String,
    browser: String,
    language: String,
    known: String,
    portal: String,
    secure: bool,
    /// `scheme://host[:port]` of the issuer, as browsers write it in `Origin`.
    origin: String,
}

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The session's secret.
    Session,
    /// Ties a sign-in in progress to the browser it began in.
    Browser,
    /// The language somebody chose.
    Language,
    /// Who signed in with this browser before, for the counters of wrong passwords.
    Known,
    /// The portal that it was shown the sign-in page for, and when.
    Portal,
}

impl Cookies {
    /// The cookies of an issuer.
    pub fn new(issuer: &Url) -> Self {
        let secure = issuer.scheme() == "https";
        let name = |plain: &str| if secure { format!("__Host-{plain}") } else { plain.to_owned() };
        Self(Arc::new(Names {
            session: name("idp_session"),
            browser: name("idp_browser"),
            language: name("idp_language"),
            known: name("idp_known"),
            portal: name("idp_portal"),
            secure,
            origin: issuer.origin().ascii_serialization(),
        }))
    }

    fn name(&self, cookie: Cookie) -> &str {
        match cookie {
            Cookie::Session => &self.0.session,
            Cookie::Browser => &self.0.browser,
            Cookie::Language => &self.0.language,
            Cookie::Known => &self.0.known,
            Cookie::Portal => &self.0.portal,
        }
    }

    /// The value a browser sends. A cookie of ours has at most 64 characters, or 256 where it says who is
    /// known or names a portal.
    pub fn get<'a>(&self, headers: &'a HeaderMap, cookie: Cookie) -> Option<&'a str> {
        let name = self.name(cookie);
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values = pairs.flat_map(|all| all.split(';')).filter_map(|pair| {
            let (key, value) = pair.trim_start().split_once('=')?;
            (key == name).then_some(value)
        });
        let longest = if matches!(cookie, Cookie::Known | Cookie::Portal) { 256 } else { 64 };
        values.next().filter(|value| !value.is_empty() && value.len() <= longest)
    }

    /// What a browser sends once it has this cookie.
    pub fn with(&self, headers: &HeaderMap, cookie: Cookie, value: &str) -> HeaderMap {
        let mut headers = headers.clone();
        let before = headers.get(COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // The first of a name counts.
        if let Ok(all) = HeaderValue::try_from(format!("{}={value}; {before}", self.name(cookie))) {
            headers.insert(COOKIE, all);
        }
        headers
    }

    /// Sets a cookie. Session, browser and portal cookies go with the browser; the language stays for a year, who is known for as long as that
    /// counts.
    pub fn set<B>(&self, response: &mut Response<B>, cookie: Cookie, value: &str) {
        let life = match cookie {
            Cookie::Language => Some(Duration::from_secs(31_536_000)),
            Cookie::Known => Some(known_browser::LIFE),
            Cookie::Session | Cookie::Browser | Cookie::Portal => None,
        };
        let life = life.map(|life| format!("; Max-Age={}", life.as_secs())).unwrap_or_default();
        self.append(response, cookie, value, &life);
    }

    /// Takes a cookie away.
    pub fn clear<B>(&self, response: &mut Response<B>, cookie: Cookie) {
        self.append(response, cookie, "", "; Max-Age=0");
    }

    fn append<B>(&self, response: &mut Response<B>, cookie: Cookie, value: &str, life: &str) {
        let secure = if self.0.secure { "; Secure" } else { "" };
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}", self.name(cookie));
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().append(http::header::SET_COOKIE, value);
        }
    }

    /// Whether a form was sent by a page of ours. What browsers say is believed; one that says nothing is old, and the
    /// sealed value in the form still ties it to its browser.
    pub fn form_is_ours(&self, headers: &HeaderMap) -> bool {
        let text = |name: HeaderName| headers.get(name).map(HeaderValue::to_str);
        let site_fits = match text(SEC_FETCH_SITE) {
            Some(Ok(site)) => matches!(site, "same-origin" | "none"),
            Some(Err(_)) => false,
            None => true,
        };
        let origin_fits = match text(ORIGIN) {
            Some(Ok(origin)) => origin == self.0.origin,
            Some(Err(_)) => false,
            None => true,
        };
        site_fits && origin_fits
    }
}

/// What ties a page to the browser in which it is shown: the cookie it has, or a new one. Tabs share it.
pub struct Tie {
    /// Digest of the cookie.
    pub digest: [u8; 32],
    new: Option<String>,
}

impl Tie {
    /// Of a browser.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn of(cookies: &Cookies, headers: &HeaderMap) -> Result<Self, Failure> {
        let has = cookies.get(headers, Cookie::Browser);
        let new = if has.is_some() { None } else { Some(b64::encode(&keys::random::<16>()?)) };
        Ok(Self { digest: Interaction::browser_digest(new.as_deref().or(has).unwrap_or_default()), new })
    }

    /// Sets the cookie, if it is new.
    pub fn remember<B>(&self, cookies: &Cookies, response: &mut Response<B>) {
        if let Some(cookie) = &self.new {
            cookies.set(response, Cookie::Browser, cookie);
        }
    }
}

/// The language for a page.
pub fn language(cookies: &Cookies, headers: &HeaderMap, ui_locales: Option<&str>) -> Language {
    let chosen = cookies.get(headers, Cookie::Language);
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Language::choose(chosen, ui_locales, accepted)
}

/// Whether a page was tied to the browser that sends it ([`Tie`]).
pub fn is_tied(cookies: &Cookies, headers: &HeaderMap, digest: &[u8; 32]) -> bool {
    let mine = cookies.get(headers, Cookie::Browser).map(Interaction::browser_digest);
    mine.is_some_and(|mine| keys::same(&mine, digest))
}

/// Whether an interaction belongs to the browser that sends it.
pub fn owns(cookies: &Cookies, headers: &HeaderMap, interaction: &Interaction) -> bool {
    interaction.browser.is_some_and(|browser| is_tied(cookies, headers, &browser))
}
