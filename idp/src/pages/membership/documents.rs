//! 服務條款 and 隱私權政策.

use super::{Frame, document};
use crate::text::Document;
use askama::Template;

/// A document that people agree to.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/document.html", whitespace = "minimize")]
pub struct DocumentPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Title.
    pub title: &'static str,
    /// Its version, which is also its date.
    pub version: &'a str,
    /// What it says.
    pub body: &'static Document,
}

impl DocumentPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn version_words(&self) -> String {
        (self.frame.text().membership.documents.version)(self.version)
    }
}
