//! The page between a refusal and a website that registered itself.

use askama::Template;

use super::{Frame, document};
use crate::text::{RefusedText, Sentence};

/// Says that a website gets no sign-in, and lets the person decide whether to go back to it (RFC 9700 §4.11.2).
#[derive(Clone, Debug, Template)]
#[template(path = "refused.html", whitespace = "minimize")]
pub struct RefusedPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Where the person would go, as they read it.
    pub host: &'a str,
    /// The address with the answer; with fields, the redirect URI that they are posted to.
    pub address: &'a str,
    /// Names and values of an answer by form.
    pub fields: Option<&'a [(String, String)]>,
    /// The protocol's word for the refusal.
    pub error_code: &'a str,
    /// What to correct, for the portal's developer.
    pub details: &'a str,
}

impl RefusedPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static RefusedText {
        &self.frame.text().refused
    }

    fn title(&self) -> &'static str {
        self.words().heading
    }

    fn lead(&self) -> Sentence<'_> {
        (self.words().lead)(self.host)
    }

    fn go_back(&self) -> Sentence<'_> {
        (self.words().go_back)(self.host)
    }

    fn to_home(&self) -> Sentence<'_> {
        (self.frame.text().sign_out.to_home)(self.frame.brand)
    }

    fn developer(&self) -> &'static str {
        self.frame.text().error.developer
    }

    fn error_code(&self) -> &'static str {
        self.frame.text().error.error_code
    }
}
