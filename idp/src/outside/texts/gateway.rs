//! An HTTP gateway for text messages: one POST a message, to the one address that the operator named. It may be private; for the
//! rest the rules of [`Fetch`] hold: no redirect, no proxy, bounds of time and size.
//!
//! Gateways differ in what they are sent and in how they say no: many answer 200 to everything and say in the body what became of
//! it. Both stand in the settings (`texts.*`).

use super::template::{fill, fill_fields};
use super::{NotSent, Text};
use crate::outside::fetch::{Fetch, FetchError, Fetched};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use regex::Regex;
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// The longest words of a gateway that are kept.
const LONGEST_WORDS: usize = 300;
/// A number or a code that a gateway says back is as long as this, at least.
const TELLING_DIGITS: usize = 6;
/// Between two digits of a number as people write it: `) ` or ` - `.
const MOST_BETWEEN: usize = 3;

/// How a gateway wants its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// What a gateway is sent, checked.
#[derive(Clone)]
pub struct Shape {
    /// How the fields are written.
    pub format: Format,
    /// The fields.
    pub fields: Map<String, Value>,
    /// Headers beside the type of the contents.
    pub headers: Vec<(HeaderName, String)>,
    /// What the file with the secret holds.
    pub secret: Zeroizing<String>,
}

/// How a gateway says yes and no in the body of an answer.
#[derive(Clone, Debug, Default)]
pub struct Says {
    /// What a body has if the message was taken; without it every 2xx is a yes.
    pub taken: Option<Regex>,
    /// What a body has if the number will never be taken.
    pub refused: Option<Regex>,
}

/// A gateway.
#[derive(Clone)]
pub struct Gateway {
    fetch: Fetch,
    url: Url,
    shape: Shape,
    says: Says,
    patience: Duration,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Gateway").field(&self.url.host_str()).finish()
    }
}

impl Gateway {
    /// * `fetch`: may reach the gateway, and nothing else that is private.
    /// * `patience`: for a whole delivery.
    pub fn new(fetch: Fetch, url: Url, (shape, says): (Shape, Says), patience: Duration) -> Self {
        Self { fetch, url, shape, says, patience }
    }

    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) async fn send(&self, text: &Text) -> Result<String, NotSent> {
        let (headers, body) = self.request(text)?;
        let hidden = Hidden { text, secret: &self.shape.secret };
        match self.fetch.post(&self.url, headers, body).await {
            Ok(answer) => judge(&answer, &self.says, &hidden),
            // It may have arrived all the same: the gateway knows it by its id when it comes again.
            Err(error) => Err(NotSent::Later(unreached(&error))),
        }
    }

    fn request(&self, text: &Text) -> Result<(HeaderMap, Vec<u8>), NotSent> {
        let broken = |what: &str| NotSent::Later(format!("what the gateway is sent cannot be written: {what}"));
        let secret = self.shape.secret.as_str();
        let fields = fill_fields(&self.shape.fields, text, secret);
        let mut headers = HeaderMap::new();
        let body = match self.shape.format {
            Format::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                serde_json::to_vec(&fields).map_err(|_| broken("texts.fields"))?
            }
            Format::Form => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let pairs = fields.iter().map(|(name, value)| (name, words(value)));
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
            }
        };
        // The usual name of what makes a repeated request one.
        let id = HeaderValue::from_str(&text.id).map_err(|_| broken("the id"))?;
        headers.insert(HeaderName::from_static("idempotency-key"), id);
        for (name, template) in &self.shape.headers {
            let mut value = HeaderValue::from_str(&fill(template, text, secret)).map_err(|_| broken(name.as_str()))?;
            value.set_sensitive(name == AUTHORIZATION || template.contains("{secret"));
            headers.insert(name.clone(), value);
        }
        Ok((headers, body))
    }
}

fn unreached(error: &FetchError) -> String {
    error.detail().map_or_else(|| error.to_string(), |detail| format!("{error}: {detail}"))
}

/// What may not stand in records: the number, codes, the secret.
struct Hidden<'a> {
    text: &'a Text,
    secret: &'a str,
}

impl Hidden<'_> {
    /// What a gateway said: one line, not long, without what it was told.
    fn words(&self, said: &str) -> String {
        let says = self.text.says.as_str();
        let whole = [says, self.secret].into_iter().filter(|told| !told.is_empty());
        let kept = whole.fold(said.to_owned(), |said, told| said.replace(told, "…"));
        let digits = says.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() >= TELLING_DIGITS);
        let number = self.text.number.trim_start_matches('0');
        let told = [self.text.number.as_str(), number].into_iter().chain(digits);
        let kept = told.filter(|told| !told.is_empty()).fold(kept, |said, told| without_digits(&said, told));
        let kept = kept.split_whitespace().collect::<Vec<_>>().join(" ");
        idp_core::shown_text::one_line(&kept).chars().take(LONGEST_WORDS).collect()
    }
}

