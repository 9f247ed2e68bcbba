//! The fields of the forms, and what can be wrong with each. The words are the pages'.

use super::county::County;
use super::district::District;

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
    /// 生日: the year, 民國 or 西元.
    BirthYear,
    /// 生日: the month.
    BirthMonth,
    /// 生日: the day.
    BirthDay,
    /// 身分證字號 or 外來人口統一證號.
    NationalId,
    /// 性別.
    Gender,
    /// 縣市.
    County,
    /// 鄉鎮市區.
    District,
    /// 郵遞區號.
    PostalCode,
    /// 街道門牌.
    Street,
    /// 電話.
    Phone,
    /// 分機.
    Extension,
    /// 密碼提示問題: one of those that are offered, or one's own.
    HintQuestion,
    /// 自訂的問題.
    OwnQuestion,
    /// 密碼提示答案.
    HintAnswer,
    /// 救援手機.
    RescueMobile,
    /// 我已經詳細閱讀並同意.
    Agree,
    /// By which way help comes: mail or text message.
    Way,
    /// 簡訊驗證碼.
    TextCode,
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
            Self::BirthYear => "birth-year",
            Self::BirthMonth => "birth-month",
            Self::BirthDay => "birth-day",
            Self::NationalId => "national-id",
            Self::Gender => "gender",
            Self::County => "county",
            Self::District => "district",
            Self::PostalCode => "postal-code",
            Self::Street => "street",
            Self::Phone => "phone",
            Self::Extension => "extension",
            Self::HintQuestion => "hint-question",
            Self::OwnQuestion => "own-question",
            Self::HintAnswer => "hint-answer",
            Self::RescueMobile => "rescue-mobile",
            Self::Agree => "agree",
            Self::Way => "way",
            Self::TextCode => "text-code",
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
    /// The password is the one that the account has.
    PasswordUnchanged,
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
    /// It is the address that the account has.
    EmailUnchanged,
    /// The address was corrected as often as it may be.
    EmailCorrectedOften,
    /// No year, month or day: one that no calendar has.
    NoSuchDay,
    /// A day that is still to come.
    InFuture,
    /// A day so long ago that nobody lives who was born then.
    TooLongAgo,
    /// No number with a right check digit.
    NationalIdMalformed,
    /// Not one of those that are offered.
    NotOffered,
    /// It is not in the county that was chosen, but in this one.
    DistrictElsewhere(&'static County),
    /// Its three digits are those of another district than the one that was chosen, which is this one.
    PostalCodeElsewhere(&'static District),
    /// No postal code.
    PostalCodeMalformed,
    /// No telephone number.
    PhoneMalformed,
    /// No extension, or one of a mobile, which has none.
    ExtensionMalformed,
    /// No mobile number.
    MobileMalformed,
    /// The answer is soon guessed, being so short: the fewest characters.
    AnswerTooShort(usize),
    /// The answer is the question, or stands in one of one's own: everybody is shown it.
    AnswerInQuestion,
    /// The answer is the account name, which whoever asks has typed.
    AnswerIsAccountName,
    /// The terms have to be agreed to.
    NotAgreed,
    /// No code: the number of its digits.
    CodeMalformed(usize),
    /// Not the code of the text message: so many tries are left.
    CodeWrong(u32),
    /// Not the answer to the hint question: so many tries are left.
    AnswerWrong(u32),
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

/// Collects what is wrong with the fields of one form.
pub(super) struct Judge {
    /// Whether an empty field is wrong.
    pub(super) required: bool,
    pub(super) errors: Vec<FieldError>,
}

impl Judge {
    pub(super) fn new(required: bool) -> Self {
        Self { required, errors: Vec::new() }
    }

    pub(super) fn wrong(&mut self, field: Field, wrong: Wrong) {
        self.errors.push(FieldError::new(field, wrong));
    }

    /// What stands in a field. `None`: nothing, or what is wrong and was noted.
    pub(super) fn take<T>(
        &mut self,
        (field, typed): (Field, &str),
        read: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let typed = typed.trim();
        if typed.is_empty() {
            if self.required {
                self.wrong(field, Wrong::Missing);
            }
            return None;
        }
        read(typed).map_err(|wrong| self.wrong(field, wrong)).ok()
    }
}
