//! A sentence with names in it.
//!
//! Names of people and portals come from outside. They are kept apart from the words around them until the template sets them,
//! which escapes them and isolates their writing direction, so that a name cannot rearrange the sentence it stands in.

use std::borrow::Cow;
use std::fmt;

/// One piece of a [`Sentence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Our own words.
    Words(Cow<'static, str>),
    /// A name, an account or a title that somebody else chose.
    Name(Cow<'a, str>),
}

/// Words and names in the order in which they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence<'a>(Vec<Part<'a>>);

impl<'a> Sentence<'a> {
    /// A sentence of these parts.
    pub fn new<const N: usize>(parts: [Part<'a>; N]) -> Self {
        Self(parts.into())
    }

    /// The parts, for a template.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.0
    }
}

impl From<&'static str> for Sentence<'_> {
    fn from(words: &'static str) -> Self {
        Self::new([say(words)])
    }
}

/// The sentence as plain text, for a page title. Not escaped.
impl fmt::Display for Sentence<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Words(words) => out.write_str(words),
            Part::Name(name) => out.write_str(name),
        })
    }
}

/// A part in our own words.
pub fn say<'a>(words: impl Into<Cow<'static, str>>) -> Part<'a> {
    Part::Words(words.into())
}

/// A part that somebody else chose.
pub fn name<'a>(name: impl Into<Cow<'a, str>>) -> Part<'a> {
    Part::Name(name.into())
}
