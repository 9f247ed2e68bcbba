//! What holds for every letter and text message there is, in both languages, plain and in HTML.

use super::{Letter, Resets, Sender};
use crate::letters;
use crate::pages::dates::moment_text;
use crate::text::Language;
use idp_core::UnixMillis;
use idp_core::membership::message::Purpose;
use idp_core::membership::recovery::{Became, Changes};
use mail_parser::{MessageParser, MessagePart};
use std::collections::HashSet;

/// With every character that HTML escapes.
const BRAND: &str = "我的E政府 <&\"'>";
const DESK: &str = "0800-000-000 <&\"'>";
const ACCOUNT: &str = "clairesu1234";
const ANOTHER: &str = "mother01";
const LINK: &str = "https://idp.example.gov.tw/some/where?key=a&b=c";
const CODE: &str = "12345678";
const MOMENT: i64 = 1_795_244_645_000;

/// Every letter that is sent for a purpose. No purpose can be forgotten here.
fn letters_for(purpose: Purpose, lang: Language) -> Vec<Letter> {
    let at = moment_text(MOMENT, lang);
    let link = || LINK.to_owned();
    let activation = || letters::activation(lang, BRAND, ACCOUNT, link(), &at);
    match purpose {
        Purpose::Activation | Purpose::ActivationAgain => vec![activation()],
        Purpose::PasswordReset => vec![
            letters::password_reset(lang, BRAND, ACCOUNT, link(), &at),
            letters::activate_first(BRAND, ACCOUNT, activation()),
            letters::locked(lang, BRAND, ACCOUNT),
        ],
        Purpose::AccountNames => {
            vec![letters::account_names(lang, BRAND, vec![ACCOUNT.into(), ANOTHER.into()], link())]
        }
        Purpose::PasswordChanged => {
            let changed = || letters::password_changed(lang, BRAND, ACCOUNT, &at, link());
            let until = moment_text(MOMENT + 604_800_000, lang);
            vec![changed(), changed().about_resets(Resets::NotBefore(&until))]
        }
        Purpose::ResetCode => vec![],
        Purpose::SignInLocked => {
            let moments = [at, moment_text(MOMENT + 900_000, lang)];
            vec![letters::sign_in_locked((lang, BRAND), ACCOUNT, &moments, link())]
        }
        Purpose::HintForgotten => vec![letters::hint_forgotten(lang, BRAND, ACCOUNT)],
        Purpose::DeletionAsked => vec![letters::deletion_asked(lang, BRAND, ACCOUNT, &at, link())],
        Purpose::DeletionUndone => vec![letters::deletion_undone(lang, BRAND, ACCOUNT, &at, link())],
        Purpose::AccountDeleted => vec![letters::account_deleted(lang, BRAND, &at)],
        Purpose::JoinCode | Purpose::SignInCode => vec![letters::captcha_code(lang, BRAND, CODE.into())],
        Purpose::EmailConfirm => vec![letters::email_confirm(lang, BRAND, ACCOUNT, link(), &at)],
        Purpose::EmailChangeAsked => {
            let until = moment_text(MOMENT + 604_800_000, lang);
            let ways = [Resets::Here, Resets::HereUntil(&until), Resets::NotBefore(&until)];
            ways.map(|resets| letters::email_change_asked((lang, BRAND), ACCOUNT, &at, resets, link())).into()
        }
        Purpose::EmailChanged => {
            let until = moment_text(MOMENT + 604_800_000, lang);
            let ways = [Resets::HereUntil(&until), Resets::NotBefore(&until)];
            ways.map(|resets| letters::email_changed((lang, BRAND), ACCOUNT, &at, resets, link())).into()
        }
        Purpose::RecoveryChanged => {
            let moments = [at, moment_text(MOMENT + 604_800_000, lang)];
            let became = [Became::Same, Became::Changed, Became::Removed];
            let each = became.into_iter().flat_map(|hint| became.map(|mobile| Some(Changes { hint, mobile })));
            let told = each.filter(|changes| *changes != Some(Changes { hint: Became::Same, mobile: Became::Same }));
            let letter = |changes| letters::recovery_changed((lang, BRAND), ACCOUNT, &moments, changes, link());
            told.chain([None]).map(letter).collect()
        }
    }
}

