//! `[texts]`, checked.

use super::ephemeral::read_secret;
use super::{BadSetting, SecretUrl, Settings, Span, bad};
use crate::outside::fetch::{Fetch, FetchSettings, FetchSettingsError};
use crate::outside::texts::Texts;
use crate::outside::texts::gateway::{Format, Gateway, Says, Shape};
use crate::outside::texts::template::{Slot, slots, slots_in};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use idp_core::client::redirect_uri::is_loopback;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// An answer of a gateway is short.
const LONGEST_ANSWER: usize = 64 * 1024;
/// A code lives for ten minutes; whoever waits for a gateway so long sends it too late.
const LONGEST_DELIVERY: Duration = Duration::from_secs(60);

/// How text messages leave the house.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextsSection {
    /// `folder:PATH` or `https://…`.
    pub url: SecretUrl,
    /// How the gateway wants its fields.
    pub body: TextsBody,
    /// The fields.
    pub fields: Map<String, Value>,
    /// Headers.
    pub headers: BTreeMap<String, String>,
    /// File with the secret.
    pub secret_file: Option<PathBuf>,
    /// PEM certificate authorities of the gateway, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// What an answer has if the message was taken.
    pub taken_when: Option<String>,
    /// What an answer has if the number will never be taken.
    pub refused_when: Option<String>,
    /// How long the gateway may take for one message.
    pub timeout: Span,
}

/// How a gateway wants its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextsBody {
    /// One JSON object.
    Json,
    /// As a form of a web page.
    Form,
}

impl Default for TextsSection {
    fn default() -> Self {
        Self {
            url: SecretUrl("folder:texts".into()),
            body: TextsBody::Json,
            fields: Map::new(),
            headers: BTreeMap::new(),
            secret_file: None,
            ca_file: None,
            taken_when: None,
            refused_when: None,
            timeout: Span(Duration::from_secs(10)),
        }
    }
}

/// Where text messages go, read.
enum Target {
    Folder(PathBuf),
    Gateway(Url),
}

