use super::*;

const NOTHING: FurtherForm<'static> = FurtherForm {
    birth: ("", "", ""),
    national_id: "",
    gender: "",
    county: "",
    district: "",
    postal_code: "",
    street: "",
    phone: ("", ""),
};

const WHOLE: FurtherForm<'static> = FurtherForm {
    birth: ("70", "1", "31"),
    national_id: "a12345 6789",
    gender: "female",
    county: "臺北市",
    district: "文山區",
    postal_code: "116",
    street: "木柵路一段 1 號",
    phone: ("(02) 1234-5678", "123"),
};

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn judge(form: FurtherForm<'_>, required: bool) -> Result<Further, Vec<(Field, Wrong)>> {
    let said = |errors: Vec<FieldError>| errors.iter().map(|error| (error.field, error.wrong)).collect();
    further(form, required, today()).map_err(said)
}

fn born(year: &str, month: &str, day: &str) -> Result<Option<String>, Vec<(Field, Wrong)>> {
    judge(FurtherForm { birth: (year, month, day), ..NOTHING }, false).map(|further| further.birthdate)
}

#[test]
fn nothing_is_enough_for_a_general_account_and_everything_is_needed_for_an_official_one() {
    assert_eq!(judge(NOTHING, false), Ok(Further::default()));
    let missing = [
        Field::BirthYear,
        Field::NationalId,
        Field::Gender,
        // 縣市 and 郵遞區號 follow from it.
        Field::District,
        Field::Street,
        Field::Phone,
    ];
    assert_eq!(judge(NOTHING, true), Err(missing.map(|field| (field, Wrong::Missing)).to_vec()));
    let whole = judge(WHOLE, true).unwrap();
    assert!(whole.is_complete() && !Further::default().is_complete());
    assert_eq!(
        judge(FurtherForm { phone: ("0911123456", ""), ..WHOLE }, true).map(|further| further.is_complete()),
        Ok(true)
    );
    assert_eq!(judge(FurtherForm { phone: ("", "12"), ..WHOLE }, true), Err(vec![(Field::Phone, Wrong::Missing)]));
}

#[test]
fn what_was_taken_is_shown_again_and_means_the_same() {
    for (years, year) in [(Years::Minguo, "70"), (Years::Western, "1981")] {
        shown_again(years, year);
    }
}

fn shown_again(years: Years, year: &str) {
    let whole = judge(WHOLE, true).unwrap();
    assert_eq!(whole.value(Field::BirthYear, years), year);
    let values: Vec<(Field, String)> = [
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
    ]
    .map(|field| (field, whole.value(field, years)))
    .to_vec();
    assert!(values.iter().all(|(_, value)| !value.is_empty()), "{values:?}");
    let of = |field| values.iter().find(|(known, _)| *known == field).map_or("", |(_, value)| value.as_str());
    assert_eq!(judge(FurtherForm::read(of), true), Ok(whole));
}

#[test]
fn a_birthday_is_read_in_either_calendar() {
    assert_eq!(born("70", "01", "01"), Ok(Some("1981-01-01".into())));
    assert_eq!(born("070", "1", "1"), Ok(Some("1981-01-01".into())));
    assert_eq!(born("１", "12", "31"), Ok(Some("1912-12-31".into())));
    assert_eq!(born("1981", "1", "1"), Ok(Some("1981-01-01".into())));
    // 民國前 6 年.
    assert_eq!(born("1906", "2", "3"), Ok(Some("1906-02-03".into())));
    assert_eq!(born("1896", "1", "1"), Ok(Some("1896-01-01".into())));
    // 2000 was a leap year, and 1900 was none.
    assert_eq!(born("89", "2", "29"), Ok(Some("2000-02-29".into())));
    assert_eq!(born("115", "11", "22"), Ok(Some("2026-11-22".into())));
    assert_eq!(born("", " ", ""), Ok(None));
}

