//! The words of membership: 加入會員 and what follows. The structure both languages fill.

pub mod en;
pub mod forgotten;
pub mod leaving;
pub mod rescue;
pub mod zh_tw;

pub use forgotten::{AskText, ForgottenLetters, ForgottenText, ResetText};
pub use leaving::{DeleteText, LeavingLetters, LeavingText, UndoText};
pub use rescue::{AnswerText, CodeText, RescueText, WaysText};

use super::{CurrentPasswordText, ProblemWords, Sentence};
use idp_core::membership::county::County;
use idp_core::membership::district::District;
use idp_core::membership::field::{Field, Wrong};
use idp_core::membership::further::Gender;
use idp_core::membership::recovery::ReadyQuestion;
use idp_core::membership::steps::Step;

/// All words of membership.
pub struct MembershipText {
    /// Heading over what has to be corrected.
    pub correct: &'static str,
    /// Beside a label: may be left empty.
    pub optional: &'static str,
    /// Label and hint of a field.
    pub field: fn(Field) -> FieldWords,
    /// What is wrong with a field.
    pub wrong: fn(Field, Wrong) -> String,
    /// Beside a password that is being chosen.
    pub meter: MeterText,
    /// The steps of the form.
    pub join: JoinText,
    /// 進階資料.
    pub further: FurtherText,
    /// 忘記密碼救援.
    pub recovery: RecoveryText,
    /// The page that waits for the mail.
    pub sent: SentText,
    /// The page that a mailed link opens.
    pub activate: ActivateText,
    /// The documents.
    pub documents: DocumentsText,
    /// What is mailed.
    pub letters: LettersText,
    /// Who forgot something.
    pub forgotten: ForgottenText,
    /// The same by text message and hint question.
    pub rescue: RescueText,
    /// Who leaves.
    pub leaving: LeavingText,
}

/// Words of a field.
pub struct FieldWords {
    /// Its label.
    pub label: &'static str,
    /// Under the label; empty for nothing.
    pub hint: &'static str,
}

