//! 個人資料查詢.

use super::{Frame, MenuItem, Place, document, menu};
use crate::text::OverviewText;
use askama::Template;
use idp_core::people::account::Person;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/overview.html", whitespace = "minimize")]
pub struct OverviewPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// Who is signed in.
    pub person: &'a Person,
}

impl OverviewPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Overview, self.frame.text())
    }

    fn title(&self) -> &'static str {
        (self.frame.text().account.place)(Place::Overview)
    }

    fn words(&self) -> &'static OverviewText {
        &self.frame.text().account.overview
    }

    fn identity(&self) -> &'static str {
        self.frame.text().home.identity(self.person.capacity.as_ref().map(|capacity| capacity.official_type))
    }
}
