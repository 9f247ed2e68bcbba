//! The words of who forgot something: 忘記密碼, 忘記帳號, 重寄確認信, and what is mailed then. The structure both languages fill.

pub mod en;
pub mod zh_tw;

use crate::text::{ProblemWords, Sentence};

/// All words of it.
pub struct ForgottenText {
    /// 忘記密碼.
    pub password: AskText,
    /// 忘記帳號.
    pub account: AskText,
    /// 重寄確認信.
    pub confirmation: AskText,
    /// The question on the sign-in page: 忘記密碼？
    pub password_question: &'static str,
    /// The same: 忘記帳號？
    pub account_question: &'static str,
    /// Heading once it was asked for.
    pub asked: &'static str,
    /// What if nothing comes.
    pub nothing_came: &'static str,
    /// It was asked for a moment ago, or often.
    pub too_soon: ProblemWords,
    /// Too often from this network address.
    pub too_many: ProblemWords,
    /// (`dates::again_text`): from when on.
    pub until: fn(&str) -> String,
    /// The page that the mailed link opens.
    pub reset: ResetText,
    /// What is mailed.
    pub letters: ForgottenLetters,
}

/// Words of a page that asks for help by mail.
pub struct AskText {
    /// Heading.
    pub heading: &'static str,
    /// What happens.
    pub lead: &'static str,
    /// Under the label; empty for nothing.
    pub hint: &'static str,
    /// The button.
    pub submit: &'static str,
    /// What happens now, the same whether anybody has what was typed.
    pub asked: &'static str,
    /// What to do then.
    pub next: &'static str,
}

/// Words of the page that sets another password.
pub struct ResetText {
    /// Heading.
    pub heading: &'static str,
    /// (account): for which.
    pub ready: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Label of the password.
    pub password: &'static str,
    /// What it ends.
    pub ends: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Heading when it is done.
    pub done: &'static str,
    /// (account): the same in a sentence.
    pub done_now: for<'a> fn(&'a str) -> Sentence<'a>,
    /// What it ended.
    pub done_ends: &'static str,
    /// 忘記密碼救援 was removed.
    pub recovery_removed: &'static str,
    /// The e-mail address was changed, and has not settled.
    pub email_changed: &'static str,
    /// Heading when the link is over.
    pub over: &'static str,
    /// Why.
    pub over_why: &'static str,
    /// What to do.
    pub over_next: &'static str,
}

/// Words of the letters. `brand` is the provider's name.
pub struct ForgottenLetters {
    /// (brand): subject of the link that sets a password.
    pub reset_subject: fn(&str) -> String,
    /// (brand, account): why somebody gets a letter about the password.
    pub reset_why: fn(&str, &str) -> String,
    /// (moment): what to do, until when.
    pub reset_how: fn(&str) -> String,
    /// The link.
    pub reset_link: &'static str,
    /// Whoever did not ask.
    pub not_you: &'static str,
    /// The account has to be activated first.
    pub not_activated: &'static str,
    /// An administrator locked it.
    pub locked: &'static str,
    /// (brand): subject of the account names.
    pub names_subject: fn(&str) -> String,
    /// (brand): why somebody gets them.
    pub names_why: fn(&str) -> String,
    /// Before the names.
    pub names_are: &'static str,
    /// The link to signing in.
    pub sign_in_link: &'static str,
    /// (brand): subject when the password was changed.
    pub changed_subject: fn(&str) -> String,
    /// (brand, account, moment): what happened.
    pub changed_what: fn(&str, &str, &str) -> String,
    /// What it ended.
    pub changed_ends: &'static str,
    /// Whoever did not do it.
    pub changed_not_you: &'static str,
    /// The link to 忘記密碼.
    pub changed_link: &'static str,
}
