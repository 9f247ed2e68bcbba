//! A browser without a screen: keeps cookies, follows redirects within the provider, fills in forms.

use reqwest::header::{HeaderMap, HeaderName, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A browser with its own cookies.
#[derive(Clone)]
pub struct Browser {
    /// For requests that a page does not make.
    pub http: Client,
    issuer: String,
}

/// What a browser ends up with.
#[derive(Clone, Debug)]
pub struct Page {
    /// Status of the last answer.
    pub status: StatusCode,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Where it stands; the address outside the provider that it was sent to, if it was.
    pub url: String,
    /// The text of the page; empty if the browser was sent away.
    pub body: String,
}

impl Browser {
    /// A fresh browser.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(issuer: &str) -> Outcome<Self> {
        Self::with(issuer, HeaderMap::new())
    }

    /// A fresh browser somewhere else, as a trusted proxy says.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn at(issuer: &str, address: &str) -> Outcome<Self> {
        Self::with(issuer, HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), address.parse()?)]))
    }

    /// A fresh browser that says this with every request.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    #[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
    pub fn with(issuer: &str, headers: HeaderMap) -> Outcome<Self> {
        let http = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .danger_accept_invalid_certs(true)
            .default_headers(headers)
            .build()?;
        Ok(Self { http, issuer: issuer.to_owned() })
    }

    /// Opens an address and follows redirects as long as they stay at the provider.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn open(&self, url: &str) -> Outcome<Page> {
        self.follow(self.http.get(url), url).await
    }

    /// Sends a form as a page of the provider would.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Page> {
        let url = format!("{}{path}", self.issuer);
        let request = self.http.post(&url).header("origin", &self.issuer).header("sec-fetch-site", "same-origin");
        self.follow(request.form(fields), &url).await
    }

    /// Fills in the sign-in page.
    ///
    /// # Errors
    /// When the page is no sign-in page.
    pub async fn sign_in(&self, page: &Page, username: &str, password: &str) -> Outcome<Page> {
        let interaction = page.field("interaction").ok_or("no sign-in page")?;
        let fields = [("interaction", interaction.as_str()), ("username", username), ("password", password)];
        self.submit("/sign-in", &fields).await
    }

    /// Presses a button of the consent page: `allow`, `deny` or `switch`.
    ///
    /// # Errors
    /// When the page is no consent page.
    pub async fn decide(&self, page: &Page, decision: &str) -> Outcome<Page> {
        let interaction = page.field("interaction").ok_or("no consent page")?;
        self.submit("/consent", &[("interaction", &interaction), ("decision", decision)]).await
    }

    async fn follow(&self, first: RequestBuilder, url: &str) -> Outcome<Page> {
        let mut answer = first.send().await?;
        let mut at = url.to_owned();
        for _ in 0..10 {
            let location = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
            let (status, headers) = (answer.status(), answer.headers().clone());
            match location {
                Some(to) if status.is_redirection() => {
                    let to = if to.starts_with('/') { format!("{}{to}", self.issuer) } else { to };
                    if !to.starts_with(&self.issuer) {
                        return Ok(Page { status, headers, url: to, body: String::new() });
                    }
                    answer = self.http.get(&to).send().await?;
                    at = to;
                }
                _ => return Ok(Page { status, headers, url: at, body: answer.text().await? }),
            }
        }
        Err("too many redirects".into())
    }
}

impl Page {
    /// The value of a field of its form.
    pub fn field(&self, name: &str) -> Option<String> {
        let tag =
            self.body.split('<').find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")))?;
        let value = tag.split("value=\"").nth(1)?.split('"').next()?;
        let plain = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
        Some(plain.into_iter().fold(value.to_owned(), |value, (code, text)| value.replace(code, text)))
    }

    /// What its frames open.
    pub fn frames(&self) -> Vec<String> {
        let tags = self.body.split("<iframe").skip(1).filter_map(|rest| rest.split('>').next());
        let sources = tags.filter_map(|tag| tag.split(" src=\"").nth(1)?.split('"').next());
        sources.map(|source| source.replace("&#38;", "&")).collect()
    }

    /// Whether it has an element of that id.
    pub fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    /// A parameter of the address the browser was sent to (in its query or fragment), or a field of the form it posts there.
    pub fn parameter(&self, name: &str) -> Option<String> {
        if self.has("form-post") {
            return self.field(name);
        }
        let url = url::Url::parse(&self.url).ok()?;
        let fragment = form_urlencoded::parse(url.fragment().unwrap_or_default().as_bytes());
        url.query_pairs().chain(fragment).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}
