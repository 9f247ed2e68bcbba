//! The words of 我的專區. The structure both languages fill.

pub mod en;
pub mod portals;
pub mod zh_tw;

pub use portals::PortalsText;

use super::{ProblemWords, Sentence};
use crate::pages::account::Place;

/// All words of it.
pub struct AccountText {
    /// 我的專區.
    pub heading: &'static str,
    /// Link to the provider's own page.
    pub home: &'static str,
    /// Link to 個人資料查詢.
    pub overview_link: &'static str,
    /// Somebody signed in because of a form that was not saved.
    pub not_saved: &'static str,
    /// A page of it, as the menu names it.
    pub place: fn(Place) -> &'static str,
    /// 目前的密碼.
    pub current: CurrentPasswordText,
    /// 個人資料查詢.
    pub overview: OverviewText,
    /// 密碼維護.
    pub password: PasswordText,
    /// 我使用的網站.
    pub portals: PortalsText,
    /// 個人資料維護.
    pub profile: ProfileText,
    /// 忘記密碼救援.
    pub recovery: RecoverText,
    /// Another e-mail address.
    pub email: EmailText,
    /// The page that its link opens.
    pub confirm: ConfirmText,
    /// What is mailed.
    pub letters: AccountLetters,
}

/// Words of the field that asks for the current password.
pub struct CurrentPasswordText {
    /// Heading over the field, where it stands below others.
    pub heading: &'static str,
    /// Its label.
    pub label: &'static str,
    /// Under the label.
    pub hint: &'static str,
    /// Nothing was typed.
    pub missing: &'static str,
    /// It is another one.
    pub wrong: ProblemWords,
    /// Too many failures.
    pub locked: ProblemWords,
    /// The page was open for too long, or is of before another sign-in.
    pub expired: ProblemWords,
}

/// Words of 個人資料查詢.
pub struct OverviewText {
    /// What it is.
    pub lead: &'static str,
    /// Where nothing was given.
    pub nothing: &'static str,
    /// Opens what is shown in part.
    pub show: &'static str,
    /// Beside a heading: leads to the page that changes what stands there.
    pub change: fn(Place) -> &'static str,
    /// 基本資料.
    pub basics: &'static str,
    /// 身分.
    pub standing: &'static str,
    /// 聯絡方式.
    pub contact: &'static str,
    /// The address was confirmed.
    pub confirmed: &'static str,
    /// The address was not confirmed.
    pub not_confirmed: &'static str,
    /// (moment): it was confirmed, and counts for 忘記密碼 from then on.
    pub settles: fn(&str) -> String,
    /// Another address that waits.
    pub waiting: &'static str,
    /// What is to be done with it.
    pub waiting_how: &'static str,
    /// 進階資料.
    pub further: &'static str,
    /// The number was proven.
    pub proven: &'static str,
    /// 忘記密碼救援.
    pub recovery: &'static str,
    /// (moment): from when on a part of it counts.
    pub counts_from: fn(&str) -> String,
    /// What was agreed to.
    pub agreed: &'static str,
    /// (moment): when.
    pub agreed_at: fn(&str) -> String,
    /// 最近登入.
    pub sign_ins: &'static str,
    /// The newest.
    pub sign_in_last: &'static str,
    /// One before.
    pub sign_in_before: &'static str,
    /// It is this session.
    pub this_one: &'static str,
    /// 一般民眾／公務人員.
    pub identity: &'static str,
    /// 所屬機關或單位（公務人員適用）.
    pub agency: &'static str,
    /// In its place, for who has none.
    pub no_agency: &'static str,
    /// Who gives one, and whom to ask.
    pub no_agency_how: &'static str,
    /// Its OID.
    pub agency_oid: &'static str,
}

/// Words of 密碼維護.
pub struct PasswordText {
    /// (account): whose.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Label of the new one.
    pub new: &'static str,
    /// It was not typed.
    pub new_missing: &'static str,
    /// What it ends.
    pub ends: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Heading when it is done.
    pub done: &'static str,
    /// The same in a sentence.
    pub done_now: &'static str,
}

/// Words of 個人資料維護.
pub struct ProfileText {
    /// What it is for.
    pub lead: &'static str,
    /// (labels, with [`Self::and`] between them): what somebody else vouches for, and where to turn.
    pub fixed: fn(&str) -> String,
    /// Between two of them.
    pub and: &'static str,
    /// Heading over 進階資料.
    pub further: &'static str,
    /// The button.
    pub submit: &'static str,
    /// It was saved.
    pub saved: &'static str,
    /// The same in a sentence.
    pub saved_now: &'static str,
    /// Another tab changed it.
    pub changed_meanwhile: ProblemWords,
    /// It was changed too often.
    pub too_often: ProblemWords,
}

