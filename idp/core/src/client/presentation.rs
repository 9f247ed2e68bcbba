//! What people are shown of a portal beside its name: links, a logo, whom to ask; each link in one language or several
//! (RFC 7591 §2.2, OpenID Connect Dynamic Client Registration 1.0 §2.1).

use super::redirect_uri::is_loopback;
use super::registration::{FieldError, LONGEST_NAME};
use crate::shown_text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use url::Url;

/// The longest address of a page, in bytes.
const LONGEST_URI: usize = 512;
/// Languages that one member may be given in.
pub const MOST_LANGUAGES: usize = 20;
/// The longest language tag (RFC 5646 §4.4.1).
const LONGEST_TAG: usize = 35;
/// Addresses of people who look after a client.
const MOST_CONTACTS: usize = 10;
/// The longest of them, in characters.
const LONGEST_CONTACT: usize = 254;

/// Something that people read, by language tag; the empty tag stands for no language in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localised(pub BTreeMap<String, String>);

impl Localised {
    /// The same for everybody.
    pub fn plain(text: Option<String>) -> Self {
        Self(text.map(|text| (String::new(), text)).into_iter().collect())
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The best of them for a reader of these languages, the dearest first, in lower case: `zh` reads `zh` and `zh-…`. Where
    /// there is none, what is in no language in particular; `None` where that is missing, too.
    pub fn for_reader(&self, languages: &[&str]) -> Option<&str> {
        let reads = |language: &str, tag: &str| {
            let tag = tag.to_ascii_lowercase();
            tag == language || tag.strip_prefix(language).is_some_and(|rest| rest.starts_with('-'))
        };
        let of = |language: &&str| self.0.iter().find(|(tag, _)| reads(language, tag)).map(|(_, text)| text.as_str());
        languages.iter().find_map(of).or_else(|| self.0.get("").map(String::as_str))
    }

    /// The same; where there is none for this reader, any: better a page in another language than none.
    pub fn for_reader_or_any(&self, languages: &[&str]) -> Option<&str> {
        self.for_reader(languages).or_else(|| self.0.values().next().map(String::as_str))
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Presentation {
    /// The name in further languages.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub names: Localised,
    /// The portal's own page.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub client_uri: Localised,
    /// Where the logo is fetched. People see the copy that we serve.
    #[serde(skip_serializing_if = "Localised::is_empty", with = "plain_or_localised")]
    pub logo_uri: Localised,
    /// What it does with what it learns of people.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub policy_uri: Localised,
    /// What people agree to who use it.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub tos_uri: Localised,
    /// Whom to ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
}

impl Presentation {
    /// Whether there is nothing of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What has to be corrected.
    pub fn check(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut add = |field: &'static str, message: String| wrong.push(FieldError { field, message });
        let all = [
            ("name", &self.names),
            ("client-uri", &self.client_uri),
            ("policy-uri", &self.policy_uri),
            ("tos-uri", &self.tos_uri),
            ("logo-uri", &self.logo_uri),
        ];
        for (field, texts) in all {
            if let Err(why) = check_tags(texts) {
                add(field, why);
            }
            for text in texts.0.values() {
                let fine = match field {
                    "name" => shown_text::name(text, LONGEST_NAME).map(drop).map_err(|why| why.to_string()),
                    _ => check_page(text),
                };
                if let Err(why) = fine {
                    add(field, why);
                }
            }
        }
        if self.contacts.len() > MOST_CONTACTS {
            add("contact", format!("can be given {MOST_CONTACTS} times at most"));
        }
        for contact in &self.contacts {
            if let Err(why) = shown_text::name(contact, LONGEST_CONTACT) {
                add("contact", why.to_string());
            }
        }
        wrong
    }
}

/// One text in no language in particular stands as text: as every program wrote it before it could be in several.
mod plain_or_localised {
    use super::Localised;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Plain(String),
        Localised(BTreeMap<String, String>),
    }

    pub(super) fn serialize<S: Serializer>(texts: &Localised, serializer: S) -> Result<S::Ok, S::Error> {
        match texts.0.get("") {
            Some(text) if texts.0.len() == 1 => text.serialize(serializer),
            _ => texts.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Localised, D::Error> {
        Ok(match Either::deserialize(deserializer)? {
            Either::Plain(text) => Localised::plain(Some(text)),
            Either::Localised(texts) => Localised(texts),
        })
    }
}

fn check_tags(texts: &Localised) -> Result<(), String> {
    if texts.0.len() > MOST_LANGUAGES {
        return Err(format!("can be given in {MOST_LANGUAGES} languages at most"));
    }
    let mut seen = Vec::new();
    for tag in texts.0.keys().filter(|tag| !tag.is_empty()) {
        let subtags = |tag: &str| tag.split('-').all(|part| (1..=8).contains(&part.len()));
        let plain = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if tag.len() > LONGEST_TAG || !plain || !subtags(tag) {
            return Err(format!("has a language tag {tag:?} that is none (RFC 5646), such as zh-TW"));
        }
        // RFC 7591 §2.2: tags are compared without regard to case.
        let lower = tag.to_ascii_lowercase();
        if seen.contains(&lower) {
            return Err(format!("is given twice in the language {lower}"));
        }
        seen.push(lower);
    }
    Ok(())
}

/// A page that people open from ours, or where a picture is fetched: never a script. On a loopback address it may be http, as a
/// portal that somebody is building there is.
fn check_page(uri: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{uri:?} {why}"));
    if uri.len() > LONGEST_URI {
        return wrong("is longer than 512 characters");
    }
    if uri.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || matches!(byte, b'\\' | b'"' | b'<' | b'>')) {
        return wrong("holds a character that a URI cannot have");
    }
    let Ok(parsed) = Url::parse(uri) else { return wrong("is not an absolute URI") };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return wrong("holds a user name");
    }
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&parsed) => Ok(()),
        _ => wrong("must be https (http for loopback addresses only)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_languages(texts: &[(&str, &str)]) -> Localised {
        Localised(texts.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_reader_gets_the_language_that_is_dearest_and_otherwise_what_is_in_none() {
        let names = in_languages(&[("", "plain"), ("zh-TW", "臺灣"), ("en-GB", "British"), ("zhx", "other")]);
        assert_eq!(names.for_reader(&["zh-hant-tw", "zh-tw", "zh"]), Some("臺灣"));
        assert_eq!(names.for_reader(&["en"]), Some("British"));
        assert_eq!(names.for_reader(&["ja"]), Some("plain"));
        let japanese = in_languages(&[("ja", "日本")]);
        assert_eq!((japanese.for_reader(&["en"]), japanese.for_reader_or_any(&["en"])), (None, Some("日本")));
        assert_eq!(names.for_reader_or_any(&["ja"]), Some("plain"));
    }

    #[test]
    fn whatever_people_could_click_is_a_page_and_whatever_they_read_can_be_seen() {
        let fine = Presentation {
            names: in_languages(&[("zh-TW", "應變管理"), ("en", "EMIC")]),
            client_uri: in_languages(&[("", "https://emic.example.gov.tw/about?a=b#c")]),
            logo_uri: in_languages(&[("", "https://emic.example.gov.tw/logo.png")]),
            policy_uri: in_languages(&[("", "http://localhost:1/policy")]),
            tos_uri: in_languages(&[("en", "https://emic.example.gov.tw/terms")]),
            contacts: vec!["emic@nfa.example.gov.tw".into()],
        };
        assert_eq!(fine.check(), []);
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "JAVASCRIPT:alert(1)",
            "http://emic.example.gov.tw/",
            "//emic.example.gov.tw/",
            "https://a@emic.example.gov.tw/",
            "https://emic.example.gov.tw/\"onclick=x",
            "vbscript:x",
            "file:///etc/passwd",
            "",
        ] {
            let page = || in_languages(&[("", bad)]);
            let asked = Presentation {
                client_uri: page(),
                policy_uri: page(),
                tos_uri: page(),
                logo_uri: page(),
                ..Presentation::default()
            };
            let fields: Vec<_> = asked.check().into_iter().map(|wrong| wrong.field).collect();
            assert_eq!(fields, ["client-uri", "policy-uri", "tos-uri", "logo-uri"], "{bad}");
        }
        let many = |count: usize| Localised((0..count).map(|n| (format!("x-{n}"), "name".to_owned())).collect());
        for (names, is_wrong) in [
            (in_languages(&[("en", "EM\u{200b}IC")]), true),
            (in_languages(&[("en", "a"), ("EN", "b")]), true),
            (in_languages(&[("e n", "a")]), true),
            (in_languages(&[("en--x", "a")]), true),
            (many(20), false),
            (many(21), true),
        ] {
            let asked = Presentation { names, ..Presentation::default() };
            assert_eq!(!asked.check().is_empty(), is_wrong, "{asked:?}");
        }
    }
    #[test]
    fn a_logo_in_no_language_in_particular_is_kept_as_text_and_read_as_it_was_always_written() {
        let one =
            Presentation { logo_uri: in_languages(&[("", "https://a.example/logo.png")]), ..Presentation::default() };
        let stored = serde_json::json!({ "logo_uri": "https://a.example/logo.png" });
        assert_eq!(serde_json::to_value(&one).unwrap(), stored);
        assert_eq!(serde_json::from_value::<Presentation>(stored).unwrap(), one);
        let two = Presentation {
            logo_uri: in_languages(&[("", "https://a.example/logo.png"), ("en", "https://a.example/en.png")]),
            ..Presentation::default()
        };
        let stored = serde_json::to_value(&two).unwrap();
        assert_eq!(stored["logo_uri"]["en"], "https://a.example/en.png");
        assert_eq!(serde_json::from_value::<Presentation>(stored).unwrap(), two);
    }
}
