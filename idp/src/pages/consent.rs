//! The page that says as whom a person enters a portal and what the portal receives, posted to `/consent`.
//!
//! Fields: `interaction` (hidden) and `decision` = `allow`, `deny` or `switch`.

use askama::Template;

use super::{Frame, PortalLinks, document};
use crate::text::{ConsentText, Sentence};

/// The consent page.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html", whitespace = "minimize")]
pub struct ConsentPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The portal's name.
    pub portal_name: &'a str,
    /// The host a person will be sent to, so that a borrowed name shows.
    pub portal_host: &'a str,
    /// Whether nobody vouches for the portal.
    pub unchecked: bool,
    /// Where the portal's logo is, if there is one.
    pub portal_logo: Option<&'a str>,
    /// What the portal says of itself.
    pub portal_links: PortalLinks<'a>,
    /// Who is signed in.
    pub person_name: &'a str,
    /// The account of who is signed in.
    pub account: &'a str,
    /// The sealed sign-in in progress.
    pub interaction: &'a str,
    /// Why this page is shown.
    pub reason: ConsentReason,
    /// What the portal receives. Where this is empty the page says that it receives nothing but the sign-in itself.
    pub claims: Vec<ConsentItem<'a>>,
}

/// Why the consent page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentReason {
    /// First time at this portal through an existing session: the person is told as whom.
    Introduce,
    /// The portal needs consent.
    Consent,
    /// The portal asks to choose an account (`prompt=select_account`).
    SelectAccount,
}

/// One thing the portal receives.
#[derive(Clone, Copy, Debug)]
pub struct ConsentItem<'a> {
    /// In a person's words (see `text::ClaimsText::label`).
    pub label: &'static str,
    /// What will be sent, as people read it.
    pub value: Option<&'a str>,
}

impl ConsentPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static ConsentText {
        &self.frame.text().consent
    }

    fn heading(&self) -> &'static str {
        match self.reason {
            ConsentReason::Introduce => self.words().introduce_heading,
            ConsentReason::Consent => self.words().consent_heading,
            ConsentReason::SelectAccount => self.words().select_heading,
        }
    }

    fn title(&self) -> String {
        format!("{} - {}", self.heading(), self.portal_name)
    }

    fn lead(&self) -> Sentence<'_> {
        let sentence = match self.reason {
            ConsentReason::Introduce => self.words().introduce,
            ConsentReason::Consent => self.words().ask,
            ConsentReason::SelectAccount => self.words().select,
        };
        sentence(self.person_name, self.account, self.portal_name)
    }

    fn receives(&self) -> Sentence<'_> {
        (self.words().receives)(self.portal_name)
    }

    fn asks_consent(&self) -> bool {
        self.reason == ConsentReason::Consent
    }

    fn allow(&self) -> &'static str {
        if self.asks_consent() { self.words().allow } else { self.words().go_on }
    }

    fn switch(&self) -> &'static str {
        match self.reason {
            ConsentReason::SelectAccount => self.words().another_account,
            ConsentReason::Introduce | ConsentReason::Consent => self.words().not_you,
        }
    }
}