/// A text without these digits in a row, however they are set: `0911123456`, `0911-123-456`, `(0911) 123 456`, `０９１１１２３４５６`.
fn without_digits(said: &str, told: &str) -> String {
    let wanted: Vec<u32> = told.chars().filter_map(|c| c.to_digit(10)).collect();
    let (mut kept, mut rest) = (String::with_capacity(said.len()), said);
    while let Some(first) = rest.chars().next() {
        let after = match told_at(rest, &wanted) {
            Some(end) => {
                kept.push('…');
                end
            }
            None => {
                kept.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(after..).unwrap_or_default();
    }
    kept
}

/// Where the digits end, if a text begins with them.
fn told_at(text: &str, wanted: &[u32]) -> Option<usize> {
    let (mut left, mut between) = (wanted.iter(), 0);
    let mut next = left.next()?;
    for (at, c) in text.char_indices() {
        if digit(c) == Some(*next) {
            between = 0;
            match left.next() {
                Some(further) => next = further,
                None => return Some(at + c.len_utf8()),
            }
        } else {
            between += 1;
            if at == 0 || c.is_alphanumeric() || between > MOST_BETWEEN {
                return None;
            }
        }
    }
    None
}

/// A digit, of full width too.
fn digit(c: char) -> Option<u32> {
    c.to_digit(10).or_else(|| ('０'..='９').position(|full| full == c).and_then(|value| u32::try_from(value).ok()))
}

/// What an answer means. What a gateway says of how we ask, who we are and how much is left on the account is our operator's to mend,
/// and no word about the number: it is tried again.
fn judge(answer: &Fetched, says: &Says, hidden: &Hidden<'_>) -> Result<String, NotSent> {
    let body = String::from_utf8_lossy(&answer.body);
    let said = hidden.words(&format!("HTTP {} {body}", answer.status));
    let has = |pattern: &Option<Regex>| pattern.as_ref().map(|pattern| pattern.is_match(&body));
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if has(&says.refused) == Some(true) {
        return Err(NotSent::Refused(said));
    }
    if status.is_success() && has(&says.taken) != Some(false) {
        return Ok(said);
    }
    // No 409: to who knows `Idempotency-Key` it means that the request with that key is still under way.
    let for_ever = [StatusCode::BAD_REQUEST, StatusCode::GONE, StatusCode::UNPROCESSABLE_ENTITY];
    match answer.retry_after {
        // Whoever says how a refusal reads is believed about it.
        _ if for_ever.contains(&status) && says.refused.is_none() => Err(NotSent::Refused(said)),
        Some(after) => Err(NotSent::NotBefore(said, after)),
        None => Err(NotSent::Later(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Text {
        Text { id: "01".into(), number: "0911123456".into(), says: "驗證碼：12345678".into() }
    }

    fn judged(status: u16, body: &'static str, says: &Says, retry_after: Option<u64>) -> Result<String, NotSent> {
        let retry_after = retry_after.map(Duration::from_secs);
        let answer = Fetched { status, content_type: None, body: body.into(), max_age: None, retry_after };
        judge(&answer, says, &Hidden { text: &text(), secret: "s3cret" })
    }

    #[test]
    fn a_status_says_yes_no_or_later() {
        let says = Says::default();
        for status in [200, 201, 202, 204] {
            assert!(judged(status, "anything", &says, None).is_ok(), "{status}");
        }
        for status in [400, 410, 422] {
            assert!(matches!(judged(status, "no", &says, Some(9)), Err(NotSent::Refused(_))), "{status}");
        }
        for status in [301, 302, 401, 402, 403, 404, 405, 408, 409, 413, 415, 425, 429, 500, 502, 503, 504, 999] {
            assert!(matches!(judged(status, "no", &says, None), Err(NotSent::Later(_))), "{status}");
        }
        let later = judged(429, "slow down", &says, Some(30));
        assert_eq!(later, Err(NotSent::NotBefore("HTTP 429 slow down".into(), Duration::from_secs(30))));
    }

    #[test]
    fn a_gateway_that_answers_200_to_everything_is_read() {
        let says = Says {
            taken: Some(Regex::new("(?m)^statuscode=[0124]\r?$").unwrap()),
            refused: Some(Regex::new("(?m)^statuscode=v\r?$").unwrap()),
        };
        assert!(judged(200, "[1]\r\nmsgid=0000000013\r\nstatuscode=1\r\nAccountPoint=98\r\n", &says, None).is_ok());
        assert!(matches!(judged(200, "[1]\r\nstatuscode=v\r\n", &says, None), Err(NotSent::Refused(_))));
        for other in ["[1]\r\nstatuscode=e\r\n", "", "<html>maintenance</html>"] {
            assert!(matches!(judged(200, other, &says, None), Err(NotSent::Later(_))), "{other}");
        }
        assert!(matches!(judged(400, "statuscode=v", &says, None), Err(NotSent::Refused(_))));
        assert!(matches!(judged(400, "bad form", &says, None), Err(NotSent::Later(_))), "ours to mend");
    }

    #[test]
    fn what_a_gateway_says_back_is_kept_without_number_code_and_secret() {
        let said = "{\"to\":\"0911123456\",\r\n\"e164\":\"+886911123456\",\"body\":\"驗證碼：12345678\",\"code\":12345678,\"by\":\"s3cret\"}";
        let kept = judged(200, said, &Says::default(), None).unwrap();
        for hidden in ["911123456", "12345678", "s3cret", "\n"] {
            assert!(!kept.contains(hidden), "{kept}");
        }
        assert!(kept.starts_with("HTTP 200 {\"to\":\"…\", \"e164\":\"+886…\""), "{kept}");
        for dress in [
            "0911-123-456",
            "0911 123 456",
            "(0911) 123-456",
            "+886-911-123-456",
            "+886 911 123 456",
            "00886.911.123.456",
            "０９１１１２３４５６",
            "09 11 12 34 56",
        ] {
            let kept =
                judged(200, Box::leak(format!("to {dress} ok 42").into_boxed_str()), &Says::default(), None).unwrap();
            let digits: String =
                kept.chars().filter_map(digit).filter_map(|value| char::from_digit(value, 10)).collect();
            assert!(!digits.contains("123") && kept.ends_with("… ok 42") && kept.starts_with("HTTP 200 to"), "{kept}");
        }
        assert!(!judged(200, "code 1234-5678 / 1234 5678", &Says::default(), None).unwrap().contains("5678"));
        assert!(Hidden { text: &text(), secret: "" }.words(&"x".repeat(999)).chars().count() <= LONGEST_WORDS);
    }
}
