//! What the time of an answer tells a stranger: the same form with names that somebody has and with names that nobody has, in random
//! order, each name once. Of interest is how often an answer about a known name takes longer than one about an unknown name: one half is nothing.

use crate::http::Connection;
use crate::process::now;
use crate::report::milliseconds;
use crate::sign_in::{attempt_wrong, form_of, form_of_page};
use crate::stage::StageOptions;
use crate::{Outcome, say};
use clap::Args;
use std::fmt::Write;
use std::time::Duration;

/// What `load timing` takes.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    stage: StageOptions,
}

/// A public form that takes a name.
#[derive(Clone, Copy)]
enum Form {
    SignIn,
    ForgotPassword,
    /// Asking for a text message, and typing a code afterwards.
    ByText,
    ForgotAccount,
    ResendConfirmation,
}

impl Form {
    const ALL: [Self; 5] =
        [Self::SignIn, Self::ForgotPassword, Self::ByText, Self::ForgotAccount, Self::ResendConfirmation];

    /// What is measured, in order.
    const fn parts(self) -> &'static [&'static str] {
        match self {
            Self::SignIn => &["`/sign-in`"],
            Self::ForgotPassword => &["`/forgot-password`"],
            Self::ByText => &["`/forgot-password`, by text message", "`/reset-password/code`"],
            Self::ForgotAccount => &["`/forgot-account`"],
            Self::ResendConfirmation => &["`/resend-confirmation`"],
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::ForgotPassword | Self::ByText => "/forgot-password",
            Self::ForgotAccount => "/forgot-account",
            Self::ResendConfirmation => "/resend-confirmation",
        }
    }

    /// Sends it once; how long the answer to each part took.
    fn send(self, connection: &mut Connection, name: &str) -> Outcome<Vec<Duration>> {
        let (field, value) = match self {
            Self::SignIn => return Ok(vec![attempt_wrong(connection, name)?]),
            Self::ForgotAccount => ("email", format!("{name}@example.gov.tw")),
            Self::ForgotPassword | Self::ByText | Self::ResendConfirmation => ("account", name.to_owned()),
        };
        let (mut fields, cookie) = form_of(connection, self.path())?;
        fields.push((field.to_owned(), value));
        let by_text = matches!(self, Self::ByText);
        if by_text {
            fields.push(("way".to_owned(), "text".to_owned()));
        }
        let (asked, next) = post(connection, (self.path(), &cookie), fields, 303)?;
        if !by_text {
            return Ok(vec![asked]);
        }
        let page = next.ok_or("the page for the code has no address")?;
        let (asking, _) = form_of_page(connection, &page, ("cookie", &cookie), CODE)?;
        let typed = [asking, vec![("code".to_owned(), "00000000".to_owned())]].concat();
        let (typed, _) = post(connection, (CODE, &cookie), typed, 422)?;
        Ok(vec![asked, typed])
    }
}

/// Where the code of a text message is typed.
const CODE: &str = "/reset-password/code";

/// Sends a form; how long the answer took, and where it leads. The answer is the one that everybody gets.
fn post(
    connection: &mut Connection,
    (path, cookie): (&str, &str),
    fields: Vec<(String, String)>,
    status: u16,
) -> Outcome<(Duration, Option<String>)> {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let begun = now();
    let answer = connection.post(path, ("cookie", cookie), &form)?;
    let took = begun.elapsed();
    if answer.status != status {
        return Err(answer.unexpected("the answer that everybody gets").into());
    }
    Ok((took, answer.field("location").map(str::to_owned)))
}

/// Everything, as Markdown.
pub fn measure(options: &Options) -> Outcome<String> {
    let stage = &options.stage;
    let mut connection = Connection::open(stage.provider)?;
    let mut text = String::from(
        "| form | known names: median ms (quartiles) | unknown names | a known one takes longer, of 100 pairs |\n\
         |---|---|---|---|\n",
    );
    for form in Form::ALL {
        say(form.path());
        // As long as those, so that the forms are of one length.
        let unknown = stage.accounts.iter().map(|name| format!("{}x", name.replacen("person", "nobod", 1)));
        let known = stage.accounts.iter().map(|name| (true, name.clone()));
        let mut names: Vec<_> = known.chain(unknown.map(|name| (false, name))).collect();
        shuffle(&mut names)?;
        let mut took = Vec::new();
        for (is_known, name) in names {
            took.push((is_known, form.send(&mut connection, &name)?));
        }
        for (number, part) in form.parts().iter().enumerate() {
            let of = |which: bool| {
                let those = took.iter().filter(|(is_known, _)| *is_known == which);
                those.filter_map(|(_, took)| took.get(number).copied()).collect::<Vec<_>>()
            };
            let (mut known, mut unknown) = (of(true), of(false));
            let (longer, by_chance) = longer(&known, &unknown);
            writeln!(
                text,
                "| {part} | {} | {} | {:.1} ({:.1}–{:.1} come by chance) |",
                quartiles(&mut known),
                quartiles(&mut unknown),
                100.0 * longer,
                100.0 * (0.5 - by_chance),
                100.0 * (0.5 + by_chance),
            )?;
        }
    }
    Ok(text)
}

/// Fisher and Yates, with randomness that no figure depends on.
fn shuffle<T>(names: &mut [T]) -> Outcome<()> {
    for last in (1..names.len()).rev() {
        let random = u64::from_le_bytes(keys::random()?);
        let at = random % u64::try_from(last + 1)?;
        names.swap(last, usize::try_from(at)?);
    }
    Ok(())
}

/// How often one of the first takes longer than one of the second (Mann and Whitney), and how far from one half that is by chance in 95 of
/// 100 runs.
fn longer(first: &[Duration], second: &[Duration]) -> (f64, f64) {
    let wins = first.iter().flat_map(|one| second.iter().map(move |other| one.cmp(other)));
    let sum: f64 = wins
        .map(|order| match order {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    let count = |times: &[Duration]| f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
    let (one, other) = (count(first), count(second));
    (sum / (one * other), 1.96 * ((one + other + 1.0) / (12.0 * one * other)).sqrt())
}

fn quartiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |quarter: usize| times.get(times.len() * quarter / 4).map_or(f64::NAN, |time| milliseconds(*time));
    format!("{:.2} ({:.2}–{:.2})", at(2), at(1), at(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_one_takes_longer_is_counted_by_pairs() {
        let times = |millis: &[u64]| millis.iter().map(|one| Duration::from_millis(*one)).collect::<Vec<_>>();
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
        assert!(close(longer(&times(&[3, 4]), &times(&[1, 2])).0, 1.0));
        assert!(close(longer(&times(&[1, 2]), &times(&[1, 2])).0, 0.5));
        assert!(close(longer(&times(&[1, 1]), &times(&[2, 1])).0, 0.25));
        assert_eq!(quartiles(&mut times(&[4, 1, 3, 2])), "3.00 (2.00–4.00)");
    }
}
