//! The HTML pages: plain data in, a whole document out.
//!
//! Owns how a page is put together. Does not own the words (`text`), the decision which page is shown, or headers. Every page works
//! without JavaScript and needs one style sheet and nothing else; one carries a script, which presses its button.

pub mod account;
pub mod captcha;
pub mod consent;
mod current_password;
pub mod dates;
pub mod end_session;
pub mod error;
pub mod form;
pub mod home;
pub mod mailbox;
pub mod membership;
pub mod portal_links;
pub mod refused;
pub mod returning;
pub mod sign_in;
pub mod way_back;

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod markup;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use captcha::CaptchaField;
pub use consent::{ConsentItem, ConsentPage, ConsentReason};
pub use end_session::{Arrived, LoggedOutPage, LogoutFrame, LogoutPage, SigningOutPage};
pub use error::{ErrorKind, ErrorPage};
pub use home::{HomePage, HomePerson};
pub use portal_links::PortalLinks;
pub use refused::RefusedPage;
pub use returning::ReturningPage;
pub use sign_in::{SignInPage, SignInProblem};
pub use way_back::WayBack;

use crate::text::{Language, Text};

/// What surrounds every page.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The language of the page.
    pub lang: Language,
    /// The provider's name for people, 「我的E政府」.
    pub brand: &'a str,
    /// How people reach the service desk, 客服中心, if the operator says so.
    pub service_desk: Option<&'a str>,
    /// The name of who is signed in, shown in the header.
    pub signed_in_as: Option<&'a str>,
    /// The language switch: the sealed value that says which page to show again. `None` where there is nothing to come
    /// back to, or where the switch is a button of the form in which something is typed.
    pub return_to: Option<&'a str>,
    /// Whether the person comes from signing in because of a form that so was not saved.
    pub not_saved: bool,
    /// The portal that the person came from, where the page leads back to it.
    pub way_back: Option<&'a WayBack>,
}

/// Whose page it is.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// `server.brand`.
    pub brand: &'a str,
    /// `server.service_desk`.
    pub service_desk: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// Of a page that nobody is signed in to, without a language switch.
    pub fn new(lang: Language, house: House<'a>) -> Self {
        let House { brand, service_desk } = house;
        Self { lang, brand, service_desk, signed_in_as: None, return_to: None, not_saved: false, way_back: None }
    }

    /// With the name of who is signed in.
    #[must_use]
    pub fn signed_in_as(self, name: Option<&'a str>) -> Self {
        Self { signed_in_as: name, ..self }
    }

    /// With a language switch that comes back here (`language::seal_return`).
    #[must_use]
    pub fn returning_to(self, sealed: &'a str) -> Self {
        Self { return_to: Some(sealed), ..self }
    }

    /// With the way back to a portal.
    #[must_use]
    pub fn leading_back(self, way_back: Option<&'a WayBack>) -> Self {
        Self { way_back, ..self }
    }

    /// The words in the language of the page.
    pub fn text(&self) -> &'static Text {
        self.lang.text()
    }
}

/// Shown should a template ever fail to write into a `String`, which only a faulty `Display` could bring about.
const LAST_RESORT: &str = "<!doctype html><html lang=\"zh-Hant-TW\"><title>錯誤</title><h1 id=\"error-title\">系統發生問題 \
                           <span lang=\"en\">Something went wrong</span></h1></html>";

/// The document of a template.
fn document(template: &impl askama::Template) -> String {
    template.render().unwrap_or_else(|_| LAST_RESORT.to_owned())
}
