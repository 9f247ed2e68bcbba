//! As much of a browser as the tests need: cookies, and no redirect followed unseen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub(crate) struct Browser {
    base_url: String,
    http: reqwest::Client,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }
}

impl Browser {
    #[expect(clippy::disallowed_methods, reason = "a test's own client")]
    pub(crate) fn new(base_url: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base_url, http, cookies: Arc::default() }
    }

    pub(crate) fn another(&self) -> Self {
        Self::new(self.base_url.clone())
    }

    /// Another tab of this browser.
    pub(crate) fn same(&self) -> Self {
        Self { cookies: Arc::clone(&self.cookies), ..self.another() }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.into(), value.into());
    }

    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.send(self.http.get(self.full(address))).await
    }

    /// The same, when it may be that nobody answers.
    pub(crate) async fn try_get(&self, address: &str) -> Result<Answer, reqwest::Error> {
        self.try_send(self.http.get(self.full(address))).await
    }

    pub(crate) async fn post(&self, address: &str, form: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(self.full(address)).form(form)).await
    }

    fn full(&self, address: &str) -> String {
        if address.starts_with('/') { format!("{}{address}", self.base_url) } else { address.to_owned() }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    async fn try_send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await?;
        for line in answer.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if line.contains("Max-Age=0") {
                cookies.remove(name)
            } else {
                cookies.insert(name.into(), value.into())
            };
        }
        Ok(Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body: answer.text().await? })
    }
}

/// The text of the element with this id, if the page has one.
pub(crate) fn text<'a>(page: &'a str, id: &str) -> Option<&'a str> {
    let (_, after) = page.split_once(&format!("id=\"{id}\""))?;
    let (_, content) = after.split_once('>')?;
    Some(content.split('<').next()?.trim())
}

/// The value of the hidden field of the sign-out form.
pub(crate) fn form_token(page: &str) -> &str {
    page.split_once("name=\"form_token\" value=\"").unwrap().1.split('"').next().unwrap()
}
