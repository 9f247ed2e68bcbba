//! Moments and numbers as people in Taiwan read them.
//!
//! Taiwan has kept UTC+8 without summer time since 1980, so the offset is fixed and no time zone data is needed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, offset};

use crate::text::Language;

const TAIPEI: Offset = offset(8);
/// Seconds that people count, and need no clock for.
const ABOUT_A_MINUTE: i64 = 60;
/// 民國 1 is 1912.
const YEARS_BEFORE_MINGUO: i16 = 1911;

/// A moment with its date: 「民國 115 年 11 月 21 日 15:04:05」, “21 November 2026, 15:04:05 (Taipei)”. `unix_millis` counts
/// milliseconds since 1970; a moment outside the calendar is set to its end.
pub fn moment_text(unix_millis: i64, lang: Language) -> String {
    let local = taipei(unix_millis);
    match lang {
        Language::ZhTw => format!("{} {}", minguo_date(local), local.strftime("%H:%M:%S")),
        Language::En => local.strftime("%-d %B %Y, %H:%M:%S (Taipei)").to_string(),
    }
}

/// A moment for somebody who waits for it: only the time if it is today, 「15 時 04 分 05 秒」, else with its date. A part of a
/// second counts as a whole one, so that whoever comes at the time shown does not come too early.
pub fn until_text(unix_millis: i64, now_millis: i64, lang: Language) -> String {
    let whole = unix_millis.saturating_add(999).div_euclid(1000).saturating_mul(1000);
    let local = taipei(whole);
    if local.date() != taipei(now_millis).date() {
        return moment_text(whole, lang);
    }
    match lang {
        Language::ZhTw => local.strftime("%H 時 %M 分 %S 秒").to_string(),
        Language::En => local.strftime("%H:%M:%S (Taipei)").to_string(),
    }
}

/// From when on whoever waits may try again: within a minute 「約 30 秒後」, “in about 30 seconds”; later 「 15 時 04 分 05 秒之後」,
/// “after 15:04:05 (Taipei)”. In Chinese it stands right behind 「於」.
pub fn again_text(unix_millis: i64, now_millis: i64, lang: Language) -> String {
    let seconds = unix_millis.saturating_sub(now_millis).max(0).saturating_add(999).div_euclid(1000);
    let until = until_text(unix_millis, now_millis, lang);
    match lang {
        Language::ZhTw if seconds <= ABOUT_A_MINUTE => format!("約 {seconds} 秒後"),
        Language::ZhTw => {
            // A space stands only between a digit and a character.
            let space = |at: Option<char>| if at.is_some_and(|at| at.is_ascii_digit()) { " " } else { "" };
            format!("{}{until}{}之後", space(until.chars().next()), space(until.chars().next_back()))
        }
        Language::En if seconds == 1 => "in about 1 second".to_owned(),
        Language::En if seconds <= ABOUT_A_MINUTE => format!("in about {seconds} seconds"),
        Language::En => format!("after {until}"),
    }
}

/// A moment for programs, and for people who read many: RFC 3339 with Taipei's offset, `2026-11-21T15:04:05.123+08:00`.
pub fn rfc3339(unix_millis: i64) -> String {
    taipei(unix_millis).strftime("%Y-%m-%dT%H:%M:%S%.3f+08:00").to_string()
}

/// The moment that an operator names: RFC 3339 with an offset, or a date, which begins at midnight in Taipei. Milliseconds
/// since 1970.
pub fn read_moment(text: &str) -> Option<i64> {
    let moment = text.parse::<Timestamp>().ok();
    // A time of day without an offset would be read as its date alone.
    let date = || text.parse::<Date>().ok().filter(|_| text.len() == "2026-11-21".len());
    let day = || date().and_then(|day| TAIPEI.to_timestamp(day.at(0, 0, 0, 0)).ok());
    moment.or_else(day).map(Timestamp::as_millisecond)
}

/// The day of a moment: 「民國 115 年 11 月 21 日」, “21 November 2026”. `unix_millis` as in [`moment_text`].
pub fn day_of(unix_millis: i64, lang: Language) -> String {
    let local = taipei(unix_millis);
    match lang {
        Language::ZhTw => minguo_date(local),
        Language::En => local.strftime("%-d %B %Y").to_string(),
    }
}

/// A day without a time, from `1981-01-31`: 「民國 70 年 1 月 31 日」, “31 January 1981”. Anything else stays as it is.
pub fn day_text(iso: &str, lang: Language) -> String {
    let Ok(day) = iso.parse::<Date>() else { return iso.to_owned() };
    match lang {
        Language::ZhTw => minguo_date(day.at(0, 0, 0, 0)),
        Language::En => day.strftime("%-d %B %Y").to_string(),
    }
}

/// A number in part, the first two and the last two characters: `A1******89`, `09******56`. Whoever typed it knows it again; who looks
/// over a shoulder does not learn it.
pub fn masked(number: &str) -> String {
    let last = number.chars().count().saturating_sub(2);
    number.chars().enumerate().map(|(place, letter)| if (2..last).contains(&place) { '*' } else { letter }).collect()
}

/// A national ID number in readable groups: `A123456789` → `A12345 6789`. Anything else stays as it is.
pub fn identity_number_text(number: &str) -> String {
    let well_formed = number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match (well_formed, number.split_at_checked(6)) {
        (true, Some((head, tail))) => format!("{head} {tail}"),
        _ => number.to_owned(),
    }
}

fn taipei(unix_millis: i64) -> DateTime {
    let end = if unix_millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
    TAIPEI.to_datetime(Timestamp::from_millisecond(unix_millis).unwrap_or(end))
}

