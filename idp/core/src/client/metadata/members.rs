//! Reading single members.

use super::super::presentation::Localised;
use super::BadMember;
use serde_json::{Map, Value};

/// The longest text there is.
const LONGEST: usize = 2_048;
/// The most entries of a list. Those of URIs have a bound of their own.
const MOST: usize = 64;

/// The members of a document.
pub(super) struct Members<'a>(pub(super) &'a Map<String, Value>);

impl Members<'_> {
    /// What stands there, if it is anything.
    pub(super) fn any(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, BadMember> {
        self.any(name).map(|value| text(name, value)).transpose()
    }

    /// A list of texts, in which nothing stands twice.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, BadMember> {
        let Some(value) = self.any(name) else { return Ok(None) };
        let list = value.as_array().ok_or_else(|| BadMember::new(name, "must be a list of texts"))?;
        if list.len() > MOST {
            return Err(BadMember::new(name, format!("holds more than {MOST} entries")));
        }
        let mut texts: Vec<String> = Vec::with_capacity(list.len());
        for value in list {
            let one = text(name, value)?;
            if !texts.contains(&one) {
                texts.push(one);
            }
        }
        Ok(Some(texts))
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, BadMember> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| BadMember::new(name, "must be true or false"));
        self.any(name).map(flag).transpose()
    }

    /// A whole number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<u32>, BadMember> {
        let whole = |value: &Value| value.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
        let read = |value| whole(value).ok_or_else(|| BadMember::new(name, "must be a whole number of seconds"));
        self.any(name).map(read).transpose()
    }

    /// One of `all`, by its name on the wire.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        wire: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, BadMember> {
        self.text(name)?.map(|text| word(name, &text, all, wire)).transpose()
    }

    /// Several of them.
    pub(super) fn words<T: Copy>(
        &self,
        name: &str,
        all: &[T],
        wire: impl Fn(T) -> &'static str,
    ) -> Result<Option<Vec<T>>, BadMember> {
        let Some(texts) = self.texts(name)? else { return Ok(None) };
        texts.iter().map(|text| word(name, text, all, &wire)).collect::<Result<_, _>>().map(Some)
    }

    /// `name`, and `name#TAG` for every language (OpenID Connect Dynamic Client Registration 1.0 §2.1).
    pub(super) fn localised(&self, name: &str) -> Result<Localised, BadMember> {
        let mut texts = Localised::default();
        for (member, value) in self.0 {
            let Some(rest) = member.strip_prefix(name) else { continue };
            let tag = match rest.strip_prefix('#') {
                Some("") => return Err(BadMember::new(member, "has no language behind its #")),
                Some(tag) => tag,
                None if rest.is_empty() => "",
                None => continue,
            };
            if !value.is_null() {
                texts.0.insert(tag.to_owned(), text(member, value)?);
            }
        }
        Ok(texts)
    }
}

fn text(name: &str, value: &Value) -> Result<String, BadMember> {
    match value.as_str() {
        Some(text) if text.len() <= LONGEST => Ok(text.to_owned()),
        Some(_) => Err(BadMember::new(name, format!("is longer than {LONGEST} bytes"))),
        None => Err(BadMember::new(name, "must hold text")),
    }
}

fn word<T: Copy>(name: &str, text: &str, all: &[T], wire: impl Fn(T) -> &'static str) -> Result<T, BadMember> {
    let known = || all.iter().map(|one| wire(*one)).collect::<Vec<_>>().join(", ");
    let found = all.iter().find(|one| wire(**one) == text).copied();
    found.ok_or_else(|| BadMember::new(name, format!("must be one of: {}", known())))
}
