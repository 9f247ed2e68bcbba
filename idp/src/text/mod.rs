//! The words a person reads, in Traditional Chinese and English.
//!
//! Owns every sentence of the pages and the choice of the language. Does not own how a sentence is set: that is `pages` and the
//! templates. Both languages fill the same structure, so a sentence that one of them lacks does not compile.

mod account;
mod captcha;
mod claims;
mod documents;
mod en;
mod language;
mod mailbox;
mod membership;
mod sentence;
mod words;
mod zh_tw;

pub use account::{
    AccountLetters, AccountText, ConfirmText, CurrentPasswordText, EmailText, OverviewText, PasswordText, PortalsText,
    ProfileText, RecoverText,
};
pub use captcha::CaptchaText;
pub use claims::ClaimsText;
pub use documents::{AgreedTo, Document, Documents, Section};
pub use language::Language;
pub use mailbox::MailboxText;
pub use membership::{
    ActivateText, AnswerText, AskText, CodeText, DeleteText, DocumentsText, FieldWords, ForgottenLetters,
    ForgottenText, JoinText, LeavingLetters, LeavingText, LettersText, MembershipText, MeterText, RescueText,
    ResetText, SentText, UndoText, WaysText,
};
pub use sentence::{Part, Sentence, name, say};
pub use words::{
    ConsentText, ErrorText, ErrorWords, FrameText, HomeText, PortalLinksText, ProblemText, ProblemWords, RefusedText,
    ReturningText, SignInText, SignOutText, Text,
};

impl Language {
    /// All words in this language.
    pub fn text(self) -> &'static Text {
        match self {
            Language::ZhTw => &zh_tw::TEXT,
            Language::En => &en::TEXT,
        }
    }
}
