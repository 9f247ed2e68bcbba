//! The pages before and after signing out.

use askama::Template;

use super::{Frame, document};
use crate::text::{Sentence, SignOutText};

/// Asks whether to sign out. Posts the hidden field `confirmation` to `action_path`.
#[derive(Clone, Debug, Template)]
#[template(path = "logout.html", whitespace = "minimize")]
pub struct LogoutPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Who is signed in.
    pub person_name: &'a str,
    /// The value that proves that this page was shown to this browser.
    pub token: &'a str,
    /// Where the form is posted.
    pub action_path: &'a str,
    /// The portal that asked, if one did.
    pub portal_name: Option<&'a str>,
}

/// Says that a person is signed out, and which portals are told.
#[derive(Clone, Debug, Template)]
#[template(path = "logged_out.html", whitespace = "minimize")]
pub struct LoggedOutPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Names of the portals that are told.
    pub portals: Vec<&'a str>,
}

impl LogoutPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static SignOutText {
        &self.frame.text().sign_out
    }

    fn heading(&self) -> Sentence<'_> {
        (self.words().question)(self.frame.brand)
    }

    fn title(&self) -> String {
        self.heading().to_string()
    }

    fn signed_in(&self) -> Sentence<'_> {
        (self.words().signed_in)(self.person_name)
    }

    fn asked_by(&self) -> Option<Sentence<'_>> {
        self.portal_name.map(self.words().asked_by)
    }
}

impl LoggedOutPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static SignOutText {
        &self.frame.text().sign_out
    }

    fn title(&self) -> &'static str {
        self.words().done
    }

    fn done_here(&self) -> Sentence<'_> {
        (self.words().done_here)(self.frame.brand)
    }

    fn to_home(&self) -> Sentence<'_> {
        (self.words().to_home)(self.frame.brand)
    }
}