#[test]
fn a_birthday_that_no_calendar_has_is_refused_beside_the_part_that_is_wrong() {
    use Field::{BirthDay, BirthMonth, BirthYear};
    use Wrong::{InFuture, Missing, NoSuchDay, TooLongAgo};
    for (birth, field, wrong) in [
        (("115", "11", "23"), BirthYear, InFuture),
        (("999", "1", "1"), BirthYear, InFuture),
        (("1895", "12", "31"), BirthYear, TooLongAgo),
        (("0", "1", "1"), BirthYear, NoSuchDay),
        (("-5", "1", "1"), BirthYear, NoSuchDay),
        (("20261", "1", "1"), BirthYear, NoSuchDay),
        (("七十", "1", "1"), BirthYear, NoSuchDay),
        (("70", "13", "1"), BirthMonth, NoSuchDay),
        (("70", "0", "1"), BirthMonth, NoSuchDay),
        (("70", "2", "29"), BirthDay, NoSuchDay),
        (("70", "4", "31"), BirthDay, NoSuchDay),
        (("70", "1", "32"), BirthDay, NoSuchDay),
        (("", "1", "1"), BirthYear, Missing),
        (("70", "", "1"), BirthMonth, Missing),
        (("70", "1", ""), BirthDay, Missing),
    ] {
        assert_eq!(born(birth.0, birth.1, birth.2), Err(vec![(field, wrong)]), "{birth:?}");
    }
}

#[test]
fn today_begins_at_midnight_in_taiwan() {
    // 2026-11-21 15:59:59 and 16:00:00 UTC.
    assert_eq!(super::today(UnixMillis(1_795_276_799_999)).to_string(), "2026-11-21");
    assert_eq!(super::today(UnixMillis(1_795_276_800_000)).to_string(), "2026-11-22");
}

#[test]
fn numbers_of_every_kind_are_taken_and_a_wrong_check_digit_is_not() {
    let number =
        |typed: &str| judge(FurtherForm { national_id: typed, ..NOTHING }, false).map(|further| further.national_id);
    for good in [
        "A123456789",
        "A226812638",
        "B222222228",
        "I100000003",
        "O200000006",
        "W987654329",
        "A800000014",
        "A900000016",
        "F812345676",
        "AA00000009",
        "AB00000001",
        "AC12345679",
        "AD12345671",
    ] {
        assert_eq!(number(good), Ok(Some(good.into())));
        let spaced = format!(" {} {}", good[..6].to_lowercase(), &good[6..]);
        assert_eq!(number(&spaced), Ok(Some(good.into())), "{spaced}");
    }
    assert_eq!(number("Ａ１２３４５６７８９"), Ok(Some("A123456789".into())));
    for bad in ["A123456780", "A323456789", "AE12345671", "A12345678", "1123456789", "A１２3456780"] {
        assert_eq!(number(bad), Err(vec![(Field::NationalId, Wrong::NationalIdMalformed)]), "{bad}");
    }
}

#[test]
fn postal_codes_have_three_five_or_six_digits() {
    let code = |typed| judge(FurtherForm { postal_code: typed, ..NOTHING }, false).map(|further| further.postal_code);
    for (typed, read) in
        [("116", "116"), ("10650", "10650"), ("106405", "106405"), ("106-405", "106405"), ("１１６", "116")]
    {
        assert_eq!(code(typed), Ok(Some(read.into())));
    }
    for bad in ["11", "1164", "1064051", "1O6", "文山"] {
        assert_eq!(code(bad), Err(vec![(Field::PostalCode, Wrong::PostalCodeMalformed)]), "{bad}");
    }
}

#[test]
fn what_is_not_offered_or_cannot_be_shown_is_refused() {
    let form = FurtherForm {
        gender: "emperor",
        county: "火星市",
        district: "文三區",
        street: &"路".repeat(LONGEST_STREET + 1),
        ..NOTHING
    };
    let errors = vec![
        (Field::Gender, Wrong::NotOffered),
        (Field::County, Wrong::NotOffered),
        (Field::District, Wrong::NotOffered),
        (Field::Street, Wrong::TooLong(LONGEST_STREET)),
    ];
    assert_eq!(judge(form, false), Err(errors));
    let hidden = FurtherForm { street: "木柵\u{202e}路", ..NOTHING };
    assert_eq!(judge(hidden, false), Err(vec![(Field::Street, Wrong::NameMalformed)]));
}

