//! The field of 圖形驗證碼, or of the code that is mailed instead: part of a form.
//!
//! Fields: `captcha` (hidden, sealed), `captcha-answer`, and `decision` = `another-picture`, `mail-code` or `without-picture` from its
//! buttons.

use super::form::SummaryLine;
use crate::text::CaptchaText;
use idp_core::captcha::{No, Place};

/// What it shows.
#[derive(Clone, Debug)]
pub struct CaptchaField {
    /// The sealed challenge.
    pub challenge: String,
    /// Whether its answer was mailed.
    pub mailed: bool,
    /// What the field holds.
    pub typed: String,
    /// Why what was typed does not count.
    pub no: Option<No>,
    /// The page that asks.
    pub place: Place,
    /// Whether somebody asked for it just now: the page leads to it.
    pub asked_for: bool,
}

/// Element id of the field.
pub const FIELD: &str = crate::captcha::ANSWER;

impl CaptchaField {
    /// The same, asked for by one of its buttons.
    #[must_use]
    pub fn asked_for(self) -> Self {
        Self { asked_for: true, ..self }
    }

    /// Whether the page leads to it, and not to what is wrong, which stands at the top.
    pub(super) fn is_led_to(&self) -> bool {
        self.asked_for && self.no.is_none()
    }

    /// HTTP status of a page whose answer does not count; `None`: nothing is wrong with it.
    pub fn status(&self) -> Option<u16> {
        self.no.map(|no| if no.wait().is_some() { 429 } else { 422 })
    }

    /// Seconds to wait, for `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        self.no?.wait()
    }

    pub(super) fn error(&self, words: &CaptchaText) -> Option<String> {
        self.no.map(words.no)
    }

    /// Its line in the error summary.
    pub(super) fn summary_line(&self, words: &CaptchaText) -> Option<SummaryLine> {
        self.error(words).map(|what| SummaryLine { what, field: Some(FIELD) })
    }

    pub(super) fn label(&self, words: &CaptchaText) -> &'static str {
        if self.mailed { words.code_label } else { words.label }
    }

    pub(super) fn hint(&self, words: &CaptchaText) -> &'static str {
        match (self.mailed, self.place) {
            (false, _) if self.asked_for => words.hint_of_another,
            (false, _) => words.hint,
            (true, Place::Join) => words.code_at_join,
            (true, _) => words.code_at_sign_in,
        }
    }

    /// The buttons under the field: id, what they send, words.
    pub(super) fn buttons(&self, words: &CaptchaText) -> Vec<(&'static str, &'static str, &'static str)> {
        let another = |words| ("captcha-another", crate::captcha::ANOTHER, words);
        let mail = |words| ("captcha-mail", crate::captcha::MAIL, words);
        match self.place {
            Place::Join | Place::SignIn if self.mailed => vec![mail(words.code_again), another(words.picture_instead)],
            Place::Join | Place::SignIn => vec![another(words.another), mail(words.mail)],
            Place::ForgotPassword | Place::ForgotAccount | Place::ResendConfirmation => {
                vec![another(words.another), ("captcha-without", crate::captcha::WITHOUT, words.without)]
            }
        }
    }
}
