//! What who changes their account is sent: of another e-mail address the new one the link, those of before that it was asked for, and
//! that it was done; and that 忘記密碼救援 is another.

use super::Letter;
use super::forgotten::letter;
use crate::text::{AccountLetters, Language};
use idp_core::membership::recovery::{Became, Changes};

/// To the new address: the link that confirms it.
///
/// * `until`: the last moment at which it works, as people read it.
pub fn email_confirm(lang: Language, brand: &str, account: &str, link: String, until: &str) -> Letter {
    let (words, no_answer) = words(lang);
    let paragraphs = vec![(words.confirm_why)(brand, account), (words.confirm_how)(until)];
    let notes = vec![words.confirm_not_you.to_owned(), no_answer];
    letter(lang, brand, (words.confirm_subject)(brand), paragraphs, notes).leading_to(words.confirm_link, link)
}

/// Whether the links of 忘記密碼 go to the mailbox that a letter goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resets<'a> {
    /// They do.
    Here,
    /// They do until this moment, as people read it: the account has another address, which has not settled.
    HereUntil(&'a str),
    /// They do not before this moment: it is the address that has not settled.
    NotBefore(&'a str),
}

/// To where the account is told what happens: another address was asked for.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not ask.
pub fn email_change_asked(
    (lang, brand): (Language, &str),
    account: &str,
    at: &str,
    resets: Resets<'_>,
    link: String,
) -> Letter {
    let (words, no_answer) = words(lang);
    let reset = lang.text().membership.forgotten.letters.changed_link;
    let mut paragraphs = vec![(words.asked_what)(brand, account, at), words.asked_not_you.to_owned()];
    match resets {
        Resets::Here => paragraphs.extend([words.asked_until.to_owned(), words.asked_counts.to_owned()]),
        Resets::HereUntil(_) => paragraphs.push(words.asked_counts.to_owned()),
        Resets::NotBefore(_) => paragraphs.push(words.asked_until.to_owned()),
    }
    let letter = letter(lang, brand, (words.asked_subject)(brand), paragraphs, vec![no_answer]);
    letter.leading_to(reset, link).about_resets(resets)
}

/// To the addresses of before: another is that of the account now.
///
/// * `at`: when, as people read it.
/// * `link`: to 忘記密碼, for whoever did not change it and reads where its links go.
pub fn email_changed(
    (lang, brand): (Language, &str),
    account: &str,
    at: &str,
    resets: Resets<'_>,
    link: String,
) -> Letter {
    let (words, no_answer) = words(lang);
    let what = (words.changed_what)(brand, account, at);
    let told = |paragraphs| letter(lang, brand, (words.changed_subject)(brand), paragraphs, vec![no_answer]);
    match resets {
        Resets::HereUntil(until) => {
            let reset = lang.text().membership.forgotten.letters.changed_link;
            told(vec![what, (words.changed_until)(until), (words.changed_undo)(until)]).leading_to(reset, link)
        }
        Resets::Here | Resets::NotBefore(_) => {
            told(vec![what, words.changed_no_more.to_owned(), words.changed_not_you.to_owned()])
        }
    }
}

/// 忘記密碼救援 was changed.
///
/// * `moments`: when, and from when on what is new counts, as people read them.
/// * `changes`: what became of which part; `None`: that is not known.
/// * `link`: to 忘記密碼, for whoever did not change it.
pub fn recovery_changed(
    (lang, brand): (Language, &str),
    account: &str,
    moments: &[String; 2],
    changes: Option<Changes>,
    link: String,
) -> Letter {
    let (words, no_answer) = words(lang);
    let reset = lang.text().membership.forgotten.letters.changed_link;
    let [at, from] = moments;
    let part = |became, (changed, removed): (fn(&str) -> String, &'static str)| match became {
        Became::Same => None,
        Became::Changed => Some(changed(from)),
        Became::Removed => Some(removed.to_owned()),
    };
    let parts = changes.map(|changes| {
        let hint = part(changes.hint, (words.recovery_hint, words.recovery_no_hint));
        [hint, part(changes.mobile, (words.recovery_mobile, words.recovery_no_mobile))]
    });
    let is_new = changes.is_none_or(|changes| [changes.hint, changes.mobile].contains(&Became::Changed));
    let undone = is_new.then(|| words.recovery_undone.to_owned());
    let mut paragraphs = vec![(words.recovery_what)(brand, account, at)];
    paragraphs.extend(parts.into_iter().flatten().flatten());
    paragraphs.push(words.recovery_not_you.to_owned());
    paragraphs.extend(undone);
    letter(lang, brand, (words.recovery_subject)(brand), paragraphs, vec![no_answer]).leading_to(reset, link)
}

fn words(lang: Language) -> (&'static AccountLetters, String) {
    let text = lang.text();
    (&text.account.letters, text.membership.letters.no_answer.to_owned())
}

impl Letter {
    /// Tells, in a letter that leads to 忘記密碼, that its links do not come to this mailbox yet.
    #[must_use]
    pub fn about_resets(mut self, resets: Resets<'_>) -> Self {
        if let (Resets::NotBefore(until), Some(_)) = (resets, &self.link) {
            self.paragraphs.push((self.lang.text().account.letters.resets_not_before)(until));
        }
        self
    }
}
