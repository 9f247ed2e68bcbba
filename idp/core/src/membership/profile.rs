//! 個人資料維護: what a person may change of their own record, judged by the rules of 加入會員, and what that means for its claims.

use super::field::{Field, FieldError};
use super::further::{self, Further, FurtherForm, Gender, Years};
use super::{county, district};
use super::{steps, typed};
use crate::people::account::{Person, Personal};
use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value};

/// What a person may change.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// 姓名.
    pub name: String,
    /// 暱稱.
    pub nickname: Option<String>,
    /// 進階資料, as far as its fields can say what is kept.
    pub further: Further,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Profile")
    }
}

/// What somebody else vouches for, and is not the person's to change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fixed {
    /// 姓名: of a civil servant, for whom an agency vouches by name, and of who proved who they are.
    pub name: bool,
    /// 身分證字號 that was proven.
    pub national_id: bool,
}

impl Fixed {
    /// Of a person.
    pub fn of(person: &Person, personal: &Personal) -> Self {
        let national_id = personal.national_id_verified;
        Self { name: national_id || person.capacity.is_some(), national_id }
    }
}

/// What was typed.
#[derive(Clone, Copy, Debug)]
pub struct ProfileForm<'a> {
    /// 姓名.
    pub name: &'a str,
    /// 暱稱; empty for none.
    pub nickname: &'a str,
    /// 進階資料.
    pub further: FurtherForm<'a>,
}

impl<'a> ProfileForm<'a> {
    /// From what stands in each field; empty for nothing.
    pub fn read(of: impl Fn(Field) -> &'a str) -> Self {
        Self { name: of(Field::Name), nickname: of(Field::Nickname), further: FurtherForm::read(of) }
    }
}

/// The fields of the form, in its order.
pub const FIELDS: [Field; 13] = [
    Field::Name,
    Field::Nickname,
    Field::BirthYear,
    Field::BirthMonth,
    Field::BirthDay,
    Field::NationalId,
    Field::Gender,
    Field::County,
    Field::District,
    Field::PostalCode,
    Field::Street,
    Field::Phone,
    Field::Extension,
];

/// Judges the form. What is fixed stays, whatever was typed; nothing of 進階資料 has to be given.
///
/// * `before`: what is kept.
/// * `today`: no birthday is after it.
///
/// # Errors
/// Every field that has to be corrected, in the order of the form.
pub fn profile(
    form: ProfileForm<'_>,
    (before, fixed): (&Profile, Fixed),
    today: NaiveDate,
) -> Result<Profile, Vec<FieldError>> {
    let mut errors = Vec::new();
    // A name that is kept already stays, whatever rule it was taken by.
    let stays = fixed.name || form.name == before.name;
    let name = if stays { Ok(before.name.clone()) } else { steps::name(form.name) };
    let nickname = steps::nickname(form.nickname);
    errors.extend(name.as_ref().err().copied());
    errors.extend(nickname.as_ref().err().copied());
    let kept = before.further.national_id.as_deref().unwrap_or_default();
    let national_id = if fixed.national_id { kept } else { form.further.national_id };
    let (kept, typed) = (&before.further, form.further);
    // So does a place that nobody touched, whatever list it was taken from.
    let stays = is_as_shown(kept, Field::County, typed.county) && is_as_shown(kept, Field::District, typed.district);
    let unlisted = stays && district::find(typed.district.trim()).is_none();
    let code_stays = stays && is_as_shown(kept, Field::PostalCode, typed.postal_code);
    let further = FurtherForm {
        national_id,
        district: if unlisted { "" } else { typed.district },
        postal_code: if code_stays { "" } else { typed.postal_code },
        ..typed
    };
    match (name, nickname, further::further(further, false, today)) {
        (Ok(name), Ok(nickname), Ok(mut further)) => {
            if unlisted {
                further.district.clone_from(&kept.district);
            }
            if code_stays {
                further.postal_code.clone_from(&kept.postal_code);
            }
            Ok(Profile { name, nickname, further })
        }
        (_, _, further) => {
            errors.extend(further.err().unwrap_or_default());
            Err(errors)
        }
    }
}

