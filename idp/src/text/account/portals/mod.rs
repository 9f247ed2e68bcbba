//! The words of 我使用的網站. The structure both languages fill.

pub mod en;
pub mod zh_tw;

use crate::text::Sentence;

/// All words of it.
pub struct PortalsText {
    /// What the page is.
    pub lead: &'static str,
    /// There is none.
    pub none: &'static str,
    /// What to do then.
    pub none_next: &'static str,
    /// Since when it is used.
    pub since: &'static str,
    /// When it was last used.
    pub last_used: &'static str,
    /// What it receives.
    pub receives: &'static str,
    /// It receives nothing but the sign-in.
    pub receives_nothing: &'static str,
    /// Between two things that it receives.
    pub and: &'static str,
    /// It can act while the person is away.
    pub while_away: &'static str,
    /// It is one of the operator's own.
    pub ours: &'static str,
    /// The button.
    pub stop: &'static str,
    /// The way to the next page.
    pub more: &'static str,
    /// The way back to the first page.
    pub first: &'static str,
    /// (portal): what was done.
    pub done: for<'a> fn(&'a str) -> Sentence<'a>,
    /// What follows.
    pub done_next: &'static str,
    /// (portal): the question.
    pub sure: for<'a> fn(&'a str) -> Sentence<'a>,
    /// What it does.
    pub sure_lines: &'static [&'static str],
    /// What it does not do.
    pub sure_keeps: &'static str,
    /// The button that does it.
    pub sure_yes: &'static str,
    /// The way back.
    pub sure_no: &'static str,
}