/// Words of 忘記密碼救援.
pub struct RecoverText {
    /// What it is for.
    pub lead: &'static str,
    /// It was saved.
    pub saved_now: &'static str,
    /// (moment): from when on the question is asked.
    pub hint_counts_from: fn(&str) -> String,
    /// (moment): from when on the mobile gets codes.
    pub mobile_counts_from: fn(&str) -> String,
}

/// Words of another e-mail address.
pub struct EmailText {
    /// The address that counts.
    pub current: &'static str,
    /// None.
    pub none: &'static str,
    /// Heading over one that waits.
    pub waiting: &'static str,
    /// (moment, address of before if there was one): from when on the address counts for 忘記密碼.
    pub settles: for<'a> fn(&str, Option<&'a str>) -> Sentence<'a>,
    /// (address): where the link went.
    pub waiting_at: for<'a> fn(&'a str) -> Sentence<'a>,
    /// (moment): until when it can be followed.
    pub until: fn(&str) -> String,
    /// The other server will not take the mail.
    pub refused: &'static str,
    /// Button: send it again.
    pub send_again: &'static str,
    /// Button: take it back.
    pub withdraw: &'static str,
    /// Heading over the form.
    pub change: &'static str,
    /// The same while another waits.
    pub change_instead: &'static str,
    /// What happens.
    pub how: &'static str,
    /// Label of the new one.
    pub new: &'static str,
    /// Under it.
    pub new_hint: &'static str,
    /// Label: once more.
    pub again: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Too many mails.
    pub too_soon: &'static str,
}

/// Words of the page that the link opens.
pub struct ConfirmText {
    /// Heading.
    pub heading: &'static str,
    /// (account, address): the button is to be pressed.
    pub ready: for<'a> fn(&'a str, &'a str) -> Sentence<'a>,
    /// The button.
    pub press: &'static str,
    /// Heading when it is done.
    pub done: &'static str,
    /// (account, address): the same in a sentence.
    pub done_now: for<'a> fn(&'a str, &'a str) -> Sentence<'a>,
    /// Of which address 忘記密碼 counts for how long.
    pub done_settles: &'static str,
    /// Heading of another account's link.
    pub somebody_elses: &'static str,
    /// (account): what to do.
    pub somebody_elses_why: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Heading when the link is over.
    pub over: &'static str,
    /// Why.
    pub over_why: &'static str,
}

/// Words of the letters. `brand` is the provider's name.
pub struct AccountLetters {
    /// (brand): subject of the link.
    pub confirm_subject: fn(&str) -> String,
    /// (brand, account): why somebody gets it.
    pub confirm_why: fn(&str, &str) -> String,
    /// (moment): what to do, until when.
    pub confirm_how: fn(&str) -> String,
    /// The link.
    pub confirm_link: &'static str,
    /// Whoever did not ask.
    pub confirm_not_you: &'static str,
    /// (brand): subject of what the old address is told.
    pub asked_subject: fn(&str) -> String,
    /// (brand, account, moment): what was asked for.
    pub asked_what: fn(&str, &str, &str) -> String,
    /// Whoever did not ask.
    pub asked_not_you: &'static str,
    /// What counts until then.
    pub asked_until: &'static str,
    /// Where 忘記密碼 writes to, even after that.
    pub asked_counts: &'static str,
    /// (brand): subject when it was done.
    pub changed_subject: fn(&str) -> String,
    /// (brand, account, moment): what happened.
    pub changed_what: fn(&str, &str, &str) -> String,
    /// (moment): until when 忘記密碼 writes to this mailbox.
    pub changed_until: fn(&str) -> String,
    /// (moment): what to do until then, for whoever did not do it.
    pub changed_undo: fn(&str) -> String,
    /// To a mailbox that counts no more: nothing comes any more.
    pub changed_no_more: &'static str,
    /// There, for whoever did not do it.
    pub changed_not_you: &'static str,
    /// (moment): in a letter that leads to 忘記密碼, whose links do not come here before.
    pub resets_not_before: fn(&str) -> String,
    /// (brand): subject when 忘記密碼救援 was changed.
    pub recovery_subject: fn(&str) -> String,
    /// (brand, account, moment): what happened.
    pub recovery_what: fn(&str, &str, &str) -> String,
    /// (moment): the question is another, and is asked from then on.
    pub recovery_hint: fn(&str) -> String,
    /// The question is gone.
    pub recovery_no_hint: &'static str,
    /// (moment): the mobile is another, and gets codes from then on.
    pub recovery_mobile: fn(&str) -> String,
    /// The mobile is gone.
    pub recovery_no_mobile: &'static str,
    /// Whoever did not do it.
    pub recovery_not_you: &'static str,
    /// What becomes of what is new then.
    pub recovery_undone: &'static str,
}
