//! What the forms of pages are made of: fields with label, hint and error, and the summary over them.

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
}

impl FieldKind {
    /// `type`.
    fn input_type(self) -> &'static str {
        match self {
            Self::Words | Self::Name | Self::Digits => "text",
            Self::Password => "password",
            Self::Email => "email",
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
        let error = self.error.is_some().then(|| format!("{}-error", self.id));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id));
        error.into_iter().chain(hint).collect::<Vec<_>>().join(" ")
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
