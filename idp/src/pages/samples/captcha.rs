//! What a page asks of a person: a picture, one that was misread, and a mailed code.

use crate::pages::CaptchaField;
use idp_core::captcha::{No, Place};

pub(super) fn captchas(place: Place) -> [CaptchaField; 3] {
    [field(place, false, None), field(place, false, Some(No::Wrong)), field(place, true, None)]
}

/// A mailed code that was mistyped, one that is used up, and one that is not mailed again so soon.
pub(super) fn code_problems(place: Place) -> [CaptchaField; 3] {
    let soon = No::MailedOften { seconds: 42 };
    [field(place, true, Some(No::CodeWrong)), field(place, false, Some(No::CodeOver)), field(place, true, Some(soon))]
}

fn field(place: Place, mailed: bool, no: Option<No>) -> CaptchaField {
    CaptchaField { challenge: "AAAA".into(), mailed, typed: String::new(), no, place }
}