impl TextsSection {
    fn target(&self) -> Result<Target, BadSetting> {
        let wrong = |why: &str| bad("texts.url", why);
        if let Some(path) = self.url.0.strip_prefix("folder:") {
            if path.is_empty() {
                return Err(wrong("names no folder; such as folder:texts"));
            }
            return Ok(Target::Folder(path.into()));
        }
        let url = Url::parse(&self.url.0).map_err(|_| wrong("must be folder:PATH or https://…"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "holds a user or a password; put it into texts.secret_file, and where it goes into texts.headers",
            ));
        }
        if url.port() == Some(0) || url.fragment().is_some() {
            return Err(wrong("must have a port from 1 to 65535 and no #"));
        }
        match url.scheme() {
            "https" => Ok(Target::Gateway(url)),
            "http" if is_loopback(&url) => Ok(Target::Gateway(url)),
            "http" => Err(wrong("must be https: numbers, codes and the secret would go in the clear")),
            _ => Err(wrong("must be folder:PATH or https://…")),
        }
    }

    /// Checks what can be checked without reading files.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let target = self.target()?;
        if !(Duration::from_secs(1)..=LONGEST_DELIVERY).contains(&self.timeout.0) {
            return Err(bad("texts.timeout", "must be 1 s to 1 min"));
        }
        self.says()?;
        match target {
            Target::Folder(_) => self.check_folder(),
            Target::Gateway(_) => self.check_gateway(),
        }
    }

    fn check_folder(&self) -> Result<(), BadSetting> {
        let given = [
            ("texts.fields", !self.fields.is_empty()),
            ("texts.headers", !self.headers.is_empty()),
            ("texts.secret_file", self.secret_file.is_some()),
            ("texts.ca_file", self.ca_file.is_some()),
            ("texts.taken_when", self.taken_when.is_some()),
            ("texts.refused_when", self.refused_when.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(bad(key, "means nothing with a folder; set texts.url to a gateway")),
            None => Ok(()),
        }
    }

    fn check_gateway(&self) -> Result<(), BadSetting> {
        let unknown = |key: &'static str| {
            move |name: String| {
                bad(
                    key,
                    format!(
                        "there is no {name}; there are {{number}}, {{international}}, {{text}}, {{id}}, {{secret}}, \
                         {{secret_base64}}"
                    ),
                )
            }
        };
        let mut used = Vec::new();
        for (name, value) in &self.fields {
            let found = slots_in(value).map_err(unknown("texts.fields"))?;
            if self.body == TextsBody::Form && (value.is_array() || value.is_object() || value.is_null()) {
                return Err(bad("texts.fields", format!("{name:?} must be a text: a form has no lists or tables")));
            }
            used.extend(found);
        }
        let has = |used: &[Slot], wanted: &[Slot]| wanted.iter().any(|slot| used.contains(slot));
        if !has(&used, &[Slot::Text]) || !has(&used, &[Slot::Number, Slot::International]) {
            let words = "must say where the gateway wants the number and the text; \
                         such as { to = \"{international}\", text = \"{text}\" }";
            return Err(bad("texts.fields", words));
        }
        for (_, template) in self.headers()? {
            used.extend(slots(&template).map_err(unknown("texts.headers"))?);
        }
        match (has(&used, &[Slot::Secret, Slot::SecretBase64]), &self.secret_file) {
            (true, None) => Err(bad("texts.secret_file", "is needed: texts.fields or texts.headers name {secret}")),
            (false, Some(_)) => {
                let words = "goes nowhere; name {secret} or {secret_base64} in texts.headers or texts.fields, \
                             such as { Authorization = \"Bearer {secret}\" }";
                Err(bad("texts.secret_file", words))
            }
            _ => Ok(()),
        }
    }

    fn headers(&self) -> Result<Vec<(HeaderName, String)>, BadSetting> {
        let ours = [CONTENT_TYPE, CONTENT_LENGTH, HOST, TRANSFER_ENCODING];
        let header = |(name, value): (&String, &String)| {
            let wrong = |why: &str| bad("texts.headers", format!("{name:?} {why}"));
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("is no name of a header"))?;
            if ours.contains(&parsed) {
                return Err(wrong("is written by the provider"));
            }
            HeaderValue::from_str(value).map_err(|_| wrong("holds what no header can"))?;
            let tells = slots(value).unwrap_or_default().contains(&Slot::Text);
            if tells { Err(wrong("cannot hold {text}: a header has ASCII alone")) } else { Ok((parsed, value.clone())) }
        };
        self.headers.iter().map(header).collect()
    }

    fn says(&self) -> Result<Says, BadSetting> {
        let read = |key: &str, pattern: &Option<String>| {
            let pattern = pattern.as_ref().filter(|pattern| !pattern.is_empty());
            pattern.map(|pattern| Regex::new(pattern)).transpose().map_err(|why| bad(key, why))
        };
        Ok(Says {
            taken: read("texts.taken_when", &self.taken_when)?,
            refused: read("texts.refused_when", &self.refused_when)?,
        })
    }

    fn shape(&self) -> Result<Shape, BadSetting> {
        let secret = self.secret_file.as_ref().map(|path| read_secret("texts.secret_file", path)).transpose()?;
        if let Some(secret) = &secret
            && HeaderValue::from_str(secret).is_err()
        {
            return Err(bad("texts.secret_file", "holds what no header can"));
        }
        Ok(Shape {
            format: match self.body {
                TextsBody::Json => Format::Json,
                TextsBody::Form => Format::Form,
            },
            fields: self.fields.clone(),
            headers: self.headers()?,
            secret: secret.unwrap_or_else(|| Zeroizing::new(String::new())),
        })
    }
}