/// Words beside a password that is being chosen.
#[derive(Debug)]
pub struct MeterText {
    /// What is estimated.
    pub label: &'static str,
    /// From guessed at once to not guessed.
    pub levels: [&'static str; 5],
    /// The button that shows what is typed.
    pub show: &'static str,
}

/// Words of the form.
pub struct JoinText {
    /// Heading.
    pub heading: &'static str,
    /// What is to be chosen.
    pub choose: &'static str,
    /// 一般會員.
    pub general: &'static str,
    /// Whom it is for.
    pub general_for: &'static str,
    /// Its button.
    pub general_go: &'static str,
    /// 公務帳號.
    pub official: &'static str,
    /// Whom it is for.
    pub official_for: &'static str,
    /// Its button.
    pub official_go: &'static str,
    /// What becomes of an application for it, and whom to ask.
    pub official_lead: &'static str,
    /// The same where what was applied for is not known.
    pub official_later: &'static str,
    /// Before the link to signing in.
    pub have_one: &'static str,
    /// Heading of a step.
    pub step: fn(Step) -> &'static str,
    /// (number, of so many).
    pub progress: fn(usize, usize) -> String,
    /// Hint of a password by the rule of the manuals.
    pub password_of_manuals: &'static str,
    /// Hint of a password that was chosen already.
    pub password_stays: &'static str,
    /// Button: next step.
    pub go_on: &'static str,
    /// Button: the step before.
    pub back: &'static str,
    /// Button: leave the step out.
    pub skip: &'static str,
    /// Button beside what was typed: change it.
    pub change: &'static str,
    /// Button: the last.
    pub create: &'static str,
    /// Of the box that agrees: before the first document.
    pub agree_before: &'static str,
    /// Between the two.
    pub agree_between: &'static str,
    /// After the second.
    pub agree_after: &'static str,
    /// Too many from this network address.
    pub too_many: ProblemWords,
    /// (`dates::again_text`): from when on.
    pub too_many_until: fn(&str) -> String,
    /// Too many at this moment.
    pub busy: ProblemWords,
    /// The documents have changed since they were shown.
    pub other_documents: ProblemWords,
    /// Besides, where a password was typed: it does not come back.
    pub password_again: &'static str,
}

/// Words of 進階資料.
pub struct FurtherText {
    /// (whether all is required): what it is for.
    pub lead: fn(bool) -> &'static str,
    /// 生日.
    pub birthday: &'static str,
    /// How it is written.
    pub birthday_how: &'static str,
    /// 性別.
    pub gender: fn(Gender) -> &'static str,
    /// Whoever does not say it.
    pub not_said: &'static str,
    /// 通訊地址.
    pub address: &'static str,
    /// Before the counties: none is chosen yet.
    pub choose: &'static str,
    /// 縣市.
    pub county: fn(&County) -> String,
    /// 鄉鎮市區.
    pub district: fn(&District) -> String,
    /// (what stands there): it is in no list.
    pub not_listed: fn(&str) -> String,
    /// Heading over 電話 and 分機.
    pub telephone: &'static str,
    /// (number, extension).
    pub with_extension: fn(&str, &str) -> String,
    /// Short name of what a step takes, over what was typed.
    pub section: fn(Step) -> &'static str,
    /// Label where nothing was given.
    pub nothing: &'static str,
    /// The same in words.
    pub nothing_given: &'static str,
}

/// Words of 忘記密碼救援.
pub struct RecoveryText {
    /// What it is for.
    pub lead: &'static str,
    /// Before the questions: none is chosen.
    pub no_question: &'static str,
    /// A question that is offered.
    pub ready: fn(ReadyQuestion) -> &'static str,
    /// One's own.
    pub own: &'static str,
    /// Hint of an answer that was given already.
    pub answer_stays: &'static str,
    /// In its place on the last page: it is kept as a digest.
    pub answer_kept: &'static str,
}

/// Words of the page that waits for the mail.
pub struct SentText {
    /// Heading.
    pub heading: &'static str,
    /// (address): where the mail goes.
    pub sent_to: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading when the account was applied for before.
    pub before: &'static str,
    /// (account): what was typed in another tab since is not in it.
    pub before_what: fn(&str) -> String,
    /// (whether it is active): how to change what is in it.
    pub before_next: fn(bool) -> &'static str,
    /// (until): it has not left yet, and will have by then, as a rule.
    pub queued: fn(&str) -> String,
    /// (moment): it is tried again then.
    pub delayed: fn(&str) -> String,
    /// (moment): the other server took it then.
    pub sent_at: fn(&str) -> String,
    /// Heading when the other server will not take it.
    pub refused: &'static str,
    /// (address): where the mail went, and what is the matter as a rule.
    pub refused_at: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading over the fields for another address then.
    pub refused_correct: &'static str,
    /// What becomes of it.
    pub refused_correct_how: &'static str,
    /// Heading for who has typed it right.
    pub refused_again: &'static str,
    /// What to do then.
    pub refused_again_how: &'static str,
    /// Heading when the account is active.
    pub activated: &'static str,
    /// The same in a sentence.
    pub activated_now: &'static str,
    /// Link that shows the page anew.
    pub look_again: &'static str,
    /// Heading of what to do.
    pub what_next: &'static str,
    /// Press the link.
    pub press_link: &'static str,
    /// Look among the junk.
    pub junk: &'static str,
    /// Button: send it again.
    pub again: &'static str,
    /// It was asked for too soon.
    pub too_soon: ProblemWords,
    /// Opens the fields for another address.
    pub wrong_address: &'static str,
    /// Button: correct the address.
    pub correct: &'static str,
}

/// Words of the page that a mailed link opens.
pub struct ActivateText {
    /// Heading.
    pub heading: &'static str,
    /// (account): the password is to be typed.
    pub ready: for<'a> fn(&'a str) -> Sentence<'a>,
    /// The field.
    pub password: CurrentPasswordText,
    /// The button.
    pub press: &'static str,
    /// Whoever cannot, or did not apply.
    pub discard_ask: &'static str,
    /// What they can do.
    pub discard_what: &'static str,
    /// The button.
    pub discard: &'static str,
    /// Heading when the application is gone.
    pub discarded: &'static str,
    /// (account): the same in a sentence.
    pub discarded_now: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading when it is done.
    pub done: &'static str,
    /// (account): the same in a sentence.
    pub done_now: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading when it was done before.
    pub already: &'static str,
    /// (account): the same in a sentence.
    pub already_now: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading when the link is over.
    pub over: &'static str,
    /// Why.
    pub over_why: &'static str,
    /// What to do.
    pub over_next: &'static str,
}

/// The documents that people agree to.
pub struct DocumentsText {
    /// 服務條款.
    pub terms: &'static str,
    /// 隱私權政策.
    pub privacy: &'static str,
    /// (version): under the title.
    pub version: fn(&str) -> String,
}

/// Words of what is mailed.
pub struct LettersText {
    /// (brand): subject of the 帳號確認信.
    pub activation_subject: fn(&str) -> String,
    /// (brand, account): why somebody gets it.
    pub activation_why: fn(&str, &str) -> String,
    /// (moment): what to do, until when.
    pub activation_how: fn(&str) -> String,
    /// The link.
    pub activation_link: &'static str,
    /// Whoever did not apply.
    pub activation_not_you: &'static str,
    /// Nobody reads an answer.
    pub no_answer: &'static str,
}
