//! An authorization request, to be sent as it should be or otherwise.

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge};

/// An authorization request. [`crate::Portal::request`] makes one that is right; a test changes what it is about.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where it is sent.
    pub endpoint: String,
    /// The parameters, in the order sent.
    pub params: Vec<(String, String)>,
    /// `code_verifier` of the challenge sent.
    pub verifier: String,
    /// `nonce` sent.
    pub nonce: String,
    /// `state` sent.
    pub state: String,
}

impl Request {
    /// A right one.
    pub fn new(endpoint: &str, client_id: &str, redirect_uri: &str) -> Self {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (nonce, state) = (Nonce::new_random().secret().clone(), CsrfToken::new_random().into_secret());
        let params = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { endpoint: endpoint.to_owned(), params, verifier: verifier.into_secret(), nonce, state }
    }

    /// With another value of a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.params.iter_mut().find(|(key, _)| key == name) {
            Some(param) => value.clone_into(&mut param.1),
            None => self.params.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// With another scope.
    #[must_use]
    pub fn scope(self, scope: &str) -> Self {
        self.with("scope", scope)
    }

    /// Without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(key, _)| key != name);
        self
    }

    /// With the parameter once more.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without PKCE.
    #[must_use]
    pub fn without_pkce(self) -> Self {
        self.without("code_challenge").without("code_challenge_method")
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// As a query or a form.
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish()
    }

    /// The address to open.
    pub fn url(&self) -> String {
        format!("{}?{}", self.endpoint, self.query())
    }
}
