//! 帳號確認信: the link that activates an account.

use super::Letter;
use crate::text::Language;

/// The letter.
///
/// * `account`: the account name.
/// * `link`: address of the page with the button.
/// * `until`: the last moment at which it works, as people read it.
pub fn activation(lang: Language, brand: &str, account: &str, link: String, until: &str) -> Letter {
    let words = &lang.text().membership.letters;
    Letter {
        lang,
        brand: brand.to_owned(),
        subject: (words.activation_subject)(brand),
        paragraphs: vec![(words.activation_why)(brand, account), (words.activation_how)(until)],
        link: Some((words.activation_link, link)),
        notes: vec![words.activation_not_you.to_owned(), words.no_answer.to_owned()],
    }
}
