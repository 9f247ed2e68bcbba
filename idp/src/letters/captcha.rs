//! The code by mail beside a picture.

use super::Letter;
use crate::text::Language;

/// The letter.
pub fn captcha_code(lang: Language, brand: &str, code: String) -> Letter {
    let text = lang.text();
    let words = &text.captcha;
    Letter {
        lang,
        brand: brand.to_owned(),
        subject: (words.letter_subject)(brand),
        paragraphs: vec![(words.letter_why)(brand), code, words.letter_how.to_owned()],
        link: None,
        notes: vec![words.letter_not_you.to_owned(), text.membership.letters.no_answer.to_owned()],
    }
}
