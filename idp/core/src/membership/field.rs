//! The fields of the forms, and what can be wrong with each. The words are the pages'.

/// A field of a form; its name is also its element id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// 帳號.
    Account,
    /// 密碼.
    Password,
    /// 確認密碼.
    PasswordAgain,
    /// 中文姓名.
    Name,
    /// 電子信箱.
    Email,
    /// 確認電子信箱.
    EmailAgain,
    /// 暱稱.
    Nickname,
    /// 我已經詳細閱讀並同意.
    Agree,
}

impl Field {
    /// As the form sends it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Password => "new-password",
            Self::PasswordAgain => "new-password-again",
            Self::Name => "name",
            Self::Email => "email",
            Self::EmailAgain => "email-again",
            Self::Nickname => "nickname",
            Self::Agree => "agree",
        }
    }
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// Nothing was typed.
    Missing,
    /// No account name.
    AccountMalformed,
    /// Somebody has that account name.
    AccountTaken,
    /// The password is too short.
    PasswordTooShort,
    /// The password is too long: the most characters.
    PasswordTooLong(usize),
    /// The password lacks a letter or a digit.
    PasswordNeedsLetterAndDigit,
    /// The password holds what is not on the keyboard.
    PasswordNotOnKeyboard,
    /// The password is the account name.
    PasswordIsAccountName,
    /// The password is common.
    PasswordCommon,
    /// The second is not the first.
    NotTheSame,
    /// No name people can read.
    NameMalformed,
    /// Too long, in characters.
    TooLong(usize),
    /// No e-mail address.
    EmailMalformed,
    /// Too many mails went to that address lately.
    EmailTooMany,
    /// The terms have to be agreed to.
    NotAgreed,
}

/// A field and what is wrong with it (a person must correct it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// Why.
    pub wrong: Wrong,
}

impl FieldError {
    /// What is wrong with a field.
    pub const fn new(field: Field, wrong: Wrong) -> Self {
        Self { field, wrong }
    }
}
