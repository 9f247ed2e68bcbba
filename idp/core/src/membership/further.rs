//! 進階資料, the third step of 加入會員: optional for 申請一般會員, complete for 申請公務帳號.

use super::county;
use super::district::{self, District};
use super::field::{Field, FieldError, Judge, Wrong};
use super::typed;
use crate::identity::national_id::NationalId;
use crate::shown_text;
use chrono::{Datelike, NaiveDate};
use keys::UnixMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest 街道門牌, in characters.
pub const LONGEST_STREET: usize = 80;
/// Nobody is older, in years.
const OLDEST: i32 = 130;
/// 民國 1 is 1912.
const YEARS_BEFORE_MINGUO: i32 = 1911;
/// Taiwan's offset from UTC, in seconds: eight hours, all the year.
const TAIPEI: i64 = 8 * 3600;

/// 性別, with the values of the claim `gender` (OpenID Connect Core 1.0 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// 女.
    Female,
    /// 男.
    Male,
}

impl Gender {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Female, Self::Male];

    /// As forms and claims have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gender| gender.as_str() == text)
    }
}

/// In which years a form shows a birthday. Either is understood, whichever is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Years {
    /// 民國; 西元 before its first.
    Minguo,
    /// 西元.
    Western,
}

/// 進階資料.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Further {
    /// 生日, as the claim `birthdate` has it: 1981-01-31.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// 身分證字號 or 外來人口統一證號, well-formed; nobody has proven it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub national_id: Option<String>,
    /// 性別.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// 縣市.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// 鄉鎮市區.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// 郵遞區號: three, five or six digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// 街道門牌.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// 電話, digits from 0 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 分機, digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
}

impl std::fmt::Debug for Further {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Further")
    }
}

/// What was typed.
#[derive(Clone, Copy, Debug)]
pub struct FurtherForm<'a> {
    /// Year, month and day of birth.
    pub birth: (&'a str, &'a str, &'a str),
    /// 身分證字號.
    pub national_id: &'a str,
    /// 性別.
    pub gender: &'a str,
    /// 縣市.
    pub county: &'a str,
    /// 鄉鎮市區: [`District::value`], or the name of one of the county.
    pub district: &'a str,
    /// 郵遞區號.
    pub postal_code: &'a str,
    /// 街道門牌.
    pub street: &'a str,
    /// 電話 and 分機.
    pub phone: (&'a str, &'a str),
}

impl<'a> FurtherForm<'a> {
    /// From what stands in each field; empty for nothing.
    pub fn read(of: impl Fn(Field) -> &'a str) -> Self {
        Self {
            birth: (of(Field::BirthYear), of(Field::BirthMonth), of(Field::BirthDay)),
            national_id: of(Field::NationalId),
            gender: of(Field::Gender),
            county: of(Field::County),
            district: of(Field::District),
            postal_code: of(Field::PostalCode),
            street: of(Field::Street),
            phone: (of(Field::Phone), of(Field::Extension)),
        }
    }
}

/// Today in Taiwan.
pub fn today(now: UnixMillis) -> NaiveDate {
    let local = chrono::DateTime::from_timestamp(now.seconds().saturating_add(TAIPEI), 0).unwrap_or_default();
    local.date_naive()
}

