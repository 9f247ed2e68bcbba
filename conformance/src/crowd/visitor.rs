//! One person with a browser: follows redirects, keeps cookies, fills in forms, and reads what is on the page.

use crate::people::PASSWORD;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, RequestBuilder, Response, StatusCode, Url};
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
    /// What was read each time it was typed again though this browser had been signed in, or the password had been right.
    pub typed_again: Vec<String>,
    /// How often the portal began the sign-in again, without asking.
    pub restarted: u32,
    /// How often a connection that had been idle was closed under a request, which was sent again on another.
    pub repeated: u32,
    /// What the person read instead of the portal's first page.
    pub problem: Option<String>,
}

/// What all browsers share: the way to the network. Cookies are each one's own.
#[derive(Clone)]
pub struct Browsers {
    /// Uses connections again.
    kept: Client,
    /// Opens one for each request.
    fresh: Client,
}

impl Browsers {
    /// Of this machine.
    ///
    /// # Errors
    /// When the client cannot be made.
    #[expect(clippy::disallowed_methods, reason = "browsers, not the provider")]
    pub fn new() -> reqwest::Result<Self> {
        let builder =
            || Client::builder().tls_built_in_root_certs(false).no_proxy().redirect(Policy::none()).timeout(PAGE);
        Ok(Self { kept: builder().build()?, fresh: builder().pool_max_idle_per_host(0).build()? })
    }
}

impl Browsers {
    /// Sends a request, and once more on a new connection if the one it was sent on was closed before anything came back:
    /// whoever closes an idle connection does not know what is under way on it (RFC 9112 §9.5), and a browser does not show
    /// its owner an error for that. Tells whether it was sent again.
    async fn execute(&self, request: Request) -> reqwest::Result<(Response, bool)> {
        let again = request.try_clone();
        match (self.kept.execute(request).await, again) {
            (Err(why), Some(again)) if why.is_request() && !why.is_connect() && !why.is_timeout() => {
                Ok((self.fresh.execute(again).await?, true))
            }
            (answer, _) => Ok((answer?, false)),
        }
    }
}

/// A person at a browser.
pub struct Visitor {
    browsers: Browsers,
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
        let (browsers, issuer) = (browsers.clone(), issuer.clone());
        Self { browsers, jar: Jar::default(), issuer, account: account.to_owned(), signed_in: false }
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
        let http = &self.browsers.kept;
        let mut page = self.open(http.get(join(portal, "/sign-in")?), login).await?;
        for _ in 0..PAGES {
            if page.status.is_redirection() {
                let to = join(&page.url, page.location.as_deref().unwrap_or_default())?;
                let from_portal = page.url.origin() == portal.origin() && page.url.path() == "/callback";
                login.restarted += u32::from(from_portal && to.origin() == self.issuer.origin());
                page = self.open(http.get(to), login).await?;
            } else if page.url.origin() == portal.origin() && page.has("person-name") {
                return Ok(());
            } else if page.has("login-submit") && login.typed < PATIENCE {
                if self.signed_in || login.typed > 0 {
                    login.typed_again.push(page.words());
                    sleep(READS).await;
                }
                login.typed += 1;
                page = self.fill_in(&page, &[("username", &self.account), ("password", PASSWORD)], login).await?;
            } else if page.has("consent-allow") {
                page = self.fill_in(&page, &[("decision", "allow")], login).await?;
            } else {
                return Err(page.words());
            }
        }
        Err("too many redirects".to_owned())
    }

    /// Sends the form that is on the page: the one with a sealed value.
    async fn fill_in(&self, page: &Page, fields: &[(&str, &str)], login: &mut Login) -> Result<Page, String> {
        let sealed = page.field("interaction").ok_or("a form without its sealed value")?;
        let form = page.body.split("<form").find(|form| form.contains("name=\"interaction\""));
        let action = form.and_then(|form| form.split_once("action=\"")?.1.split('"').next());
        let to = join(&page.url, action.ok_or("a form without an address")?)?;
        let mut all = vec![("interaction", sealed.as_str())];
        all.extend(fields);
        let origin = page.url.origin().ascii_serialization();
        let request = self.browsers.kept.post(to).header("origin", origin).header("sec-fetch-site", "same-origin");
        self.open(request.form(&all), login).await
    }

    async fn open(&self, request: RequestBuilder, login: &mut Login) -> Result<Page, String> {
        let no_answer = |why: reqwest::Error| format!("no answer: {why}");
        let mut request = request.build().map_err(no_answer)?;
        let url = request.url().clone();
        if let Some(cookies) = self.jar.cookies(&url) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let (answer, repeated) = self.browsers.execute(request).await.map_err(no_answer)?;
        login.repeated += u32::from(repeated);
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

    /// Where the person is, and what the page says: its title, and what is wrong.
    fn words(&self) -> String {
        let after = |mark: &str| self.body.split_once(mark).and_then(|(_, rest)| rest.split('<').next());
        let (title, problem) = (after("<title>").unwrap_or_default(), after("<h2 id=\"problem\">").unwrap_or_default());
        let words = format!("{} {}: {} {}", self.status, self.url.path(), title.trim(), problem.trim());
        words.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers so many requests of each connection, one after another, and closes it when it has read the next.
    async fn closes_after(answers: usize) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                for _ in 0..answers {
                    let _ = stream.read(&mut head).await;
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                }
                let _ = stream.read(&mut head).await;
            }
        });
        url
    }

    #[tokio::test]
    async fn what_is_sent_on_a_connection_that_is_just_closed_is_sent_again_once() {
        let (browsers, url) = (Browsers::new().unwrap(), closes_after(1).await);
        let mut repeated = Vec::new();
        for _ in 0..2 {
            let request = browsers.kept.post(&url).body("a form").build().unwrap();
            let (answer, again) = browsers.execute(request).await.unwrap();
            answer.bytes().await.unwrap();
            repeated.push(again);
        }
        assert_eq!(repeated, [false, true]);
        let never = browsers.kept.get(closes_after(0).await).build().unwrap();
        assert!(browsers.execute(never).await.is_err(), "somebody who never answers is no idle connection");
    }
}
