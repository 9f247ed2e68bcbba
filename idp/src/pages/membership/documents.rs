//! 服務條款 and 隱私權政策.

use super::{Frame, document};
use crate::text::{AgreedTo, Document};
use askama::Template;

/// A document that people agree to.
#[derive(Clone, Debug, Template)]
#[template(path = "membership/document.html", whitespace = "minimize")]
pub struct DocumentPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Which it is.
    pub which: AgreedTo,
    /// What it says.
    pub document: &'a Document,
}

impl DocumentPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn title(&self) -> &'static str {
        let words = &self.frame.text().membership.documents;
        match self.which {
            AgreedTo::Terms => words.terms,
            AgreedTo::Privacy => words.privacy,
        }
    }

    fn version_words(&self) -> String {
        (self.frame.text().membership.documents.version)(&self.document.version)
    }
}