/// Judges the third step. 鄉鎮市區 says where it is: 縣市 and 郵遞區號 that are empty follow from it.
///
/// * `required`: whether all must be given (but for 分機, which not every telephone has).
/// * `today`: no birthday is after it.
///
/// # Errors
/// Every field that has to be corrected, in the order of the form.
pub fn further(form: FurtherForm<'_>, required: bool, today: NaiveDate) -> Result<Further, Vec<FieldError>> {
    let mut judge = Judge::new(required);
    let there = district_of(form);
    // Where no district is right, it is what has to be corrected: the other two follow from it.
    let follows = |known: fn(&District) -> &'static str| there.ok().flatten().map(|it| known(it).to_owned());
    let is_empty = |typed: &str| typed.trim().is_empty();
    let judged = Further {
        birthdate: birthday(&mut judge, form.birth, today).map(|day| day.format("%Y-%m-%d").to_string()),
        national_id: judge.take((Field::NationalId, form.national_id), |typed| {
            let number = NationalId::parse(&typed::bare(typed)).ok_or(Wrong::NationalIdMalformed)?;
            Ok(number.as_str().to_owned())
        }),
        gender: judge.take((Field::Gender, form.gender), |typed| Gender::parse(typed).ok_or(Wrong::NotOffered)),
        county: match form.county {
            typed if is_empty(typed) => follows(|it| it.county.name),
            typed => judge.take((Field::County, typed), |typed| {
                county::find(typed).map(|county| county.name.to_owned()).ok_or(Wrong::NotOffered)
            }),
        },
        district: judge
            .take((Field::District, form.district), |_| there?.map(|it| it.name.to_owned()).ok_or(Wrong::NotOffered)),
        postal_code: match form.postal_code {
            typed if is_empty(typed) => follows(|it| it.postal_code),
            typed => judge.take((Field::PostalCode, typed), |typed| postal_code(typed, there.ok().flatten())),
        },
        street: judge.take((Field::Street, form.street), |typed| {
            let street = shown_text::name(typed, LONGEST_STREET);
            street.map(str::to_owned).map_err(|why| super::steps::name_wrong(typed, why))
        }),
        phone: judge.take((Field::Phone, form.phone.0), |typed| {
            typed::mobile(typed).or_else(|| typed::landline(typed)).ok_or(Wrong::PhoneMalformed)
        }),
        extension: extension(&mut judge, form.phone),
    };
    if judge.errors.is_empty() { Ok(judged) } else { Err(judge.errors) }
}

fn postal_code(typed: &str, there: Option<&'static District>) -> Result<String, Wrong> {
    let code = typed::digits(typed, 3..=6).filter(|code| code.len() != 4).ok_or(Wrong::PostalCodeMalformed)?;
    match there {
        // Longer ones are of streets and of who gets much mail: nobody but the post knows where each is.
        Some(there) if code.len() == 3 && code != there.postal_code => Err(Wrong::PostalCodeElsewhere(there)),
        _ => Ok(code),
    }
}