fn minguo_date(local: DateTime) -> String {
    let year = local.year() - YEARS_BEFORE_MINGUO;
    let (era, year) = if year > 0 { ("民國", year) } else { ("民國前", 1 - year) };
    format!("{era} {year} 年 {} 月 {} 日", local.month(), local.day())
}

#[cfg(test)]
mod tests {
    use super::{again_text, day_text, identity_number_text, masked, moment_text, read_moment, rfc3339, until_text};
    use crate::text::Language;

    /// 2026-11-21 15:04:05 in Taipei.
    const MOMENT: i64 = 1_795_244_645_000;

    #[test]
    fn a_moment_is_read_in_taipei_and_in_the_years_of_the_republic() {
        assert_eq!(moment_text(MOMENT, Language::ZhTw), "民國 115 年 11 月 21 日 15:04:05");
        assert_eq!(moment_text(MOMENT, Language::En), "21 November 2026, 15:04:05 (Taipei)");
        assert_eq!(moment_text(0, Language::ZhTw), "民國 59 年 1 月 1 日 08:00:00");
        assert_eq!(moment_text(-1_893_456_000_000, Language::ZhTw), "民國前 2 年 1 月 1 日 08:00:00");
    }

    #[test]
    fn who_waits_reads_the_time_alone_today_and_the_date_otherwise() {
        assert_eq!(until_text(MOMENT, MOMENT - 5_000, Language::ZhTw), "15 時 04 分 05 秒");
        assert_eq!(until_text(MOMENT, MOMENT - 5_000, Language::En), "15:04:05 (Taipei)");
        assert_eq!(until_text(MOMENT, MOMENT - 86_400_000, Language::ZhTw), "民國 115 年 11 月 21 日 15:04:05");
    }

    #[test]
    fn who_waits_for_less_than_a_minute_needs_no_clock() {
        let both = |at: i64| Language::ALL.map(|lang| again_text(at, MOMENT, lang));
        let english = |at: i64| again_text(at, MOMENT, Language::En);
        let chinese = |at: i64| again_text(at, MOMENT, Language::ZhTw);
        assert_eq!(
            (chinese(MOMENT + 29_001), english(MOMENT + 29_001)),
            ("約 30 秒後".into(), "in about 30 seconds".into())
        );
        assert_eq!((chinese(MOMENT + 1), english(MOMENT + 1)), ("約 1 秒後".into(), "in about 1 second".into()));
        assert_eq!(chinese(MOMENT + 61_000), " 15 時 05 分 06 秒之後");
        assert_eq!(english(MOMENT + 61_000), "after 15:05:06 (Taipei)");
        assert_eq!(chinese(MOMENT + 86_400_000), "民國 115 年 11 月 22 日 15:04:05 之後");
        assert!(both(i64::MAX).iter().chain(&both(i64::MIN)).all(|text| !text.is_empty()));
    }

    #[test]
    fn who_comes_at_the_time_shown_never_comes_too_early() {
        assert_eq!(until_text(MOMENT + 1, MOMENT, Language::ZhTw), "15 時 04 分 06 秒");
        assert_eq!(until_text(MOMENT, MOMENT, Language::ZhTw), "15 時 04 分 05 秒");
    }

    #[test]
    fn a_moment_for_programs_is_read_back_as_what_it_was() {
        assert_eq!(rfc3339(MOMENT + 7), "2026-11-21T15:04:05.007+08:00");
        for moment in [0, MOMENT, MOMENT + 999] {
            assert_eq!(read_moment(&rfc3339(moment)), Some(moment));
        }
        assert_eq!(read_moment("2026-11-21T07:04:05Z"), Some(MOMENT));
        assert_eq!(read_moment("2026-11-21"), Some(MOMENT - (15 * 3600 + 4 * 60 + 5) * 1000));
        for not_a_moment in ["", "yesterday", "2026-11-21T07:04:05", "2026-02-30", "1763000000000"] {
            assert_eq!(read_moment(not_a_moment), None, "{not_a_moment}");
        }
    }

    #[test]
    fn a_moment_outside_the_calendar_does_no_harm() {
        for lang in Language::ALL {
            for moment in [i64::MIN, i64::MAX] {
                assert!(!moment_text(moment, lang).is_empty());
                assert!(!until_text(moment, moment, lang).is_empty());
            }
        }
    }

    #[test]
    fn a_day_is_read_in_the_years_of_the_republic() {
        assert_eq!(day_text("1981-01-31", Language::ZhTw), "民國 70 年 1 月 31 日");
        assert_eq!(day_text("1906-02-03", Language::ZhTw), "民國前 6 年 2 月 3 日");
        assert_eq!(day_text("1981-01-31", Language::En), "31 January 1981");
        assert_eq!(day_text("<b>", Language::En), "<b>");
    }

    #[test]
    fn of_every_number_the_first_two_and_the_last_two_are_shown() {
        assert_eq!(masked("A123456789"), "A1******89");
        assert_eq!(masked("0911123456"), "09******56");
        assert_eq!(masked("身分證字號"), "身分*字號");
        assert_eq!(["", "A", "A123"].map(masked), ["", "A", "A123"]);
    }

    #[test]
    fn identity_numbers_are_grouped_and_anything_else_is_left_alone() {
        assert_eq!(identity_number_text("A123456789"), "A12345 6789");
        for other in ["", "A12345", "A12345678901", "身分證字號", "A1234 56789"] {
            assert_eq!(identity_number_text(other), other);
        }
    }
}
