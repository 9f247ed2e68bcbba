//! 刪除帳號. Posted to `/account/delete`.
//!
//! Fields: `page` (hidden), `current-password`, `understood`, and `lang` from the button of the other language.

use super::{Frame, MenuItem, Place, Summary, TextField, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::pages::form::SummaryLine;
use crate::pages::sign_in;
use crate::text::{DeleteText, Sentence};
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/delete.html", whitespace = "minimize")]
pub struct DeletePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// 帳號.
    pub account: &'a str,
    /// Where the person is told; `None`: they have no confirmed address.
    pub email: Option<&'a str>,
    /// When the account is, or would be, removed, as people read it.
    pub until: &'a str,
    /// The sealed page.
    pub page: &'a str,
    /// Where it stands.
    pub state: DeleteState,
    /// Why nothing was done.
    pub problem: Option<DeleteProblem>,
    /// That it was understood; nothing before it was asked.
    pub tick: Tick,
}

/// The box that says that it was understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tick {
    /// It was not asked yet.
    #[default]
    Empty,
    /// It is ticked.
    Ticked,
    /// It was sent without.
    Missing,
}

/// Where a deletion stands.
#[derive(Clone, Debug)]
pub enum DeleteState {
    /// It can be asked for.
    Ready {
        /// The names of the portals that the person uses.
        portals: Vec<String>,
        /// Whether there are more of them.
        more: bool,
    },
    /// It was asked for.
    Asked,
}

/// Why nothing was done.
#[derive(Clone, Debug)]
pub enum DeleteProblem {
    /// The current password was not confirmed.
    Password(SignInProblem),
    /// Nobody else is an administrator.
    LastAdministrator,
}

impl DeletePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn menu(&self) -> Vec<MenuItem> {
        // Nobody is signed in any more who could go elsewhere.
        if self.is_asked() { Vec::new() } else { menu(Place::Delete, self.frame.text()) }
    }

    fn words(&self) -> &'static DeleteText {
        &self.frame.text().membership.leaving.delete
    }

    fn heading(&self) -> &'static str {
        if self.is_asked() { self.words().asked } else { self.words().heading }
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn lead(&self) -> Sentence<'_> {
        let words = self.words();
        let lead = if self.is_asked() { words.asked_now } else { words.lead };
        lead(self.account, self.until)
    }

    fn is_asked(&self) -> bool {
        matches!(self.state, DeleteState::Asked)
    }

    fn is_ticked(&self) -> bool {
        self.tick == Tick::Ticked
    }

    fn not_ticked(&self) -> bool {
        self.tick == Tick::Missing
    }

    fn summary(&self) -> Option<Summary> {
        let text = self.frame.text();
        let summary = self.problem.as_ref().map(|problem| match problem {
            DeleteProblem::Password(problem) => current_password::summary(problem, &text.account.current, text),
            DeleteProblem::LastAdministrator => sign_in::of(&self.words().last_administrator, None, None),
        });
        let tick = SummaryLine { what: self.words().not_ticked.to_owned(), field: Some("understood") };
        if !self.not_ticked() {
            return summary;
        }
        let Summary { heading, mut lines, next } =
            summary.unwrap_or(Summary { heading: text.membership.correct, lines: Vec::new(), next: Vec::new() });
        lines.push(tick);
        Some(Summary { heading, lines, next })
    }

    fn password(&self) -> TextField<'static> {
        let problem = match &self.problem {
            Some(DeleteProblem::Password(problem)) => Some(problem),
            _ => None,
        };
        current_password::field(problem, &self.frame.text().account.current)
    }
}