/// The district that was chosen. `None`: none.
///
/// # Errors
/// There is none such, or it is in another county than the one that was chosen.
fn district_of(form: FurtherForm<'_>) -> Result<Option<&'static District>, Wrong> {
    let (county, district) = (form.county.trim(), form.district.trim());
    if district.is_empty() {
        return Ok(None);
    }
    let chosen = district::find(district).or_else(|| district::named(county, district)).ok_or(Wrong::NotOffered)?;
    match county::find(county) {
        Some(another) if another != chosen.county => Err(Wrong::DistrictElsewhere(chosen.county)),
        _ => Ok(Some(chosen)),
    }
}

/// Never required; of a telephone of the fixed network only.
fn extension(judge: &mut Judge, (phone, extension): (&str, &str)) -> Option<String> {
    if extension.trim().is_empty() {
        return None;
    }
    if phone.trim().is_empty() {
        // Where it is required, that was said already.
        if !judge.required {
            judge.wrong(Field::Phone, Wrong::Missing);
        }
        return None;
    }
    judge.take((Field::Extension, extension), |typed| match typed::mobile(phone) {
        Some(_) => Err(Wrong::ExtensionMalformed),
        None => typed::digits(typed, 1..=6).ok_or(Wrong::ExtensionMalformed),
    })
}

/// A year of up to three digits is one of 民國, one of four is 西元: so whoever was born before 民國 can say so, and who counts in
/// Western years need not reckon.
fn birthday(judge: &mut Judge, (year, month, day): (&str, &str, &str), today: NaiveDate) -> Option<NaiveDate> {
    if [year, month, day].iter().all(|part| part.trim().is_empty()) {
        if judge.required {
            judge.wrong(Field::BirthYear, Wrong::Missing);
        }
        return None;
    }
    let mut part = |field, typed: &str| {
        if typed.trim().is_empty() {
            judge.wrong(field, Wrong::Missing);
            return None;
        }
        let number = typed::number(typed, 1..=4).filter(|number| match field {
            Field::BirthMonth => (1..=12).contains(number),
            Field::BirthDay => (1..=31).contains(number),
            _ => *number > 0,
        });
        if number.is_none() {
            judge.wrong(field, Wrong::NoSuchDay);
        }
        number
    };
    let parts = (part(Field::BirthYear, year), part(Field::BirthMonth, month), part(Field::BirthDay, day));
    let (Some(year), Some(month), Some(day)) = parts else { return None };
    let year = i32::try_from(year).unwrap_or_default();
    let year = if year < 1000 { year + YEARS_BEFORE_MINGUO } else { year };
    let (field, wrong) = match NaiveDate::from_ymd_opt(year, month, day) {
        None => (Field::BirthDay, Wrong::NoSuchDay),
        Some(date) if date > today => (Field::BirthYear, Wrong::InFuture),
        Some(date) if date.year() < today.year() - OLDEST => (Field::BirthYear, Wrong::TooLongAgo),
        Some(date) => return Some(date),
    };
    judge.wrong(field, wrong);
    None
}

impl Further {
    /// Whether nothing is missing that the application for an official capacity needs.
    pub fn is_complete(&self) -> bool {
        let Self { birthdate, national_id, gender, county, district, postal_code, street, phone, extension: _ } = self;
        let texts = [birthdate, national_id, county, district, postal_code, street, phone];
        gender.is_some() && texts.iter().all(|text| text.is_some())
    }

    /// What stands in a field when the step is shown again.
    pub fn value(&self, field: Field, years: Years) -> String {
        let birth = || self.birthdate.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
        let birth = |part: fn(NaiveDate) -> String| birth().map(part).unwrap_or_default();
        match field {
            Field::BirthYear => birth(match years {
                Years::Western => |date| date.year().to_string(),
                Years::Minguo => |date| match date.year() - YEARS_BEFORE_MINGUO {
                    minguo @ 1.. => minguo.to_string(),
                    _ => date.year().to_string(),
                },
            }),
            Field::BirthMonth => birth(|date| date.month().to_string()),
            Field::BirthDay => birth(|date| date.day().to_string()),
            Field::NationalId => self.national_id.clone().unwrap_or_default(),
            Field::Gender => self.gender.map(|gender| gender.as_str().to_owned()).unwrap_or_default(),
            Field::County => self.county.clone().unwrap_or_default(),
            Field::District => {
                let name = self.district.clone().unwrap_or_default();
                let known = self.county.as_deref().and_then(|county| district::named(county, &name));
                known.map_or(name, District::value)
            }
            Field::PostalCode => self.postal_code.clone().unwrap_or_default(),
            Field::Street => self.street.clone().unwrap_or_default(),
            Field::Phone => self.phone.clone().unwrap_or_default(),
            Field::Extension => self.extension.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// 通訊地址 in one line; `None`: nothing of it was given.
    pub fn address(&self) -> Option<String> {
        let place = [&self.county, &self.district, &self.street].into_iter().flatten().cloned().collect::<String>();
        let code = self.postal_code.as_deref().unwrap_or_default();
        let line = format!("{code} {place}");
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// As standard claims (OpenID Connect Core 1.0 §5.1, §5.1.1). The number is none of them.
    pub fn claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        };
        add("birthdate", self.birthdate.clone().map(Value::from));
        add("gender", self.gender.map(|gender| gender.as_str().into()));
        add("address", self.address().map(|formatted| self.address_claim(&formatted)));
        let phone = self.phone.as_deref().map(|phone| typed::international(phone, self.extension.as_deref()));
        add("phone_number_verified", phone.as_ref().map(|_| false.into()));
        add("phone_number", phone.map(Value::from));
        claims
    }

    fn address_claim(&self, formatted: &str) -> Value {
        let mut address = Map::new();
        address.insert("formatted".into(), formatted.into());
        let parts = [
            ("region", &self.county),
            ("locality", &self.district),
            ("postal_code", &self.postal_code),
            ("street_address", &self.street),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                address.insert(name.into(), json!(value));
            }
        }
        address.insert("country".into(), "TW".into());
        address.into()
    }
}

#[cfg(test)]
mod tests;
