//! 個人資料維護. Posted to `/account/profile`.
//!
//! Fields: `page` (hidden), and those of `idp_core::membership::profile`.

use super::{FieldKind, Fields, Frame, MenuItem, Place, Summary, TextField, document, menu};
use crate::pages::SignInProblem;
use crate::pages::current_password;
use crate::pages::dates::{again_text, masked};
use crate::pages::form::{FormField, SummaryLine};
use crate::routes::ADDRESS_SCRIPT;
use crate::text::ProfileText;
use askama::Template;
use idp_core::UnixMillis;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::profile::{Fixed, Profile, ProfileForm};

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "account/profile.html", whitespace = "minimize")]
pub struct ProfilePage<'a> {
    /// What surrounds the page.
    pub frame: Frame<'a>,
    /// The sealed page.
    pub page: &'a str,
    /// What is kept.
    pub kept: &'a Profile,
    /// What of it somebody else vouches for.
    pub fixed: Fixed,
    /// What stands in the fields.
    pub form: ProfileForm<'a>,
    /// What has to be corrected.
    pub errors: &'a [FieldError],
    /// Where it stands.
    pub state: SaveState,
}

/// Where saving stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveState {
    /// Nothing was saved yet.
    Asked,
    /// It was saved.
    Saved,
    /// The page was open for too long, or is of before another sign-in: nothing was saved.
    Expired,
    /// What is kept was changed in another tab: nothing was saved.
    ChangedMeanwhile,
    /// It was changed too often: nothing was saved.
    TooOften {
        /// When it was sent.
        now: UnixMillis,
        /// From when on it can be saved.
        until: UnixMillis,
    },
}

impl SaveState {
    /// The HTTP status.
    pub fn status(self, errors: &[FieldError]) -> u16 {
        match self {
            Self::Asked | Self::Saved if errors.is_empty() => 200,
            Self::Asked | Self::Saved => 422,
            Self::Expired => 400,
            Self::ChangedMeanwhile => 409,
            Self::TooOften { .. } => 429,
        }
    }

    /// Why nothing was saved.
    pub(super) fn summary(self, frame: &Frame<'_>) -> Option<Summary> {
        let text = frame.text();
        match self {
            Self::Asked | Self::Saved => None,
            Self::Expired => Some(current_password::summary(&SignInProblem::Expired, &text.account.current, text)),
            Self::ChangedMeanwhile => {
                let words = &text.account.profile.changed_meanwhile;
                Some(Summary {
                    heading: words.heading,
                    lines: vec![SummaryLine { what: words.what.to_owned(), field: None }],
                    next: vec![words.next.to_owned()],
                })
            }
            Self::TooOften { now, until } => {
                let words = &text.account.profile.too_often;
                let moment = again_text(until.0, now.0, frame.lang);
                Some(Summary {
                    heading: words.heading,
                    lines: vec![SummaryLine { what: words.what.to_owned(), field: None }],
                    next: vec![(text.membership.forgotten.until)(&moment)],
                })
            }
        }
    }
}

impl ProfilePage<'_> {
    /// The whole document.
    pub fn html(&self) -> String {
        document(self)
    }

    /// The path of the script that helps with its fields.
    pub fn script(&self) -> Option<&'static str> {
        Some(ADDRESS_SCRIPT)
    }

    fn menu(&self) -> Vec<MenuItem> {
        menu(Place::Profile, self.frame.text())
    }

    fn words(&self) -> &'static ProfileText {
        &self.frame.text().account.profile
    }

    fn heading(&self) -> &'static str {
        (self.frame.text().account.place)(Place::Profile)
    }

    fn title(&self) -> String {
        let prefix = if self.summary().is_some() { self.frame.text().frame.error_prefix } else { "" };
        format!("{prefix}{}", self.heading())
    }

    fn is_saved(&self) -> bool {
        self.state == SaveState::Saved
    }

    fn summary(&self) -> Option<Summary> {
        self.state.summary(&self.frame).or_else(|| self.fields().summary())
    }

    fn fields(&self) -> Fields<'_> {
        Fields { text: &self.frame.text().membership, errors: self.errors }
    }

    /// What somebody else vouches for: label and value.
    fn fixed_facts(&self) -> Vec<(&'static str, String)> {
        let label = |field| (self.frame.text().membership.field)(field).label;
        let number = self.kept.further.national_id.as_deref().map(masked);
        let name = self.fixed.name.then(|| (label(Field::Name), self.kept.name.clone()));
        let number = number.filter(|_| self.fixed.national_id).map(|number| (label(Field::NationalId), number));
        name.into_iter().chain(number).collect()
    }

    fn fixed_words(&self) -> String {
        let labels: Vec<_> = self.fixed_facts().into_iter().map(|(label, _)| label).collect();
        (self.words().fixed)(&labels.join(self.words().and))
    }

    fn form_fields(&self) -> Vec<FormField<'_>> {
        let (fields, words) = (self.fields(), FieldKind::Words);
        let name = fields.text(Field::Name, self.form.name, (words, "name"));
        let nickname = fields.text(Field::Nickname, self.form.nickname, (words, "nickname"));
        let name = (!self.fixed.name).then_some(FormField::Text(name));
        let nickname = FormField::Text(TextField { optional: true, ..nickname });
        let further = fields.further(self.form.further, false).into_iter();
        let further = further.filter(|field| !(self.fixed.national_id && is_number(field)));
        let heading = FormField::Heading(self.words().further);
        name.into_iter().chain([nickname, heading]).chain(further).collect()
    }
}

fn is_number(field: &FormField<'_>) -> bool {
    matches!(field, FormField::Text(text) if text.id == Field::NationalId.id())
}
