//! The page that posts an answer to its portal: by itself where scripts run, by a button where they do not.

use askama::Template;

use super::{Frame, document};
use crate::text::{ReturningText, Sentence};

/// Presses the button. The policy of the page names this text by its digest, so that no other script runs there.
pub const SCRIPT: &str = "document.getElementById('form-post').submit()";

/// Posts `fields` to `action`.
#[derive(Clone, Debug, Template)]
#[template(path = "returning.html", whitespace = "minimize")]
pub struct ReturningPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Where the person goes, as they read it.
    pub host: &'a str,
    /// A registered redirect URI, `http` or `https`.
    pub action: &'a str,
    /// Names and values.
    pub fields: &'a [(String, String)],
}

impl ReturningPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static ReturningText {
        &self.frame.text().returning
    }

    fn title(&self) -> &'static str {
        self.words().heading
    }

    fn lead(&self) -> Sentence<'_> {
        (self.words().lead)(self.host)
    }

    fn script(&self) -> &'static str {
        SCRIPT
    }
}