/// Whether a field came back as it was shown; browsers write the ends of lines their own way.
fn is_as_shown(kept: &Further, field: Field, typed: &str) -> bool {
    kept.value(field, Years::Western).split_whitespace().eq(typed.split_whitespace())
}

impl Profile {
    /// What is kept of a person. A claim that no field of the form can say, such as a telephone abroad, is left out.
    pub fn of(person: &Person, personal: &Personal) -> Self {
        let claims = &personal.claims;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let address = claims.get("address");
        let part = |name: &str| text(address.and_then(|address| address.get(name)));
        let (phone, extension) = national(text(claims.get("phone_number")).as_deref());
        // The year 0 is one that was left out (OpenID Connect Core 1.0 §5.1).
        let is_day = |iso: &String| iso.parse::<NaiveDate>().is_ok_and(|day| day.year() > 0);
        let birthdate = text(claims.get("birthdate")).filter(is_day);
        let gender = text(claims.get("gender"));
        let further = Further {
            birthdate,
            national_id: personal.national_id.clone(),
            gender: Gender::ALL.into_iter().find(|one| gender.as_deref() == Some(one.as_str())),
            county: part("region").and_then(|name| county::find(&name)).map(|county| county.name.to_owned()),
            district: part("locality"),
            postal_code: part("postal_code"),
            street: part("street_address"),
            phone,
            extension,
        };
        Self { name: person.name.clone(), nickname: text(claims.get("nickname")), further }
    }

    /// What stands in a field.
    pub fn value(&self, field: Field, years: Years) -> String {
        match field {
            Field::Name => self.name.clone(),
            Field::Nickname => self.nickname.clone().unwrap_or_default(),
            field => self.further.value(field, years),
        }
    }

    /// The names of what is another than in `before`, for the audit: never what it is.
    pub fn changed_from(&self, before: &Self) -> Vec<&'static str> {
        let parts = self.parts().into_iter().zip(before.parts());
        parts.filter(|((_, now), (_, then))| now != then).map(|((name, _), _)| name).collect()
    }

    /// Each part that is changed by itself, by the name of its claim.
    fn parts(&self) -> [(&'static str, Vec<Option<&str>>); 7] {
        let Further { birthdate, national_id, gender, county, district, postal_code, street, phone, extension } =
            &self.further;
        [
            ("name", vec![Some(self.name.as_str())]),
            ("nickname", vec![self.nickname.as_deref()]),
            ("birthdate", vec![birthdate.as_deref()]),
            ("national_id", vec![national_id.as_deref()]),
            ("gender", vec![gender.map(Gender::as_str)]),
            ("address", [county, district, postal_code, street].map(Option::as_deref).into()),
            ("phone_number", [phone, extension].map(Option::as_deref).into()),
        ]
    }

    /// The claims of a record that is changed to this: those that changed are replaced, all others stay as they are, what an operator
    /// set among them.
    pub fn claims(&self, before: &Self, mut claims: Map<String, Value>) -> Map<String, Value> {
        let mut new = self.further.claims();
        new.extend(self.nickname.clone().map(|nickname| ("nickname".to_owned(), nickname.into())));
        for changed in self.changed_from(before) {
            let together = if changed == "phone_number" { Some("phone_number_verified") } else { None };
            for name in [changed].into_iter().chain(together) {
                claims.remove(name);
                claims.extend(new.remove(name).map(|value| (name.to_owned(), value)));
            }
        }
        claims
    }
}

/// A telephone in Taiwan as people type it, and its extension, from the claim.
fn national(claim: Option<&str>) -> (Option<String>, Option<String>) {
    let Some((number, extension)) = claim.and_then(|claim| {
        let (number, extension) = claim.split_once(";ext=").map_or((claim, None), |(number, ext)| (number, Some(ext)));
        Some((format!("0{}", typed::bare(number).strip_prefix("+886")?), extension))
    }) else {
        return (None, None);
    };
    let known = typed::mobile(&number).or_else(|| typed::landline(&number)).filter(|known| *known == number);
    match known {
        Some(number) => (Some(number), extension.map(str::to_owned)),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests;
