//! 我使用的網站. Posted to `/account/portals`.
//!
//! Fields: `page` (hidden), `portal` (hidden), `decision` = `withdraw` once it was asked whether that is meant.

use super::{Frame, MenuItem, Place, Summary, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::text::{PortalsText, Sentence};
use askama::Template;
use idp_core::UnixMillis;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/portals.html", whitespace = "minimize")]
pub struct PortalsPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed page.
    pub page: &'a str,
    /// What it shows.
    pub state: PortalsState<'a>,
    /// Why nothing was done.
    pub problem: Option<SignInProblem>,
}

/// What the page shows.
#[derive(Clone, Debug)]
pub enum PortalsState<'a> {
    /// The portals.
    Listed {
        /// Each.
        portals: Vec<PortalShown>,
        /// Address of the next page.
        next: Option<String>,
        /// The one that was withdrawn from just now.
        done: Option<String>,
        /// Whether no page stands before this one.
        is_first: bool,
    },
    /// Whether the person means it.
    Sure {
        /// Client id.
        id: &'a str,
        /// The portal's name.
        name: &'a str,
    },
}

/// A portal of the list.
#[derive(Clone, Debug)]
pub struct PortalShown {
    /// Client id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its hosts; empty for one that is gone.
    pub hosts: String,
    /// Where its logo is.
    pub logo: Option<String>,
    /// Whether it is one of the operator's own.
    pub is_ours: bool,
    /// Since when it is used, as people read it.
    pub since: Option<String>,
    /// When it was last used, as people read it.
    pub last_used: Option<String>,
    /// What it receives.
    pub receives: Vec<&'static str>,
    /// Whether it can act while the person is away.
    pub while_away: bool,
    /// By which it stands in the list: the latest first.
    pub order: Option<UnixMillis>,
}

impl PortalsPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Portals, self.frame.text())
    }

    fn words(&self) -> &'static PortalsText {
        &self.frame.text().account.portals
    }

    fn heading(&self) -> Sentence<'_> {
        match &self.state {
            PortalsState::Listed { .. } => (self.frame.text().account.place)(Place::Portals).into(),
            PortalsState::Sure { name, .. } => (self.words().sure)(name),
        }
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn summary(&self) -> Option<Summary> {
        self.problem
            .as_ref()
            .map(|problem| current_password::summary(problem, &self.frame.text().account.current, self.frame.text()))
    }

    fn receives(&self, portal: &PortalShown) -> String {
        if portal.receives.is_empty() {
            return self.words().receives_nothing.to_owned();
        }
        portal.receives.join(self.words().and)
    }
}
