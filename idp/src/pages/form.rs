//! What the forms of pages are made of: fields with label, hint and error, and the summary over them.

use crate::text::MeterText;

/// A field in which something is typed.
#[derive(Clone, Debug)]
pub struct TextField<'a> {
    /// Element id and name.
    pub id: &'static str,
    /// Label.
    pub label: &'static str,
    /// Under the label; empty for nothing.
    pub hint: &'static str,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What it holds already.
    pub value: &'a str,
    /// What is typed there.
    pub kind: FieldKind,
    /// `autocomplete` (HTML §4.10.18.7).
    pub autocomplete: &'static str,
    /// Whether it may be left empty.
    pub optional: bool,
    /// The words of the meter beside it, if a password is chosen in it.
    pub meter: Option<&'static MeterText>,
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Words.
    Words,
    /// An account name, a code: no capitals, no corrections.
    Name,
    /// A password that is being chosen.
    Password,
    /// An e-mail address.
    Email,
    /// Digits.
    Digits,
    /// A telephone number.
    Phone,
}

impl FieldKind {
    /// `type`.
    fn input_type(self) -> &'static str {
        match self {
            Self::Words | Self::Name | Self::Digits => "text",
            Self::Password => "password",
            Self::Email => "email",
            Self::Phone => "tel",
        }
    }

    fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Email)
    }

    fn is_digits(self) -> bool {
        self == Self::Digits
    }
}

impl TextField<'_> {
    pub(super) fn input_type(&self) -> &'static str {
        self.kind.input_type()
    }

    pub(super) fn is_password(&self) -> bool {
        self.kind == FieldKind::Password
    }

    pub(super) fn is_name(&self) -> bool {
        self.kind.is_name()
    }

    pub(super) fn is_digits(&self) -> bool {
        self.kind.is_digits()
    }

    /// `aria-describedby`; empty for nothing.
    pub(super) fn described_by(&self) -> String {
        described_by(self.id, self.error.is_some(), !self.hint.is_empty())
    }
}

fn described_by(id: &str, has_error: bool, has_hint: bool) -> String {
    let error = has_error.then(|| format!("{id}-error"));
    let hint = has_hint.then(|| format!("{id}-hint"));
    error.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
}

/// What a form is made of.
#[derive(Clone, Debug)]
pub enum FormField<'a> {
    /// Something is typed.
    Text(TextField<'a>),
    /// One of many is chosen, from a list that opens.
    Select(ChoiceField<'a>),
    /// One of very many is chosen, from a list in groups.
    Groups(GroupsField<'a>),
    /// One of a few is chosen.
    Radios(ChoiceField<'a>),
    /// Several short fields in one line, such as the parts of a date.
    Row(RowField<'a>),
    /// What follows belongs together.
    Heading(&'static str),
}

/// A field in which something is chosen.
#[derive(Clone, Debug)]
pub struct ChoiceField<'a> {
    /// Element id and name; of radio buttons, the id of the first.
    pub id: &'static str,
    /// Label.
    pub label: &'static str,
    /// Under the label; empty for nothing.
    pub hint: &'static str,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What can be chosen: as the form sends it, and in words.
    pub options: Vec<(&'static str, String)>,
    /// What is chosen.
    pub value: &'a str,
    /// `autocomplete`.
    pub autocomplete: &'static str,
}

impl ChoiceField<'_> {
    /// `aria-describedby`; empty for nothing.
    pub(super) fn described_by(&self) -> String {
        described_by(self.id, self.error.is_some(), !self.hint.is_empty())
    }

    pub(super) fn is_chosen(&self, value: &str) -> bool {
        self.value == value
    }

    /// The options, each with the id of its radio button and whether it is chosen.
    pub(super) fn radios(&self) -> Vec<(String, &'static str, &str, bool)> {
        let id = |place: usize, value| if place == 0 { self.id.to_owned() } else { format!("{}-{value}", self.id) };
        let each = self.options.iter().enumerate();
        each.map(|(place, (value, words))| (id(place, value), *value, words.as_str(), self.is_chosen(value))).collect()
    }

    /// The options, each with whether it is chosen.
    pub(super) fn choices(&self) -> Vec<(&'static str, &str, bool)> {
        self.options.iter().map(|(value, words)| (*value, words.as_str(), self.is_chosen(value))).collect()
    }
}

/// A field in which one of very many is chosen.
#[derive(Clone, Debug)]
pub struct GroupsField<'a> {
    /// What it is, with those options that belong to no group.
    pub field: ChoiceField<'a>,
    /// The others.
    pub groups: Vec<OptionGroup>,
    /// (what stands there): it is offered nowhere.
    pub not_listed: fn(&str) -> String,
}

/// Options that belong together.
#[derive(Clone, Debug)]
pub struct OptionGroup {
    /// The same in every language.
    pub name: &'static str,
    /// What they have in common, in words.
    pub label: String,
    /// What can be chosen: as the form sends it, and in words.
    pub options: Vec<(String, String)>,
}

impl GroupsField<'_> {
    /// What is chosen though nobody offers it: it stays to be seen until another is chosen.
    pub(super) fn typed(&self) -> Option<(&str, String)> {
        let is_offered = self.field.options.iter().any(|(value, _)| self.field.is_chosen(value))
            || self.groups.iter().flat_map(|group| &group.options).any(|(value, _)| self.field.is_chosen(value));
        (!is_offered).then(|| (self.field.value, (self.not_listed)(self.field.value)))
    }
}

/// Several short fields in one line.
#[derive(Clone, Debug)]
pub struct RowField<'a> {
    /// What the ids of its hint and words begin with.
    pub id: &'static str,
    /// What they are together.
    pub legend: &'static str,
    /// Under the legend; empty for nothing.
    pub hint: &'static str,
    /// The fields.
    pub parts: Vec<TextField<'a>>,
}

impl RowField<'_> {
    /// `aria-describedby` of a part.
    pub(super) fn part_described_by(&self, part: &TextField<'_>) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        let own = Some(part.described_by()).filter(|own| !own.is_empty());
        own.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
    }
}

/// The error summary: a heading, what is wrong (each with the field it leads to), what to do next.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Heading.
    pub heading: &'static str,
    /// What is wrong.
    pub lines: Vec<SummaryLine>,
    /// What to do next.
    pub next: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct SummaryLine {
    /// In words.
    pub what: String,
    /// The field that has to be corrected.
    pub field: Option<&'static str>,
}