/// The same of text messages.
fn texts_for(purpose: Purpose, lang: Language) -> Vec<String> {
    let words = &lang.text().membership.rescue;
    match purpose {
        Purpose::ResetCode => vec![(words.code_message)(BRAND, CODE)],
        Purpose::PasswordChanged => vec![(words.changed_message)(BRAND, ACCOUNT)],
        Purpose::RecoveryChanged => vec![(words.recovery_message)(BRAND, ACCOUNT)],
        Purpose::EmailChanged => vec![(words.email_message)(BRAND, ACCOUNT)],
        _ => vec![],
    }
}

/// A letter as it arrives: its subject and both its parts.
struct Arrived {
    subject: String,
    plain: String,
    html: String,
}

fn arrived(letter: &Letter) -> Arrived {
    let from = Sender {
        address: "noreply@idp.example.gov.tw".parse().expect("an address"),
        brand: BRAND.into(),
        service_desk: Some(DESK.into()),
    };
    let (_, bytes) = letter.to_mail((&from, "claire@example.gov.tw"), "01", UnixMillis(MOMENT)).expect("a mail");
    let mail = MessageParser::default().parse(&bytes).expect("a mail");
    let part = |part: Option<std::borrow::Cow<'_, str>>| part.expect("both parts").replace("\r\n", "\n");
    // What the parser makes of the other part, where one is missing, says the same whatever was written.
    let is_html = |part: Option<&MessagePart<'_>>| part.expect("both parts").is_text_html();
    assert_eq!((is_html(mail.text_part(0)), is_html(mail.html_part(0))), (false, true));
    Arrived {
        subject: mail.subject().unwrap_or_default().to_owned(),
        plain: part(mail.body_text(0)),
        html: part(mail.body_html(0)),
    }
}

