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
}

/// Words of the field that asks for the current password.
pub struct CurrentPasswordText {
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
    /// 基本資料.
    pub basics: &'static str,
    /// 一般民眾／公務人員.
    pub identity: &'static str,
    /// 所屬機關或單位（公務人員適用）.
    pub agency: &'static str,
    /// In its place, for who has none.
    pub no_agency: &'static str,
    /// Its OID.
    pub agency_oid: &'static str,
}

/// Words of 密碼維護.
pub struct PasswordText {
    /// (account): whose.
    pub lead: for<'a> fn(&'a str) -> Sentence<'a>,
    /// Label of the new one.
    pub new: &'static str,
    /// What it ends.
    pub ends: &'static str,
    /// The button.
    pub submit: &'static str,
    /// Heading when it is done.
    pub done: &'static str,
    /// The same in a sentence.
    pub done_now: &'static str,
}
