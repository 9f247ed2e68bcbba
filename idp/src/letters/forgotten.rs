//! What who forgot something is sent; that a password was changed, a name locked, a hint question removed.

use super::Letter;
use crate::text::Language;

/// 忘記密碼: the link that sets another password.
///
/// * `until`: the last moment at which it works, as people read it.
pub fn password_reset(lang: Language, brand: &str, account: &str, link: String, until: &str) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs = vec![(words.reset_why)(brand, account), (words.reset_how)(until)];
    let notes = vec![words.not_you.to_owned(), letters.no_answer.to_owned()];
    letter(lang, brand, (words.reset_subject)(brand), paragraphs, notes).leading_to(words.reset_link, link)
}

/// 忘記密碼 of an account that is not activated: what has to come first.
///
/// * `activation`: the letter that activates it.
pub fn activate_first(brand: &str, account: &str, activation: Letter) -> Letter {
    let (words, _) = words(activation.lang);
    let mut paragraphs = vec![(words.reset_why)(brand, account), words.not_activated.to_owned()];
    // Who applied, and why this letter came, was said.
    paragraphs.extend(activation.paragraphs.into_iter().skip(1));
    Letter { subject: (words.reset_subject)(brand), paragraphs, ..activation }
}

/// 忘記密碼 of an account that an administrator locked.
pub fn locked(lang: Language, brand: &str, account: &str) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs = vec![(words.reset_why)(brand, account), words.locked.to_owned()];
    let notes = vec![words.not_you.to_owned(), letters.no_answer.to_owned()];
    letter(lang, brand, (words.reset_subject)(brand), paragraphs, notes)
}

/// 忘記帳號: the account names of an address.
pub fn account_names(lang: Language, brand: &str, accounts: Vec<String>, link: String) -> Letter {
    let (words, letters) = words(lang);
    let mut paragraphs = vec![(words.names_why)(brand), words.names_are.to_owned()];
    paragraphs.extend(accounts);
    let notes = vec![words.not_you.to_owned(), letters.no_answer.to_owned()];
    letter(lang, brand, (words.names_subject)(brand), paragraphs, notes).leading_to(words.sign_in_link, link)
}

/// The password was changed.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not change it.
pub fn password_changed(lang: Language, brand: &str, account: &str, at: &str, link: String) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs =
        vec![(words.changed_what)(brand, account, at), words.changed_ends.to_owned(), words.changed_not_you.to_owned()];
    let notes = vec![letters.no_answer.to_owned()];
    letter(lang, brand, (words.changed_subject)(brand), paragraphs, notes).leading_to(words.changed_link, link)
}

/// Wrong passwords locked the account for a while.
///
/// * `moments`: from when until when, as people read them.
/// * `link`: to 忘記密碼.
pub fn sign_in_locked((lang, brand): (Language, &str), account: &str, moments: &[String; 2], link: String) -> Letter {
    let words = &lang.text().membership.rescue.locked;
    let [from, until] = moments;
    let what = (words.what)(brand, account, from, until);
    let paragraphs = vec![what, words.you.to_owned(), words.not_you.to_owned()];
    let notes = vec![lang.text().membership.letters.no_answer.to_owned()];
    letter(lang, brand, (words.subject)(brand), paragraphs, notes).leading_to(words.link, link)
}

/// An operator removed the hint question.
pub fn hint_forgotten(lang: Language, brand: &str, account: &str) -> Letter {
    let words = &lang.text().membership.rescue.hint_forgotten;
    let paragraphs = vec![(words.what)(brand, account), words.not_you.to_owned()];
    let notes = vec![lang.text().membership.letters.no_answer.to_owned()];
    letter(lang, brand, (words.subject)(brand), paragraphs, notes)
}

fn words(lang: Language) -> (&'static crate::text::ForgottenLetters, &'static crate::text::LettersText) {
    let words = &lang.text().membership;
    (&words.forgotten.letters, &words.letters)
}

pub(super) fn letter(
    lang: Language,
    brand: &str,
    subject: String,
    paragraphs: Vec<String>,
    notes: Vec<String>,
) -> Letter {
    Letter { lang, brand: brand.to_owned(), subject, paragraphs, link: None, notes }
}

impl Letter {
    pub(super) fn leading_to(self, words: &'static str, address: String) -> Self {
        Self { link: Some((words, address)), ..self }
    }
}