/// What a reader of the plain part reads, line by line, without the line under which the brand stands.
fn lines_of_plain(plain: &str) -> Vec<String> {
    let (said, signed) = plain.rsplit_once("-- \n").expect("a signature");
    assert_eq!(signed.trim_end(), BRAND);
    said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What a reader of the HTML part reads: the brand, the heading, and the paragraphs, each a line.
fn lines_of_html(html: &str) -> Vec<String> {
    let body = html.split_once("<body").expect("a body").1;
    let blocks = body.split("<p ").flat_map(|piece| piece.split("<h1 ")).skip(1);
    let text = |block: &str| {
        let inner = block.split_once('>').expect("a tag").1;
        let inner = inner.split("</p>").next().unwrap_or_default().split("</h1>").next().unwrap_or_default();
        let plain: String =
            inner.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
        unescaped(&plain)
    };
    blocks.map(text).collect()
}

fn unescaped(html: &str) -> String {
    let plain = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    plain.into_iter().fold(html.to_owned(), |text, (code, letter)| text.replace(code, letter))
}

fn is_han(letter: char) -> bool {
    matches!(u32::from(letter), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

/// Without what is the same in both languages: names, addresses, codes.
fn words_of(text: &str) -> String {
    [BRAND, LINK, ACCOUNT, ANOTHER, CODE].into_iter().fold(text.to_owned(), |text, name| text.replace(name, " "))
}

/// Why it is not in that language; `None`: it is.
fn not_in(lang: Language, text: &str) -> Option<String> {
    let words = words_of(text);
    let found = match lang {
        Language::En => words.chars().find(|letter| is_han(*letter)).map(String::from),
        Language::ZhTw => words
            .split(|letter: char| !letter.is_ascii_alphabetic())
            .find(|word| !word.is_empty())
            .map(str::to_owned)
            .or_else(|| (!words.chars().any(is_han)).then(|| "no Han".to_owned())),
    };
    found.map(|found| format!("{found:?} in {text}"))
}

fn every_letter() -> Vec<(Purpose, [Letter; 2])> {
    let both = |purpose| {
        let [zh, en] = Language::ALL.map(|lang| letters_for(purpose, lang));
        assert_eq!(zh.len(), en.len());
        zh.into_iter().zip(en).map(move |(zh, en)| (purpose, [zh, en]))
    };
    Purpose::ALL.into_iter().flat_map(both).collect()
}

#[test]
fn the_plain_part_and_the_html_say_the_same_and_lead_to_the_same_place() {
    for (purpose, both) in every_letter() {
        for letter in both {
            let mail = arrived(&letter);
            let (plain, html) = (lines_of_plain(&mail.plain), lines_of_html(&mail.html));
            assert_eq!(html.first().map(String::as_str), Some(BRAND), "{purpose:?}");
            assert_eq!(html.get(1), Some(&mail.subject), "{purpose:?}: the heading is the subject");
            assert_eq!(html.get(2..), Some(&*plain), "{purpose:?}");
            let desk = format!("{}{DESK}", letter.lang.text().frame.service_desk);
            assert_eq!(plain.last(), Some(&desk), "{purpose:?}");
            assert!(plain.len() >= 4 && plain.iter().all(|line| !line.trim().is_empty()), "{purpose:?}: {plain:?}");
            let pressed: Vec<_> = mail.html.split("href=\"").skip(1).map(|rest| rest.split('"').next()).collect();
            let led: Vec<_> = plain.iter().filter(|line| line.starts_with("https:")).map(String::as_str).collect();
            let pressed: Vec<_> = pressed.into_iter().flatten().map(unescaped).collect();
            assert_eq!(pressed, led, "{purpose:?}");
            assert_eq!(led, letter.link.as_ref().map(|_| LINK).as_slice(), "{purpose:?}");
        }
    }
}

#[test]
fn every_letter_is_in_its_language_whole() {
    for (purpose, both) in every_letter() {
        for (letter, lang) in both.iter().zip(Language::ALL) {
            assert_eq!(letter.lang, lang, "{purpose:?}");
            let mail = arrived(letter);
            assert!(mail.html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{purpose:?}");
            let lines = lines_of_plain(&mail.plain);
            // A line that is a name or an address alone is in no language.
            let said = lines.iter().filter(|line| !words_of(line).trim().is_empty());
            for line in said.chain([&mail.subject]) {
                assert_eq!(not_in(lang, line), None, "{purpose:?}");
            }
        }
    }
}

#[test]
fn both_languages_name_the_same_things_at_the_same_places() {
    for (purpose, [zh, en]) in every_letter() {
        let shape = |letter: &Letter, lang| {
            let names = [BRAND.to_owned(), ACCOUNT.into(), ANOTHER.into(), CODE.into(), moment_text(MOMENT, lang)];
            let named = |text: &String| names.iter().map(|name| text.matches(&**name).count()).collect::<Vec<_>>();
            let paragraphs: Vec<_> = letter.paragraphs.iter().map(named).collect();
            (named(&letter.subject), paragraphs, letter.link.is_some(), letter.notes.len())
        };
        assert_eq!(shape(&zh, Language::ZhTw), shape(&en, Language::En), "{purpose:?}");
    }
}

#[test]
fn no_two_letters_say_the_same() {
    let mut seen = HashSet::new();
    for (purpose, both) in every_letter() {
        let again = matches!(purpose, Purpose::ActivationAgain | Purpose::SignInCode);
        for letter in both {
            let said = format!("{} {:?}", letter.subject, letter.paragraphs);
            assert_eq!(seen.insert(said), !again, "{purpose:?}: {}", letter.subject);
        }
    }
}

#[test]
fn every_purpose_is_told_by_mail_or_text_message_in_its_language() {
    for purpose in Purpose::ALL {
        for lang in Language::ALL {
            let texts = texts_for(purpose, lang);
            assert!(!texts.is_empty() || !letters_for(purpose, lang).is_empty(), "{purpose:?}");
            for text in texts {
                assert_eq!(not_in(lang, &text), None, "{purpose:?}");
                assert!(text.contains(BRAND) && (text.contains(CODE) || text.contains(ACCOUNT)), "{text}");
            }
        }
    }
}

#[test]
fn no_log_can_print_what_a_letter_opens() {
    for letter in Purpose::ALL.into_iter().flat_map(|purpose| letters_for(purpose, Language::En)) {
        let printed = format!("{letter:?}");
        assert!(printed.contains("Letter"), "{printed}");
        for secret in [LINK, CODE, ACCOUNT] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