#[test]
fn a_district_says_where_it_is() {
    let place = |county, district, postal_code| {
        let further = judge(FurtherForm { county, district, postal_code, ..NOTHING }, false)?;
        Ok([further.county, further.district, further.postal_code].map(Option::unwrap_or_default).join(" "))
    };
    for (county, district, postal_code, read) in [
        ("臺北市", "116文山區", "", "臺北市 文山區 116"),
        ("臺北市", " 文山區 ", " ", "臺北市 文山區 116"),
        ("", "116文山區", "", "臺北市 文山區 116"),
        ("", "202中正區", "", "基隆市 中正區 202"),
        ("嘉義市", "西區", "", "嘉義市 西區 600"),
        // Codes of a mailbox, of a street, of whoever gets much mail: nobody but the post knows them all.
        ("臺北市", "116文山區", "116405", "臺北市 文山區 116405"),
        ("新竹縣", "308寶山鄉", "30076", "新竹縣 寶山鄉 30076"),
        ("臺北市", "", "", "臺北市  "),
        ("台東縣", "台東市", "", "臺東縣 臺東市 950"),
        ("", "", "999", "  999"),
    ] {
        assert_eq!(place(county, district, postal_code), Ok(read.to_owned()));
    }
    let keelung = county::find("基隆市").unwrap();
    for (county, district, wrong) in [
        ("臺北市", "202中正區", Wrong::DistrictElsewhere(keelung)),
        ("臺北市", "板橋區", Wrong::NotOffered),
        ("", "文山區", Wrong::NotOffered),
        ("臺北市", "116", Wrong::NotOffered),
    ] {
        assert_eq!(place(county, district, ""), Err(vec![(Field::District, wrong)]), "{county} {district}");
    }
    let wenshan = district::find("116文山區").unwrap();
    for code in ["202", "１１７"] {
        assert_eq!(
            place("臺北市", "116文山區", code),
            Err(vec![(Field::PostalCode, Wrong::PostalCodeElsewhere(wenshan))])
        );
    }
    // Whatever is wrong with the district, nothing is asked for that follows from it.
    for (county, district, wrong) in [
        ("", "", Wrong::Missing),
        ("臺北市", "", Wrong::Missing),
        ("", "文三區", Wrong::NotOffered),
        ("臺北市", "202中正區", Wrong::DistrictElsewhere(keelung)),
    ] {
        let form = FurtherForm { county, district, postal_code: "", ..WHOLE };
        assert_eq!(judge(form, true), Err(vec![(Field::District, wrong)]), "{county} {district}");
    }
    // For an official account nothing is missing that the district says.
    let whole = judge(FurtherForm { county: "", district: "116文山區", postal_code: "", ..WHOLE }, true);
    assert_eq!(whole, judge(WHOLE, true));
}

#[test]
fn an_extension_belongs_to_a_telephone_of_the_fixed_network() {
    let phone = |phone, extension| {
        let judged = judge(FurtherForm { phone: (phone, extension), ..NOTHING }, false);
        judged.map(|further| further.claims().get("phone_number").cloned())
    };
    assert_eq!(phone("02-12345678", "123"), Ok(Some("+886212345678;ext=123".into())));
    assert_eq!(phone("0911-123-456", ""), Ok(Some("+886911123456".into())));
    assert_eq!(phone("0911123456", "1"), Err(vec![(Field::Extension, Wrong::ExtensionMalformed)]));
    assert_eq!(phone("0212345678", "12a"), Err(vec![(Field::Extension, Wrong::ExtensionMalformed)]));
    assert_eq!(phone("0212345678", "1234567"), Err(vec![(Field::Extension, Wrong::ExtensionMalformed)]));
    assert_eq!(phone("12345678", ""), Err(vec![(Field::Phone, Wrong::PhoneMalformed)]));
    assert_eq!(phone("", "12"), Err(vec![(Field::Phone, Wrong::Missing)]));
}

#[test]
fn they_are_standard_claims_and_the_number_is_none() {
    let claims = judge(WHOLE, true).unwrap().claims();
    crate::identity::claims::check_further(&claims).unwrap();
    let expected = json!({
        "birthdate": "1981-01-31",
        "gender": "female",
        "address": {
            "formatted": "116 臺北市文山區木柵路一段 1 號",
            "region": "臺北市",
            "locality": "文山區",
            "postal_code": "116",
            "street_address": "木柵路一段 1 號",
            "country": "TW",
        },
        "phone_number": "+886212345678;ext=123",
        "phone_number_verified": false,
    });
    assert_eq!(Value::from(claims), expected);
    assert!(Further::default().claims().is_empty());
    let part = judge(FurtherForm { county: "連江縣", ..NOTHING }, false).unwrap().claims();
    assert_eq!(part["address"], json!({ "formatted": "連江縣", "region": "連江縣", "country": "TW" }));
}

#[test]
fn there_are_22_counties_each_once() {
    let names: std::collections::HashSet<_> = county::ALL.iter().map(|county| county.name).collect();
    assert_eq!(names.len(), 22);
    assert!(county::find("臺東縣").is_some() && county::find("").is_none());
}
