//! A visitor whose cookies lie open, so that they can be read, stolen and forged.

use conformance::Provider;
use idp::directory::Directory;
use idp_core::people::account::AccountState;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;

/// One answer, not followed.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// A browser that follows nothing by itself and shows its cookies.
#[derive(Clone)]
pub struct Visitor {
    pub http: Client,
    pub cookies: BTreeMap<String, String>,
    issuer: String,
    /// With whose keys it reads pictures.
    directory: Directory,
}

#[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
pub fn http() -> Client {
    let builder = Client::builder().redirect(Policy::none()).no_proxy().danger_accept_invalid_certs(true);
    builder.build().unwrap()
}

impl Visitor {
    pub fn of(provider: &Provider) -> Self {
        let directory = provider.wired.base.directory.clone();
        Self { http: http(), cookies: BTreeMap::new(), issuer: provider.issuer.clone(), directory }
    }

    pub fn cookie(&self, name: &str) -> String {
        self.cookies.get(name).cloned().unwrap_or_default()
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    /// Posts a form as a page of the provider would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let from_page = self.http.post(self.url(path)).header("sec-fetch-site", "same-origin");
        self.send(from_page.header("origin", &self.issuer).form(fields)).await
    }

    /// Sends a request with the cookies, and keeps those of the answer.
    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let jar: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if jar.is_empty() { request } else { request.header(COOKIE, jar.join("; ")) };
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => drop(self.cookies.remove(name)),
                _ => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Answer { status, headers, body: answer.text().await.unwrap() }
    }

    /// Opens a path and goes wherever it leads within the provider.
    pub async fn open(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        while let Some(to) = answer.location().filter(|to| answer.status.is_redirection() && to.starts_with('/')) {
            answer = self.get(&to).await;
        }
        answer
    }

    /// Opens a request of a portal, goes on as whoever is signed in, and gives the address outside that it ends at.
    pub async fn arrive(&mut self, path: &str) -> String {
        let mut answer = self.open(path).await;
        if answer.has("consent-allow") {
            let fields = [("interaction", &*answer.field("interaction")), ("decision", "allow")];
            let to = self.post("/consent", &fields).await.location().unwrap();
            answer = self.open(&to).await;
        }
        answer.location().unwrap_or_else(|| panic!("nothing leads outside: {answer:?}"))
    }

    /// Opens the sign-in page and gives the sealed interaction in it.
    pub async fn sign_in_page(&mut self) -> String {
        self.get("/sign-in").await.field("interaction")
    }

    /// Sends the form of the sign-in page; reads the picture, where the page asks for it.
    pub async fn guess(&mut self, interaction: &str, username: &str, password: &str) -> Answer {
        let answer = self.guess_blindly(interaction, username, password).await;
        if !answer.has("captcha-answer-error") {
            return answer;
        }
        let (interaction, letters) = (answer.field("interaction"), self.reads(&answer));
        let typed = [("interaction", interaction.as_str()), ("username", username), ("password", password)];
        self.post("/sign-in", &[&typed, &pair(&letters)[..]].concat()).await
    }

    /// The same without looking at any picture.
    pub async fn guess_blindly(&mut self, interaction: &str, username: &str, password: &str) -> Answer {
        let fields = [("interaction", interaction), ("username", username), ("password", password)];
        self.post("/sign-in", &fields).await
    }

    /// What the picture of a page shows: the challenge, and its answer.
    pub fn reads(&self, page: &Answer) -> [String; 2] {
        let challenge = page.field("captcha");
        let letters = conformance::captcha::answer(&self.directory.snapshot().sealer, &challenge).unwrap();
        [challenge, letters]
    }

    /// Signs in at the provider itself.
    pub async fn sign_in(&mut self, username: &str, password: &str) {
        let interaction = match self.cookies.contains_key("idp_session") {
            // Who is signed in is not asked: the page is reached by a portal that asks again.
            true => self.get(&again()).await.field("interaction"),
            false => self.sign_in_page().await,
        };
        let answer = self.guess(&interaction, username, password).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
    }

    /// Who the provider's own page says is signed in.
    pub async fn person(&mut self) -> Option<String> {
        let home = self.get("/").await;
        assert_eq!(home.status, 200);
        let name = home.body.split_once("id=\"person-name\">")?.1;
        Some(name.split('<').next()?.to_owned())
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.issuer) } else { path.to_owned() }
    }
}

/// The fields of a form for them.
pub fn pair(read: &[String; 2]) -> [(&'static str, &str); 2] {
    [("captcha", &read[0]), ("captcha-answer", &read[1])]
}

impl Answer {
    /// The value of a field of its form.
    pub fn field(&self, name: &str) -> String {
        let tag = format!("name=\"{name}\" value=\"");
        let value = self.body.split_once(&tag).unwrap_or_else(|| panic!("no field {name}: {self:?}")).1;
        value.split('"').next().unwrap().to_owned()
    }

    pub fn has(&self, id: &str) -> bool {
        self.body.contains(&format!("id=\"{id}\""))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn location(&self) -> Option<String> {
        self.header(LOCATION.as_str()).map(str::to_owned)
    }

    pub fn retry_after(&self) -> Option<u64> {
        self.header(RETRY_AFTER.as_str()).map(|seconds| seconds.parse().unwrap())
    }

    /// Everything that is not different each time anyway: status, headers but the date, the page without sealed values
    /// and without the name that was typed.
    pub fn told(&self, name: &str) -> (u16, Vec<(String, String)>, String) {
        let mut headers: Vec<_> = self.headers.iter().filter(|(header, _)| *header != "date").collect();
        headers.sort_by_key(|(header, _)| header.as_str());
        let headers = headers.iter().map(|(header, value)| (header.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        let mut page = self.body.replace(name, "NAME");
        page = page.replace(&self.field("interaction"), "SEALED");
        if self.has("captcha-answer") {
            page = page.replace(&self.field("captcha"), "SEALED");
        }
        (self.status.as_u16(), headers, page)
    }
}

/// An authorization request of the trusted portal that asks for the password again.
pub fn again() -> String {
    format!("{}&prompt=login", asked_by("emic", "http://localhost:1/callback"))
}

/// An authorization request. The challenge is that of RFC 7636, appendix B.
pub fn asked_by(client: &str, redirect_uri: &str) -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let redirect_uri: String = form_urlencoded::byte_serialize(redirect_uri.as_bytes()).collect();
    format!(
        "/connect/authorize?response_type=code&client_id={client}&redirect_uri={redirect_uri}&scope=openid&state=s&nonce=n\
         &code_challenge={challenge}&code_challenge_method=S256"
    )
}

/// The verifier of that challenge.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// How many passwords were hashed so far.
pub fn hashed(provider: &Provider) -> u64 {
    provider.wired.sign_in.passwords.hashed()
}

pub async fn wait(provider: &Provider, seconds: u64) {
    provider.advance(Duration::from_secs(seconds)).await.unwrap();
}

/// Puts an account into a state.
pub async fn set_state(provider: &Provider, account: &'static str, state: AccountState) {
    let now = provider.clock.now();
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let login = idp_store::accounts::login(tx.conn(), account)?.unwrap();
        idp_store::accounts::set_state(tx, &login.person.account_id, state, now)
    };
    provider.wired.base.db.write(unit).await.unwrap();
}