impl Settings {
    /// How text messages leave the house.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn texts(&self) -> Result<Texts, BadSetting> {
        let texts = &self.texts;
        let url = match texts.target()? {
            Target::Folder(path) => return Ok(Texts::Folder(path)),
            Target::Gateway(url) => url,
        };
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|why| bad("texts.ca_file", format!("{}: {why}", path.display())))
        };
        let host = url.host_str().unwrap_or_default();
        let fetch = FetchSettings {
            // Of what is private, the gateway alone.
            allow_hosts: vec![format!("{host}:{}", url.port_or_known_default().unwrap_or_default())],
            extra_ca_pem: texts.ca_file.as_ref().map(read).transpose()?,
            connect_timeout: texts.timeout.0,
            timeout: texts.timeout.0,
            max_bytes: LONGEST_ANSWER,
            ..FetchSettings::default()
        };
        let fetch = Fetch::new(fetch).map_err(|why| match why {
            FetchSettingsError::ExtraCa => bad("texts.ca_file", "has no readable certificate"),
            why => bad("texts.url", why),
        })?;
        Ok(Texts::Gateway(Box::new(Gateway::new(fetch, url, (texts.shape()?, texts.says()?), texts.timeout.0))))
    }

    /// Whether people are offered text messages: with a gateway, or where the provider is tried out on one machine. In a folder
    /// nobody reads them.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn offers_texts(&self) -> Result<bool, BadSetting> {
        Ok(matches!(self.texts.target()?, Target::Gateway(_)) || is_loopback(&self.issuer()?))
    }

    /// The folder whose text messages are shown as pages beside the mails, if they are.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn texts_shown(&self) -> Result<Option<PathBuf>, BadSetting> {
        Ok(match self.texts.target()? {
            Target::Folder(path) if self.mail.show_mailbox => Some(path),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn gateway(change: impl FnOnce(&mut TextsSection)) -> String {
        let Value::Object(fields) = json!({ "to": "{international}", "text": "{text}" }) else { unreachable!() };
        let mut texts =
            TextsSection { url: SecretUrl("https://sms.example.tw/send".into()), fields, ..TextsSection::default() };
        change(&mut texts);
        texts.check().map_or_else(|why| why.0, |()| "fine".into())
    }

    #[test]
    fn a_gateway_is_named_in_full_and_nothing_goes_in_the_clear() {
        for at in [
            "https://sms.example.tw",
            "https://10.1.2.3:8443/send?CharsetURL=UTF8",
            "http://localhost:9",
            "http://[::1]:9",
        ] {
            assert_eq!(gateway(|texts| texts.url = SecretUrl(at.into())), "fine", "{at}");
        }
        for (at, why) in [
            ("folder:", "names no folder"),
            ("sms.example.tw", "must be folder:PATH or https"),
            ("ftp://sms.example.tw", "must be folder:PATH or https"),
            ("http://sms.example.tw", "in the clear"),
            ("http://10.1.2.3", "in the clear"),
            ("https://user:word@sms.example.tw", "texts.secret_file"),
            ("https://sms.example.tw:0", "a port from 1"),
        ] {
            let said = gateway(|texts| texts.url = SecretUrl(at.into()));
            assert!(said.contains("texts.url") && said.contains(why) && !said.contains("word@"), "{at}: {said}");
        }
    }

    #[test]
    fn what_a_gateway_is_sent_has_the_number_the_text_and_the_secret_that_it_needs() {
        let fields = |fields: Value| move |texts: &mut TextsSection| texts.fields = fields.as_object().unwrap().clone();
        assert!(gateway(fields(json!({}))).contains("where the gateway wants the number"));
        assert!(gateway(fields(json!({ "to": "{number}" }))).contains("where the gateway wants the number"));
        assert!(gateway(fields(json!({ "to": "{nummer}", "text": "{text}" }))).contains("there is no {nummer}"));
        let nested = fields(json!({ "list": [{ "to": "{number}", "text": "{text}" }] }));
        assert_eq!(gateway(&nested), "fine");
        let form = gateway(|texts| {
            nested(texts);
            texts.body = TextsBody::Form;
        });
        assert!(form.contains("a form has no lists"), "{form}");
        let header = |name: &'static str, value: &'static str| {
            move |texts: &mut TextsSection| drop(texts.headers.insert(name.into(), value.into()))
        };
        assert!(gateway(header("Authorization", "Bearer {secret}")).contains("texts.secret_file: is needed"));
        assert!(gateway(|texts| texts.secret_file = Some("x".into())).contains("goes nowhere"));
        let both = gateway(|texts| {
            header("Authorization", "Basic {secret_base64}")(texts);
            texts.secret_file = Some("x".into());
        });
        assert_eq!(both, "fine");
        assert!(gateway(header("Content-Type", "text/plain")).contains("written by the provider"));
        assert!(gateway(header("a b", "x")).contains("no name of a header"));
        assert!(gateway(header("X-Text", "{text}")).contains("ASCII alone"));
        assert!(gateway(|texts| texts.taken_when = Some("(".into())).contains("texts.taken_when"));
        assert!(gateway(|texts| texts.timeout = Span(Duration::from_secs(61))).contains("1 s to 1 min"));
        assert!(gateway(|texts| texts.url = SecretUrl("folder:texts".into())).contains("means nothing with a folder"));
    }
}
