//! The steps of 加入會員, and what each asks (manual of the account service, 會員註冊 Step 1 to 5).

use super::field::{Field, FieldError, Wrong};
use crate::people::account_name::AccountName;
use crate::people::email_address::EmailAddress;
use crate::people::password_rule::{PasswordNo, PasswordPolicy, normalised};
use crate::shown_text;
use serde::{Deserialize, Serialize};

/// The longest 姓名 and 暱稱, in characters.
pub const LONGEST_NAME: usize = 50;

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 帳號 and 密碼.
    Account,
    /// 姓名, 電子信箱, 暱稱.
    Basics,
    /// 進階資料.
    Further,
    /// 忘記密碼救援.
    Recovery,
    /// 同意 and 建立我的帳戶.
    Confirm,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Account, Self::Basics, Self::Further, Self::Recovery, Self::Confirm];

    /// As a form names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Basics => "basics",
            Self::Further => "further",
            Self::Recovery => "recovery",
            Self::Confirm => "confirm",
        }
    }

    /// From what a form sends.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }

    /// Counted from 1.
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|step| *step == self).unwrap_or_default() + 1
    }

    /// The one after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    /// The one before it.
    pub fn previous(self) -> Option<Self> {
        Self::ALL.get(self.number().checked_sub(2)?).copied()
    }
}

/// What was typed in the first step.
#[derive(Clone, Copy, Debug)]
pub struct AccountForm<'a> {
    /// 帳號.
    pub account: &'a str,
    /// 密碼.
    pub password: &'a str,
    /// The same once more.
    pub password_again: &'a str,
}

/// Judges the first step; whether the name is free is looked up elsewhere, and so is whether the password is a common one, which costs
/// more ([`crate::people::password_rule::is_common`]).
///
/// # Errors
/// Every field that has to be corrected, in the order of the form.
pub fn account(
    form: AccountForm<'_>,
    policy: PasswordPolicy,
    is_listed: impl Fn(&str) -> bool,
) -> Result<AccountName, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field, wrong| errors.push(FieldError::new(field, wrong));
    let account = AccountName::parse(form.account.trim());
    if form.account.trim().is_empty() {
        wrong(Field::Account, Wrong::Missing);
    } else if account.is_none() {
        wrong(Field::Account, Wrong::AccountMalformed);
    }
    let password = password(form.password, form.password_again, account.as_ref(), (policy, is_listed));
    errors.extend(password);
    match account {
        Some(account) if errors.is_empty() => Ok(account),
        _ => Err(errors),
    }
}

/// What is wrong with a password that was typed twice, wherever one is chosen; but for its being a common one.
pub fn password(
    password: &str,
    again: &str,
    account: Option<&AccountName>,
    (policy, is_listed): (PasswordPolicy, impl Fn(&str) -> bool),
) -> Option<FieldError> {
    let (password, again) = (normalised(password), normalised(again));
    if password.is_empty() {
        return Some(FieldError::new(Field::Password, Wrong::Missing));
    }
    if let Err(no) = policy.check(&password, account, is_listed) {
        let wrong = match no {
            PasswordNo::TooShort => Wrong::PasswordTooShort,
            PasswordNo::TooLong => Wrong::PasswordTooLong(policy.longest()),
            PasswordNo::NeedsLetterAndDigit => Wrong::PasswordNeedsLetterAndDigit,
            PasswordNo::NotOnKeyboard => Wrong::PasswordNotOnKeyboard,
            PasswordNo::IsAccountName => Wrong::PasswordIsAccountName,
            PasswordNo::Common => Wrong::PasswordCommon,
        };
        return Some(FieldError::new(Field::Password, wrong));
    }
    (password != again).then(|| {
        let wrong = if again.is_empty() { Wrong::Missing } else { Wrong::NotTheSame };
        FieldError::new(Field::PasswordAgain, wrong)
    })
}

/// 基本資料: what a person is called and reached by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basics {
    /// 姓名.
    pub name: String,
    /// 電子信箱, well-formed.
    pub email: String,
    /// 暱稱.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
}

/// What was typed in the second step.
#[derive(Clone, Copy, Debug)]
pub struct BasicsForm<'a> {
    /// 姓名.
    pub name: &'a str,
    /// 電子信箱.
    pub email: &'a str,
    /// The same once more.
    pub email_again: &'a str,
    /// 暱稱; empty for none.
    pub nickname: &'a str,
}

/// Judges the second step.
///
/// # Errors
/// Every field that has to be corrected, in the order of the form.
pub fn basics(form: BasicsForm<'_>) -> Result<Basics, Vec<FieldError>> {
    let mut errors = Vec::new();
    let name = name(form.name);
    errors.extend(name.as_ref().err().copied());
    let email = EmailAddress::parse(form.email);
    if let Some(error) = email_wrong(form.email, form.email_again) {
        errors.push(error);
    }
    let nickname = nickname(form.nickname);
    errors.extend(nickname.as_ref().err().copied());
    match (name, email, nickname) {
        (Ok(name), Some(email), Ok(nickname)) if errors.is_empty() => {
            Ok(Basics { name, email: email.as_str().to_owned(), nickname })
        }
        _ => Err(errors),
    }
}

