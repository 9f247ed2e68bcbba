//! The sign-in page, posted to `/sign-in`.
//!
//! Fields: `interaction` (hidden), `username`, `password`, those of the captcha, `decision` = `cancel` from the button that goes
//! back to the portal, and `lang` from that of the other language.

use askama::Template;

use super::form::{Summary, SummaryLine};
use super::{CaptchaField, Frame, PortalLinks, document};
use crate::text::{ProblemText, ProblemWords, Sentence, SignInText};

/// The sign-in page.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
pub struct SignInPage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The portal this sign-in leads to; `None` at the provider itself.
    pub portal_name: Option<&'a str>,
    /// Where the portal's logo is, if there is one.
    pub portal_logo: Option<&'a str>,
    /// What the portal says of itself.
    pub portal_links: PortalLinks<'a>,
    /// The hosts of a portal that nobody vouches for.
    pub unchecked: Option<&'a str>,
    /// The sealed sign-in in progress.
    pub interaction: &'a str,
    /// What the account field already holds; empty for nothing.
    pub username: &'a str,
    /// The name of who is signed in and has to enter the password again.
    pub reauthenticating_as: Option<&'a str>,
    /// Why the last attempt did not succeed.
    pub problem: Option<SignInProblem>,
    /// Whether there is a portal to go back to.
    pub can_cancel: bool,
    /// What shows that a person signs in; `None`: nothing has to.
    pub captcha: Option<&'a CaptchaField>,
    /// Whether the person comes from a form that was not saved, nobody being signed in any more.
    pub not_saved: bool,
}

/// Why a sign-in did not succeed. `when`: from when on a guess is looked at (see `dates::again_text`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// The account field was empty.
    MissingUsername,
    /// The password field was empty.
    MissingPassword,
    /// Both fields were empty.
    MissingBoth,
    /// Account or password wrong; the same for unknown accounts.
    Wrong {
        /// When the next attempt counts, if not at once.
        when: Option<String>,
        /// For how many minutes one more wrong password locks the account, if it does.
        locks_for: Option<u64>,
    },
    /// Before «not before»: the password was not looked at.
    Wait {
        /// From when on the next attempt is looked at.
        when: String,
    },
    /// Locked by failures.
    Locked {
        /// Until when.
        when: String,
    },
    /// 尚未啟用; after the right password only.
    NotActivated,
    /// After the right password only.
    LockedByAdministrator,
    /// Too many sign-ins at this moment: the password was not looked at.
    Busy,
    /// Too many failures from this network address: the password was not looked at.
    TooManyFromAddress {
        /// Until when.
        when: String,
    },
    /// The page was open too long; this is a fresh one.
    Expired,
}

impl SignInPage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    fn words(&self) -> &'static SignInText {
        &self.frame.text().sign_in
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        let title = self.portal_name.map_or_else(|| self.words().heading.to_owned(), self.words().title_for);
        format!("{prefix}{title}")
    }

    fn lead(&self) -> Sentence<'_> {
        match self.portal_name {
            Some(portal) => (self.words().for_portal)(self.frame.brand, portal),
            None => (self.words().for_provider)(self.frame.brand),
        }
    }

    fn again(&self) -> Option<Sentence<'_>> {
        self.reauthenticating_as.map(self.words().again)
    }

    fn summary(&self) -> Option<Summary> {
        let problem = self.problem.as_ref().map(|problem| problem.summary(self.words()));
        problem.or_else(|| self.unproven())
    }

    /// Why the password was not looked at, if the captcha is why.
    fn unproven(&self) -> Option<Summary> {
        let words = &self.frame.text().captcha;
        let line = self.captcha?.summary_line(words)?;
        Some(Summary { heading: words.heading, lines: vec![line], next: vec![words.password_again.to_owned()] })
    }

    /// The error beside the account field.
    fn username_error(&self) -> Option<&'static str> {
        match self.problem.as_ref()? {
            SignInProblem::MissingUsername | SignInProblem::MissingBoth => Some(self.words().problem.missing_username),
            _ => None,
        }
    }

    /// The error beside the password field. A wrong pair is said once, here, and describes both fields.
    fn password_error(&self) -> Option<&'static str> {
        match self.problem.as_ref()? {
            SignInProblem::MissingPassword | SignInProblem::MissingBoth => Some(self.words().problem.missing_password),
            SignInProblem::Wrong { .. } => Some(self.words().problem.wrong.what),
            _ => None,
        }
    }

    fn not_activated(&self) -> bool {
        self.problem == Some(SignInProblem::NotActivated)
    }

    fn wrong(&self) -> bool {
        matches!(self.problem, Some(SignInProblem::Wrong { .. }))
    }
}

impl SignInProblem {
    pub(super) fn summary(&self, words: &SignInText) -> Summary {
        let text = &words.problem;
        match self {
            Self::MissingUsername | Self::MissingPassword | Self::MissingBoth => {
                let username = SummaryLine { what: text.missing_username.to_owned(), field: Some("username") };
                let password = SummaryLine { what: text.missing_password.to_owned(), field: Some("password") };
                let lines = match self {
                    Self::MissingUsername => vec![username],
                    Self::MissingPassword => vec![password],
                    _ => vec![username, password],
                };
                Summary { heading: text.missing_heading, lines, next: Vec::new() }
            }
            Self::Wrong { when, locks_for } => of_wrong(&text.wrong, "username", (when.as_deref(), *locks_for), text),
            Self::Wait { when } => of(&text.wait, Some("password"), Some((text.wait_next)(when))),
            Self::Locked { when } => of(&text.locked, None, Some((text.locked_until)(when))),
            Self::NotActivated => of(&text.not_activated, None, None),
            Self::LockedByAdministrator => of(&text.locked_by_administrator, None, None),
            Self::Busy => of(&text.busy, Some("password"), None),
            Self::TooManyFromAddress { when } => of(&text.address, Some("password"), Some((text.address_until)(when))),
            Self::Expired => of(&text.expired, Some("username"), None),
        }
    }
}

/// A summary of a wrong password: with when to try again, and whether one more locks the account for so many minutes.
pub(super) fn of_wrong(
    words: &ProblemWords,
    field: &'static str,
    (when, locks_for): (Option<&str>, Option<u64>),
    text: &ProblemText,
) -> Summary {
    let summary = of(words, Some(field), when.map(text.wrong_wait));
    let next = locks_for.map(text.last_try).into_iter().chain(summary.next).collect();
    Summary { next, ..summary }
}

/// A summary of a problem.
///
/// * `when`: what is said first of what to do next.
pub(super) fn of(words: &ProblemWords, field: Option<&'static str>, when: Option<String>) -> Summary {
    let next = when.into_iter().chain((!words.next.is_empty()).then(|| words.next.to_owned())).collect();
    Summary { heading: words.heading, lines: vec![SummaryLine { what: words.what.to_owned(), field }], next }
}
