//! What a page asks of a person: a picture, one that was misread, and a mailed code.

use crate::pages::CaptchaField;
use idp_core::captcha::{No, Place};

pub(super) fn captchas(place: Place) -> [CaptchaField; 3] {
    let field = |mailed, no| CaptchaField {
        challenge: "AAAA".into(),
        mailed,
        typed: String::new(),
        no,
        place,
        asked_for: mailed,
    };
    [field(false, None), field(false, Some(No::Wrong)), field(true, None)]
}
