//! A strict reader of our own markup for the tests: every tag closed, every attribute quoted, nothing else.

const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    pub(super) name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    /// What stands between this tag and the next.
    pub(super) text: &'a str,
}

impl<'a> Tag<'a> {
    pub(super) fn get(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == attribute).map(|(_, value)| *value)
    }

    pub(super) fn attribute_names(&self) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().map(|(name, _)| *name)
    }
}

/// The start tags of a document in order. Panics at anything that is not well-formed.
pub(super) fn tags(html: &str) -> Vec<Tag<'_>> {
    let body = html.strip_prefix("<!doctype html>").expect("a doctype comes first");
    let mut open = Vec::new();
    let mut tags = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or_else(|| panic!("unclosed tag <{piece}"));
        assert!(!text.contains('>'), "a loose > in {text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed out of turn");
            continue;
        }
        let (inner, closed) = tag.strip_suffix('/').map_or((tag, false), |inner| (inner, true));
        let (name, rest) = inner.split_once(' ').unwrap_or((inner, ""));
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "odd tag <{tag}>");
        if !closed && !VOID.contains(&name) {
            open.push(name);
        }
        tags.push(Tag { name, attributes: attributes(rest), text });
    }
    assert!(open.is_empty(), "never closed: {open:?}");
    tags
}

fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(name.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-".contains(&byte)), "odd attribute {name}");
        let (value, after) = match after.strip_prefix("=\"") {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => ("", after),
        };
        assert!(after.is_empty() || after.starts_with(' '), "attributes run together: {after}");
        assert!(found.iter().all(|(other, _)| *other != name), "{name} stands twice");
        found.push((name, value));
        rest = after;
    }
    found
}
