//! The fields of each step.

use super::super::{FieldKind, Fields, TextField};
use crate::pages::form::{ChoiceField, FormField, GroupsField, OptionGroup, RowField};
use idp_core::membership::county::{self, County};
use idp_core::membership::district;
use idp_core::membership::field::Field;
use idp_core::membership::further::{FurtherForm, Gender};
use idp_core::membership::recovery::{OWN, ReadyQuestion, RecoveryForm};
use idp_core::people::password_rule::PasswordPolicy;

impl<'a> Fields<'a> {
    fn choice<'v>(
        &self,
        field: Field,
        value: &'v str,
        (options, autocomplete): (Vec<(&'static str, String)>, &'static str),
    ) -> ChoiceField<'v> {
        let words = (self.text.field)(field);
        let (id, label, hint) = (field.id(), words.label, words.hint);
        ChoiceField { id, label, hint, error: self.error(field), options, value, autocomplete }
    }

    /// 帳號 and 密碼.
    ///
    /// * `has_password`: one was chosen already, which stays if none is typed.
    /// * `policy`: which may be chosen.
    pub(super) fn account<'v>(
        &self,
        account: &'v str,
        (has_password, policy): (bool, PasswordPolicy),
    ) -> Vec<FormField<'v>> {
        let chosen = |field: TextField<'static>| {
            let hint = match policy {
                _ if has_password => self.text.join.password_stays,
                PasswordPolicy::Length => field.hint,
                PasswordPolicy::Manuals => self.text.join.password_of_manuals,
            };
            TextField { optional: has_password, hint, ..field }
        };
        let again = self.text(Field::PasswordAgain, "", (FieldKind::Password, "new-password"));
        let fields = [
            self.text(Field::Account, account, (FieldKind::Name, "username")),
            chosen(self.text(Field::Password, "", (FieldKind::Password, "new-password"))),
            TextField { optional: has_password, ..again },
        ];
        fields.map(FormField::Text).into()
    }

    /// 基本資料.
    pub(super) fn basics<'v>(
        &self,
        (name, email, email_again, nickname): (&'v str, &'v str, &'v str, &'v str),
    ) -> Vec<FormField<'v>> {
        let called = self.text(Field::Nickname, nickname, (FieldKind::Words, "nickname"));
        let fields = [
            self.text(Field::Name, name, (FieldKind::Words, "name")),
            self.text(Field::Email, email, (FieldKind::Email, "email")),
            self.text(Field::EmailAgain, email_again, (FieldKind::Email, "email")),
            TextField { optional: true, ..called },
        ];
        fields.map(FormField::Text).into()
    }

    /// 進階資料.
    ///
    /// * `required`: nothing may be left out, so that nobody has to say that they leave it out.
    pub(in crate::pages) fn further<'v>(&self, form: FurtherForm<'v>, required: bool) -> Vec<FormField<'v>> {
        let words = &self.text.further;
        let digits = |field, value, autocomplete| self.text(field, value, (FieldKind::Digits, autocomplete));
        let (year, month, day) = form.birth;
        let birthday = RowField {
            id: "birthday",
            legend: words.birthday,
            hint: words.birthday_how,
            parts: vec![
                digits(Field::BirthYear, year, "bday-year"),
                digits(Field::BirthMonth, month, "bday-month"),
                digits(Field::BirthDay, day, "bday-day"),
            ],
        };
        let mut genders: Vec<_> =
            Gender::ALL.iter().map(|gender| (gender.as_str(), (words.gender)(*gender).to_owned())).collect();
        genders.extend((!required).then(|| ("", words.not_said.to_owned())));
        let counties = county::ALL.iter().map(|county| (county.name, (words.county)(county)));
        let counties = std::iter::once(("", words.choose.to_owned())).chain(counties).collect();
        let phone = self.text(Field::Phone, form.phone.0, (FieldKind::Phone, "tel-national"));
        let extension = digits(Field::Extension, form.phone.1, "tel-extension");
        vec![
            FormField::Row(birthday),
            FormField::Text(self.text(Field::NationalId, form.national_id, (FieldKind::Name, "off"))),
            FormField::Radios(self.choice(Field::Gender, form.gender, (genders, "sex"))),
            FormField::Heading(words.address),
            FormField::Select(self.choice(Field::County, form.county, (counties, "address-level1"))),
            FormField::Groups(self.districts(form.district)),
            FormField::Text(digits(Field::PostalCode, form.postal_code, "postal-code")),
            FormField::Text(self.text(Field::Street, form.street, (FieldKind::Words, "address-line1"))),
            FormField::Heading(words.telephone),
            FormField::Text(phone),
            FormField::Text(TextField { optional: true, ..extension }),
        ]
    }

    /// 鄉鎮市區 of every county: the script beside it leaves those of the county that was chosen.
    fn districts<'v>(&self, value: &'v str) -> GroupsField<'v> {
        let words = &self.text.further;
        let group = |county: &'static County| OptionGroup {
            name: county.name,
            label: (words.county)(county),
            options: district::of(county).map(|district| (district.value(), (words.district)(district))).collect(),
        };
        let none = vec![("", words.choose.to_owned())];
        let field = self.choice(Field::District, value, (none, "address-level2"));
        GroupsField { field, groups: county::ALL.iter().map(group).collect(), not_listed: words.not_listed }
    }

    /// 忘記密碼救援.
    ///
    /// * `has_answer`: one was given already, which stays if none is typed.
    pub(in crate::pages) fn recovery<'v>(&self, form: RecoveryForm<'v>, has_answer: bool) -> Vec<FormField<'v>> {
        let words = &self.text.recovery;
        let ready = ReadyQuestion::ALL.iter().map(|question| (question.as_str(), (words.ready)(*question).to_owned()));
        let none = std::iter::once(("", words.no_question.to_owned()));
        let questions = none.chain(ready).chain(std::iter::once((OWN, words.own.to_owned()))).collect();
        let answer = self.text(Field::HintAnswer, form.answer, (FieldKind::Words, "off"));
        let hint = if has_answer { words.answer_stays } else { answer.hint };
        vec![
            FormField::Select(self.choice(Field::HintQuestion, form.question, (questions, "off"))),
            FormField::Text(self.text(Field::OwnQuestion, form.own, (FieldKind::Words, "off"))),
            FormField::Text(TextField { hint, ..answer }),
            FormField::Text(self.text(Field::RescueMobile, form.mobile, (FieldKind::Phone, "tel-national"))),
        ]
    }
}
