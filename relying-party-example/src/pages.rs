//! The pages, from the templates in `templates/`, and the two files they need. Askama escapes whatever it inserts.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Datelike, FixedOffset, Timelike, Utc};

use crate::App;
use crate::failure::{Action, Failure, Words};
use crate::language::Language;
use crate::person::{Capacity, OfficialKind};
use crate::portal::Portal;
use crate::sessions::Session;
use crate::visitor::random;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    portal: &'static Portal,
    lang: Language,
    session_ended: bool,
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedIn<'a> {
    portal: &'static Portal,
    lang: Language,
    session: &'a Session,
    checked_at: String,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    portal: &'static Portal,
    lang: Language,
    everywhere: bool,
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    portal: &'static Portal,
    lang: Language,
    /// In both languages, the reader's first: the address of a failed sign-in cannot be opened again in the other one.
    languages: [Language; 2],
    words: Words,
    reference: String,
}

pub(crate) fn welcome(app: &App, lang: Language, session_ended: bool) -> Response {
    render(StatusCode::OK, &Welcome { portal: app.config.portal, lang, session_ended })
}

pub(crate) fn signed_in(app: &App, lang: Language, session: &Session) -> Response {
    let checked_at = taiwan_time(session.checked_at, lang);
    render(StatusCode::OK, &SignedIn { portal: app.config.portal, lang, session, checked_at })
}

#[derive(PartialEq, Eq)]
pub(crate) enum SignedOutEverywhere {
    Yes,
    No,
}

pub(crate) fn signed_out(app: &App, lang: Language, everywhere: SignedOutEverywhere) -> Response {
    let everywhere = everywhere == SignedOutEverywhere::Yes;
    render(StatusCode::OK, &SignedOut { portal: app.config.portal, lang, everywhere })
}

/// The page for a failure, and the one line about it in the log; the reference on both brings them together.
pub(crate) fn failure(app: &App, lang: Language, failure: &Failure) -> Response {
    let words = failure.words();
    let reference: String = random().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    if words.status.is_server_error() {
        tracing::error!(reference, detail = ?failure.detail(), "answered with {}", words.status);
    } else {
        tracing::info!(reference, detail = ?failure.detail(), "answered with {}", words.status);
    }
    let languages = match lang {
        Language::Chinese => [Language::Chinese, Language::English],
        Language::English => [Language::English, Language::Chinese],
    };
    render(words.status, &FailurePage { portal: app.config.portal, lang, languages, words, reference })
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// `GET /style.css`
pub(crate) async fn style(State(app): State<Arc<App>>) -> Response {
    file("text/css; charset=utf-8", app.config.portal.style)
}

/// `GET /icon.svg`
pub(crate) async fn icon(State(app): State<Arc<App>>) -> Response {
    file("image/svg+xml", app.config.portal.crest)
}

fn file(content_type: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "max-age=600")], content).into_response()
}

/// As people in Taiwan read it: 民國 115 年 11 月 21 日 23:41.
fn taiwan_time(time: DateTime<Utc>, lang: Language) -> String {
    let time = FixedOffset::east_opt(8 * 3600).map_or_else(|| time.fixed_offset(), |zone| time.with_timezone(&zone));
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute) = (time.hour(), time.minute());
    match lang {
        Language::Chinese => format!("民國 {} 年 {month} 月 {day} 日 {hour:02}:{minute:02}", year - 1911),
        Language::English => format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} (Taiwan)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_in_taiwan_read_them() {
        let time = DateTime::from_timestamp(1_795_275_660, 0).unwrap();
        assert_eq!(taiwan_time(time, Language::Chinese), "民國 115 年 11 月 21 日 23:41");
        assert_eq!(taiwan_time(time, Language::English), "2026-11-21 23:41 (Taiwan)");
    }
}
