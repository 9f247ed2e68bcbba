//! One person with a browser: follows redirects, keeps cookies, fills in forms, and reads what is on the page.

use crate::people::PASSWORD;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use std::time::Duration;
use tokio::time::sleep;

/// Nobody's page takes longer: a node that was frozen is given up by the balancer before.
const PAGE: Duration = Duration::from_secs(40);
/// No sign-in takes more pages than this.
const PAGES: usize = 40;
/// Whoever is shown the sign-in page again reads it and waits before typing again.
const READS: Duration = Duration::from_secs(1);
/// Nobody types a password more often.
const PATIENCE: u32 = 8;

/// A sign-in at a portal, as the person met it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login {
    /// From the click to the portal's first page.
    pub took: Duration,
    /// How often the password was typed.
    pub typed: u32,
    /// How often it was typed again though this browser had been signed in, or the password had been right.
    pub typed_again: u32,
    /// How often the portal began the sign-in again, without asking.
    pub restarted: u32,
    /// What the person read instead of the portal's first page.
    pub problem: Option<String>,
}

/// What all browsers share: the way to the network. Cookies are each one's own.
#[derive(Clone)]
pub struct Browsers(Client);

impl Browsers {
    /// Of this machine.
    ///
    /// # Errors
    /// When the client cannot be made.
    #[expect(clippy::disallowed_methods, reason = "browsers, not the provider")]
    pub fn new() -> reqwest::Result<Self> {
        let builder = Client::builder().tls_built_in_root_certs(false).no_proxy().redirect(Policy::none());
        Ok(Self(builder.timeout(PAGE).build()?))
    }
}

/// A person at a browser.
pub struct Visitor {
    http: Client,
    jar: Jar,
    issuer: Url,
    account: String,
    /// Whether the password was accepted in this browser.
    signed_in: bool,
}

/// A page, with where it is.
struct Page {
    url: Url,
    status: StatusCode,
    location: Option<String>,
    body: String,
}

impl Visitor {
    /// Somebody at a new browser, with the usual password.
    pub fn new(browsers: &Browsers, issuer: &Url, account: &str) -> Self {
        let (http, issuer) = (browsers.0.clone(), issuer.clone());
        Self { http, jar: Jar::default(), issuer, account: account.to_owned(), signed_in: false }
    }

    /// Goes to another browser: nobody is signed in there.
    pub fn new_browser(&mut self) {
        self.jar = Jar::default();
        self.signed_in = false;
    }

    /// The browser forgets the session at a portal; the one at the provider stays.
    pub fn forget(&self, portal: &Url, key: &str) {
        self.jar.add_cookie_str(&format!("{key}_session=; Path=/; Max-Age=0"), portal);
    }

    /// Signs in at a portal.
    #[expect(clippy::disallowed_methods, reason = "a person has a clock of their own")]
    pub async fn sign_in(&mut self, portal: &Url) -> Login {
        let begun = std::time::Instant::now();
        let mut login = Login::default();
        login.problem = self.walk(portal, &mut login).await.err();
        self.signed_in |= login.problem.is_none();
        login.took = begun.elapsed();
        login
    }

    async fn walk(&self, portal: &Url, login: &mut Login) -> Result<(), String> {
        let mut page = self.open(self.http.get(join(portal, "/sign-in")?)).await?;
        for _ in 0..PAGES {
            if page.status.is_redirection() {
                let to = join(&page.url, page.location.as_deref().unwrap_or_default())?;
                let from_portal = page.url.origin() == portal.origin() && page.url.path() == "/callback";
                login.restarted += u32::from(from_portal && to.origin() == self.issuer.origin());
                page = self.open(self.http.get(to)).await?;
            } else if page.url.origin() == portal.origin() && page.has("person-name") {
                return Ok(());
            } else if page.has("login-submit") && login.typed < PATIENCE {
                if self.signed_in || login.typed > 0 {
                    login.typed_again += 1;
                    sleep(READS).await;
                }
                login.typed += 1;
                page = self.fill_in(&page, &[("username", &self.account), ("password", PASSWORD)]).await?;
            } else if page.has("consent-allow") {
                page = self.fill_in(&page, &[("decision", "allow")]).await?;
            } else {
                return Err(page.words());
            }
        }
        Err("too many redirects".to_owned())
    }

    /// Sends the form that is on the page: the one with a sealed value.
    async fn fill_in(&self, page: &Page, fields: &[(&str, &str)]) -> Result<Page, String> {
        let sealed = page.field("interaction").ok_or("a form without its sealed value")?;
        let form = page.body.split("<form").find(|form| form.contains("name=\"interaction\""));
        let action = form.and_then(|form| form.split_once("action=\"")?.1.split('"').next());
        let to = join(&page.url, action.ok_or("a form without an address")?)?;
        let mut all = vec![("interaction", sealed.as_str())];
        all.extend(fields);
        let origin = page.url.origin().ascii_serialization();
        self.open(self.http.post(to).header("origin", origin).header("sec-fetch-site", "same-origin").form(&all)).await
    }

    async fn open(&self, request: RequestBuilder) -> Result<Page, String> {
        let no_answer = |why: reqwest::Error| format!("no answer: {why}");
        let mut request = request.build().map_err(no_answer)?;
        let url = request.url().clone();
        if let Some(cookies) = self.jar.cookies(&url) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let answer = self.http.execute(request).await.map_err(no_answer)?;
        self.jar.set_cookies(&mut answer.headers().get_all(SET_COOKIE).iter(), &url);
        let location = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        let status = answer.status();
        Ok(Page { url, status, location, body: answer.text().await.map_err(no_answer)? })
    }
}

fn join(url: &Url, to: &str) -> Result<Url, String> {
    url.join(to).map_err(|why| format!("{to}: {why}"))
}

impl Page {
    fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    /// The value of a hidden field. What is sealed has nothing in it that HTML escapes.
    fn field(&self, name: &str) -> Option<String> {
        let tag = self.body.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
        Some(tag.split_once("value=\"")?.1.split('"').next()?.to_owned())
    }

    /// Where the person is, and what the page says.
    fn words(&self) -> String {
        let title = self.body.split_once("<title>").and_then(|(_, rest)| rest.split('<').next()).unwrap_or_default();
        format!("{} {}: {}", self.status, self.url.path(), title.trim())
    }
}