/// Judges 姓名, wherever one is typed.
///
/// # Errors
/// What is wrong with it.
pub fn name(typed: &str) -> Result<String, FieldError> {
    let judged = shown_text::name(typed, LONGEST_NAME);
    judged.map(str::to_owned).map_err(|why| FieldError::new(Field::Name, name_wrong(typed, why)))
}

/// The same for 暱稱, which may be left empty.
///
/// # Errors
/// What is wrong with it.
pub fn nickname(typed: &str) -> Result<Option<String>, FieldError> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let judged = shown_text::name(typed, LONGEST_NAME);
    judged
        .map(|nickname| Some(nickname.to_owned()))
        .map_err(|why| FieldError::new(Field::Nickname, name_wrong(typed, why)))
}

/// What is wrong with an e-mail address that was typed twice.
pub fn email_wrong(email: &str, again: &str) -> Option<FieldError> {
    let trimmed = email.trim();
    if trimmed.is_empty() {
        return Some(FieldError::new(Field::Email, Wrong::Missing));
    }
    if EmailAddress::parse(trimmed).is_none() {
        return Some(FieldError::new(Field::Email, Wrong::EmailMalformed));
    }
    let again = again.trim();
    (trimmed != again).then(|| {
        let wrong = if again.is_empty() { Wrong::Missing } else { Wrong::NotTheSame };
        FieldError::new(Field::EmailAgain, wrong)
    })
}

pub(super) fn name_wrong(typed: &str, why: shown_text::NotShown) -> Wrong {
    match why {
        shown_text::NotShown::Length(_) if typed.trim().is_empty() => Wrong::Missing,
        shown_text::NotShown::Length(longest) => Wrong::TooLong(longest),
        shown_text::NotShown::Control(_) | shown_text::NotShown::Unseen(_) => Wrong::NameMalformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(errors: &[FieldError]) -> Vec<(Field, Wrong)> {
        errors.iter().map(|error| (error.field, error.wrong)).collect()
    }

    fn first(account: &str, password: &str, password_again: &str) -> Vec<(Field, Wrong)> {
        let form = AccountForm { account, password, password_again };
        super::account(form, PasswordPolicy::Length, |_| false).map_or_else(|errors| said(&errors), |_| Vec::new())
    }

    #[test]
    fn every_field_of_the_first_step_is_judged_at_once() {
        assert_eq!(first("clairesu1234", "xK9#mQ2v", "xK9#mQ2v"), []);
        assert_eq!(first(" clairesu1234 ", "xK9#mQ2v", "xK9#mQ2v"), []);
        assert_eq!(first("", "", ""), [(Field::Account, Wrong::Missing), (Field::Password, Wrong::Missing)]);
        assert_eq!(
            first("1claire", "short", "short"),
            [(Field::Account, Wrong::AccountMalformed), (Field::Password, Wrong::PasswordTooShort)]
        );
        assert_eq!(first("clairesu1234", "xK9#mQ2v", "xK9#mQ2w"), [(Field::PasswordAgain, Wrong::NotTheSame)]);
        assert_eq!(first("clairesu1234", "xK9#mQ2v", ""), [(Field::PasswordAgain, Wrong::Missing)]);
        // Typed once with dead keys, and once with the key that has both; seven characters, not eight.
        assert_eq!(first("clairesu1234", "e\u{301}xK9#mQ2v", "\u{e9}xK9#mQ2v"), []);
        assert_eq!(
            first("clairesu1234", "e\u{301}xK9#mQ", "e\u{301}xK9#mQ"),
            [(Field::Password, Wrong::PasswordTooShort)]
        );
    }

    fn second(name: &str, email: &str, email_again: &str, nickname: &str) -> Result<Basics, Vec<(Field, Wrong)>> {
        basics(BasicsForm { name, email, email_again, nickname }).map_err(|errors| said(&errors))
    }

    #[test]
    fn every_field_of_the_second_step_is_judged_at_once() {
        let good = second(" 蘇小美 ", "claire@example.gov.tw", " claire@example.gov.tw", "");
        let basics = Basics { name: "蘇小美".into(), email: "claire@example.gov.tw".into(), nickname: None };
        assert_eq!(good, Ok(basics));
        assert_eq!(
            second("", "claire", "claire", "\u{202e}"),
            Err(vec![
                (Field::Name, Wrong::Missing),
                (Field::Email, Wrong::EmailMalformed),
                (Field::Nickname, Wrong::NameMalformed)
            ])
        );
        assert_eq!(
            second(&"王".repeat(51), "a@example.tw", "b@example.tw", ""),
            Err(vec![(Field::Name, Wrong::TooLong(50)), (Field::EmailAgain, Wrong::NotTheSame)])
        );
    }

    #[test]
    fn steps_lead_from_one_to_the_next_and_back() {
        assert_eq!(Step::Account.next(), Some(Step::Basics));
        assert_eq!(Step::Account.previous(), None);
        assert_eq!(Step::Confirm.next(), None);
        assert_eq!(Step::Basics.next(), Some(Step::Further));
        assert_eq!(Step::Confirm.previous(), Some(Step::Recovery));
        assert_eq!(Step::Confirm.number(), Step::ALL.len());
    }
}
