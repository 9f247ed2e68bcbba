//! What the browser brings along: the portal's three cookies.
//!
//! - `…_session`: the session id, a secret; new at every sign-in, so that nobody can plant one (session fixation);
//! - `…_browser`: a random value that ties a sign-in in progress to this browser, so that nobody can slip a person the end
//!   of a sign-in that somebody else began (login CSRF, RFC 6749 §10.12);
//! - `…_language`: `zh-TW` or `en`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request};
use openidconnect::CsrfToken;

use crate::App;
use crate::config::CookieNames;
use crate::language::Language;

pub(crate) struct Visitor {
    pub(crate) language: Language,
    pub(crate) session: Option<String>,
    pub(crate) browser: Option<String>,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut request::Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let names = &app.config.cookies;
        Ok(Self {
            language: cookie(&parts.headers, &names.language).and_then(Language::from_code).unwrap_or_default(),
            session: cookie(&parts.headers, &names.session).map(str::to_owned),
            browser: cookie(&parts.headers, &names.browser).filter(|value| value.len() == 43).map(str::to_owned),
        })
    }
}

impl Visitor {
    /// The browser's value, a fresh one if it has none yet.
    pub(crate) fn browser_or_new(&self) -> String {
        self.browser.clone().unwrap_or_else(random)
    }
}

/// 256 random bits as 43 characters of base64url.
pub(crate) fn random() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A `Set-Cookie` header. Without `Max-Age` the cookie ends with the browser; `SameSite=Lax` lets it come along when the
/// provider sends the person back, and keeps it away from other sites' forms.
pub(crate) type SetCookie = (header::HeaderName, String);

impl CookieNames {
    pub(crate) fn set_session(&self, id: &str) -> SetCookie {
        self.set(&self.session, id, "")
    }

    pub(crate) fn end_session(&self) -> SetCookie {
        self.set(&self.session, "", "; Max-Age=0")
    }

    pub(crate) fn set_browser(&self, value: &str) -> SetCookie {
        self.set(&self.browser, value, "")
    }

    pub(crate) fn set_language(&self, language: Language) -> SetCookie {
        self.set(&self.language, language.code(), "; Max-Age=31536000")
    }

    fn set(&self, name: &str, value: &str, age: &str) -> SetCookie {
        let secure = if self.secure { "; Secure" } else { "" };
        (header::SET_COOKIE, format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"))
    }
}
