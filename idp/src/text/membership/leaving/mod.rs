//! The words of who leaves: 刪除帳號, undoing it, and what is mailed then. The structure both languages fill.

pub mod en;
pub mod zh_tw;

use crate::text::{ProblemWords, Sentence};

/// All words of it.
pub struct LeavingText {
    /// The page that asks.
    pub delete: DeleteText,
    /// The page that undoes it.
    pub undo: UndoText,
    /// What is mailed.
    pub letters: LeavingLetters,
}

/// Words of the page that asks whether the account is to be deleted.
pub struct DeleteText {
    /// Heading.
    pub heading: &'static str,
    /// (account, moment): what happens, when.
    pub lead: for<'a> fn(&'a str, &str) -> Sentence<'a>,
    /// Heading of what happens at once.
    pub now: &'static str,
    /// What does.
    pub now_lines: &'static [&'static str],
    /// Heading of the time in which it can be undone.
    pub meanwhile: &'static str,
    /// (moment): how it is undone, until when.
    pub meanwhile_how: fn(&str) -> String,
    /// Heading of what is gone then.
    pub then: &'static str,
    /// What is.
    pub then_lines: &'static [&'static str],
    /// Heading of the portals.
    pub portals: &'static str,
    /// Before their names.
    pub portals_told: &'static str,
    /// There are none.
    pub portals_none: &'static str,
    /// What they do with what they have.
    pub portals_keep: &'static str,
    /// There are more.
    pub portals_more: &'static str,
    /// (address): where the person is told.
    pub mailed: for<'a> fn(&'a str) -> Sentence<'a>,
    /// They have no address.
    pub not_mailed: &'static str,
    /// What is ticked.
    pub understood: &'static str,
    /// It was not.
    pub not_ticked: &'static str,
    /// The button.
    pub submit: &'static str,
    /// The way back.
    pub keep: &'static str,
    /// Nobody else is an administrator.
    pub last_administrator: ProblemWords,
    /// Heading when it was asked for.
    pub asked: &'static str,
    /// (account, moment): the same in a sentence.
    pub asked_now: for<'a> fn(&'a str, &str) -> Sentence<'a>,
    /// How it is undone.
    pub asked_undo: &'static str,
}

/// Words of the page that a person reaches who signs in meanwhile.
pub struct UndoText {
    /// Heading.
    pub heading: &'static str,
    /// (account, moment): what will happen, when.
    pub lead: for<'a> fn(&'a str, &str) -> Sentence<'a>,
    /// What holds until then.
    pub until_then: &'static str,
    /// The button.
    pub undo: &'static str,
    /// What if it is left so.
    pub or_not: &'static str,
    /// Heading when it was undone.
    pub done: &'static str,
    /// (account): the same in a sentence.
    pub done_now: for<'a> fn(&'a str) -> Sentence<'a>,
    /// What has to be done anew.
    pub done_next: &'static str,
    /// Heading when the page is over.
    pub over: &'static str,
    /// Why, and what to do.
    pub over_why: &'static str,
    /// Heading when the time has come.
    pub too_late: &'static str,
    /// (account): why nothing can be done.
    pub too_late_why: for<'a> fn(&'a str) -> Sentence<'a>,
}

/// Words of the letters. `brand` is the provider's name.
pub struct LeavingLetters {
    /// (brand): subject when it was asked for.
    pub asked_subject: fn(&str) -> String,
    /// (brand, account, moment): what was asked for, what happens when.
    pub asked_what: fn(&str, &str, &str) -> String,
    /// (moment): how it is undone.
    pub asked_undo: fn(&str) -> String,
    /// The link to signing in.
    pub asked_link: &'static str,
    /// Whoever did not ask.
    pub asked_not_you: &'static str,
    /// (brand): subject when it was undone.
    pub undone_subject: fn(&str) -> String,
    /// (brand, account, moment): what happened.
    pub undone_what: fn(&str, &str, &str) -> String,
    /// Whoever did not do it.
    pub undone_not_you: &'static str,
    /// The link to 忘記密碼.
    pub undone_link: &'static str,
    /// (brand): subject when the account is gone.
    pub gone_subject: fn(&str) -> String,
    /// (brand, moment): what happened.
    pub gone_what: fn(&str, &str) -> String,
    /// What stays where.
    pub gone_portals: &'static str,
    /// Whoever wants to come back.
    pub gone_again: &'static str,
}
