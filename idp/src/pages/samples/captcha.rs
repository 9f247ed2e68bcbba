//! What a page asks of a person: a picture, one that was misread, and a mailed code.

use crate::pages::CaptchaField;
use idp_core::captcha::{No, Place};

pub(super) fn captchas(place: Place) -> [CaptchaField; 3] {
    [field(place, false, None), field(place, false, Some(No::Wrong)), field(place, true, None)]
}

/// A mailed code that was mistyped, one that is used up, one that is not mailed again so soon, one that is mailed to nobody now, and an
/// address that answered wrongly too often.
pub(super) fn code_problems(place: Place) -> [CaptchaField; 5] {
    let seconds = 42;
    [
        field(place, true, Some(No::CodeWrong)),
        field(place, false, Some(No::CodeOver)),
        field(place, true, Some(No::CodeSent { seconds })),
        field(place, false, Some(No::MailedOften { seconds })),
        field(place, false, Some(No::TooMany { seconds })),
    ]
}

fn field(place: Place, mailed: bool, no: Option<No>) -> CaptchaField {
    CaptchaField { challenge: "AAAA".into(), mailed, typed: String::new(), no, place, asked_for: mailed }
}
