//! What who changes their account is sent: of another e-mail address the new one the link, the old one that it was asked for, and that
//! it was done; and that 忘記密碼救援 is another.

use super::Letter;
use super::forgotten::letter;
use crate::text::{AccountLetters, Language};

/// To the new address: the link that confirms it.
///
/// * `until`: the last moment at which it works, as people read it.
pub fn email_confirm(lang: Language, brand: &str, account: &str, link: String, until: &str) -> Letter {
    let (words, no_answer) = words(lang);
    let paragraphs = vec![(words.confirm_why)(brand, account), (words.confirm_how)(until)];
    let notes = vec![words.confirm_not_you.to_owned(), no_answer];
    letter(lang, brand, (words.confirm_subject)(brand), paragraphs, notes).leading_to(words.confirm_link, link)
}

/// To the old address: another was asked for.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not ask.
pub fn email_change_asked(lang: Language, brand: &str, account: &str, at: &str, link: String) -> Letter {
    let (words, no_answer) = words(lang);
    let reset = lang.text().membership.forgotten.letters.changed_link;
    let paragraphs =
        vec![(words.asked_what)(brand, account, at), words.asked_until.to_owned(), words.asked_not_you.to_owned()];
    letter(lang, brand, (words.asked_subject)(brand), paragraphs, vec![no_answer]).leading_to(reset, link)
}

/// To the old address: another counts now.
///
/// * `at`: when, as people read it.
pub fn email_changed(lang: Language, brand: &str, account: &str, at: &str) -> Letter {
    let (words, no_answer) = words(lang);
    let paragraphs = vec![(words.changed_what)(brand, account, at), words.changed_not_you.to_owned()];
    letter(lang, brand, (words.changed_subject)(brand), paragraphs, vec![no_answer])
}

/// 忘記密碼救援 was changed.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not change it.
pub fn recovery_changed(lang: Language, brand: &str, account: &str, at: &str, link: String) -> Letter {
    let (words, no_answer) = words(lang);
    let reset = lang.text().membership.forgotten.letters.changed_link;
    let paragraphs = vec![
        (words.recovery_what)(brand, account, at),
        words.recovery_counts.to_owned(),
        words.recovery_not_you.to_owned(),
    ];
    letter(lang, brand, (words.recovery_subject)(brand), paragraphs, vec![no_answer]).leading_to(reset, link)
}

fn words(lang: Language) -> (&'static AccountLetters, String) {
    let text = lang.text();
    (&text.account.letters, text.membership.letters.no_answer.to_owned())
}
