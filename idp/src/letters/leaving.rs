//! What who leaves is sent: that 刪除帳號 was asked for, undone, carried out.

use super::Letter;
use crate::text::{Language, LeavingLetters, LettersText};

/// It was asked for.
///
/// * `until`: when the account is removed, as people read it.
/// * `link`: to signing in, which leads to undoing it.
pub fn deletion_asked(lang: Language, brand: &str, account: &str, until: &str, link: String) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs = vec![(words.asked_what)(brand, account, until), (words.asked_undo)(until)];
    let notes = vec![words.asked_not_you.to_owned(), letters.no_answer.to_owned()];
    let link = Some((words.asked_link, link));
    Letter { lang, brand: brand.to_owned(), subject: (words.asked_subject)(brand), paragraphs, link, notes }
}

/// It was undone.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not undo it.
pub fn deletion_undone(lang: Language, brand: &str, account: &str, at: &str, link: String) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs = vec![(words.undone_what)(brand, account, at), words.undone_not_you.to_owned()];
    let notes = vec![letters.no_answer.to_owned()];
    let link = Some((words.undone_link, link));
    Letter { lang, brand: brand.to_owned(), subject: (words.undone_subject)(brand), paragraphs, link, notes }
}

/// The account is gone. It is not named: nothing of it is kept until this letter leaves, but where it goes.
///
/// * `at`: when, as people read it.
pub fn account_deleted(lang: Language, brand: &str, at: &str) -> Letter {
    let (words, letters) = words(lang);
    let paragraphs = vec![(words.gone_what)(brand, at), words.gone_portals.to_owned(), words.gone_again.to_owned()];
    let notes = vec![letters.no_answer.to_owned()];
    Letter { lang, brand: brand.to_owned(), subject: (words.gone_subject)(brand), paragraphs, link: None, notes }
}

fn words(lang: Language) -> (&'static LeavingLetters, &'static LettersText) {
    let words = &lang.text().membership;
    (&words.leaving.letters, &words.letters)
}
