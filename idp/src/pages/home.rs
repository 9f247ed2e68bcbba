//! The provider's own first page: who is signed in, sign in, sign out.

use askama::Template;

use super::{Frame, document};
use crate::text::HomeText;

/// The provider's own first page.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html", whitespace = "minimize")]
pub struct HomePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Who is signed in.
    pub person: Option<HomePerson<'a>>,
    /// Where signing in starts.
    pub sign_in_href: &'a str,
    /// Where signing out starts.
    pub sign_out_href: &'a str,
    /// Address of the crest for the browser's tab. This page alone has one: the others stay at two requests.
    pub icon_path: &'a str,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct HomePerson<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The account.
    pub account: &'a str,
    /// 身分別: 自然人, 公務人員.
    pub identity_type_name: &'a str,
    /// The agency of a civil servant.
    pub agency_name: Option<&'a str>,
    /// The OID of that agency.
    pub agency_oid: Option<&'a str>,
    /// When, as people read it (see `dates::moment_text`).
    pub signed_in_at: String,
    /// By which means (see `text::HomeText`).
    pub how: String,
}

impl HomePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static HomeText {
        &self.frame.text().home
    }

    fn title(&self) -> String {
        match &self.person {
            Some(person) => format!("{}{}{}", self.words().greeting_before, person.name, self.words().greeting_after),
            None => self.words().welcome.to_owned(),
        }
    }
}
