//! A portal's back end: it knows the discovery document, speaks to the endpoints, and has its tokens checked by the
//! `openidconnect` crate.

use crate::assertion::{ASSERTION_TYPE, Assertion, By, ClientKey};
use crate::portal_types::{Client, IdClaims, IdToken};
use crate::proof::{Proof, ProofKey};
use crate::provider::Provider;
use crate::request::Request;
use chrono::{DateTime, TimeDelta, Utc};
use idp::clock::Clock;
use idp_core::client::AuthMethod;
use openidconnect::core::{CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::{
    AuthType, ClientId, ClientSecret, IdTokenVerifier, IssuerUrl, JsonWebTokenType, Nonce, RedirectUrl,
};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A portal.
#[derive(Clone)]
pub struct Portal {
    /// `client_id`.
    pub id: String,
    /// Its redirect URI.
    pub redirect_uri: String,
    /// How it proves itself.
    pub method: AuthMethod,
    /// Its secret.
    pub secret: String,
    /// The key it signs its assertions with.
    pub key: Option<ClientKey>,
    /// What the provider says of itself.
    pub metadata: CoreProviderMetadata,
    /// For requests of its own.
    pub http: reqwest::Client,
    /// The issuer it trusts.
    pub issuer: String,
    /// Its clock, that of the provider.
    pub clock: Clock,
    /// With a key it proves each request to hold it (RFC 9449).
    pub proofs: Option<ProofKey>,
    /// The nonce that goes into its proofs.
    pub nonce: Option<String>,
}

/// What an endpoint answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
    /// The body if it is JSON, null otherwise.
    pub json: Value,
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `access_token`.
    pub access: String,
    /// `refresh_token`; empty if there is none.
    pub refresh: String,
    /// `id_token`; empty if there is none.
    pub id_token: String,
    /// `scope`.
    pub scope: String,
}

impl Portal {
    /// A portal whose client is registered already.
    ///
    /// # Errors
    /// When discovery fails.
    #[expect(clippy::disallowed_methods, reason = "a portal in a test, not the provider")]
    pub async fn new(provider: &Provider, id: &str, redirect_uri: &str, method: AuthMethod) -> Outcome<Self> {
        let http =
            reqwest::Client::builder().redirect(Policy::none()).no_proxy().danger_accept_invalid_certs(true).build()?;
        let issuer = IssuerUrl::new(provider.issuer.clone())?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &http).await?;
        Ok(Self {
            id: id.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            method,
            secret: Provider::secret(id),
            key: None,
            metadata,
            http,
            issuer: provider.issuer.clone(),
            clock: provider.clock.clone(),
            proofs: None,
            nonce: None,
        })
    }

    /// The same portal, which proves to hold this key.
    #[must_use]
    pub fn proving(&self, key: &ProofKey) -> Self {
        Self { proofs: Some(key.clone()), ..self.clone() }
    }

    /// The same portal, which puts this nonce into its proofs.
    #[must_use]
    pub fn with_nonce(&self, nonce: &str) -> Self {
        Self { nonce: Some(nonce.to_owned()), ..self.clone() }
    }

    /// A right proof by its key for a request of now.
    pub fn proof(&self, key: &ProofKey, method: &str, path: &str) -> Proof {
        let proof = key.proof(method, &format!("{}{path}", self.issuer), self.clock.now().seconds());
        proof.claim("nonce", self.nonce.clone())
    }

    /// The crate's client for this portal.
    ///
    /// # Errors
    /// When the redirect URI is none.
    pub fn client(&self) -> Outcome<Client> {
        let secret = (self.method != AuthMethod::None).then(|| ClientSecret::new(self.secret.clone()));
        let by = if self.method == AuthMethod::ClientSecretPost { AuthType::RequestBody } else { AuthType::BasicAuth };
        let client = Client::from_provider_metadata(self.metadata.clone(), ClientId::new(self.id.clone()), secret);
        Ok(client.set_redirect_uri(RedirectUrl::new(self.redirect_uri.clone())?).set_auth_type(by))
    }

    /// An authorization request as it should be.
    pub fn request(&self) -> Request {
        Request::new(self.metadata.authorization_endpoint().as_str(), &self.id, &self.redirect_uri)
    }

    /// Pushes a request (RFC 9126).
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn push(&self, request: &Request) -> Outcome<Answer> {
        let named = self.method == AuthMethod::ClientSecretBasic;
        let pairs = request.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<_> = pairs.filter(|(name, _)| named || *name != "client_id").collect();
        self.post("/connect/par", &fields).await
    }

    /// Pushes a request; gives what the browser brings instead of it.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn pushed(&self, request: &Request) -> Outcome<Request> {
        let answer = self.push(request).await?;
        let uri = answer.json.get("request_uri").and_then(Value::as_str);
        let uri = uri.ok_or_else(|| format!("not kept: {} {}", answer.status, answer.body))?;
        let params = [("client_id", self.id.as_str()), ("request_uri", uri)];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Ok(Request { params, ..request.clone() })
    }

    /// Presents a code, with everything that belongs to it.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn redeem(&self, request: &Request, code: &str) -> Outcome<Answer> {
        let verifier = request.get("code_challenge").map(|_| ("code_verifier", request.verifier.as_str()));
        let fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &self.redirect_uri)];
        self.token(&fields.into_iter().chain(verifier).collect::<Vec<_>>()).await
    }

    /// Uses a refresh token.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn refresh(&self, refresh_token: &str) -> Outcome<Answer> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Sends a form to the token endpoint, as the client that it is.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn token(&self, fields: &[(&str, &str)]) -> Outcome<Answer> {
        self.post("/connect/token", fields).await
    }

    /// Gives a token back.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn revoke(&self, token: &str) -> Outcome<Answer> {
        self.post("/connect/revoke", &[("token", token)]).await
    }

    /// Sends a form to a machine endpoint, as the client that it is.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let mut request = self.http.post(format!("{}{path}", self.issuer));
        if let Some(key) = self.proofs.as_ref().filter(|_| path == "/connect/token") {
            request = request.header("DPoP", key.sign(&self.proof(key, "POST", path)));
        }
        self.send(request, fields).await
    }

    /// Sends a form in a request of the test's own, as the client that it is.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn send(&self, request: RequestBuilder, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let mut form = fields.to_vec();
        let assertion = self.assertion()?;
        let request = match self.method {
            AuthMethod::ClientSecretBasic => request.basic_auth(&self.id, Some(&self.secret)),
            AuthMethod::ClientSecretPost => {
                form.extend([("client_id", self.id.as_str()), ("client_secret", &self.secret)]);
                request
            }
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt => {
                form.extend([("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &assertion)]);
                request
            }
            AuthMethod::None => {
                form.push(("client_id", &self.id));
                request
            }
        };
        Answer::of(request.form(&form)).await
    }

    /// An assertion for a request of its own; empty if it proves itself otherwise.
    fn assertion(&self) -> Outcome<String> {
        let by = match (self.method, &self.key) {
            (AuthMethod::PrivateKeyJwt, Some(key)) => By::Key(key.clone()),
            (AuthMethod::ClientSecretJwt, _) => By::Secret(self.secret.clone().into_bytes()),
            _ => return Ok(String::new()),
        };
        Assertion::new(&self.id, &self.issuer, by, &self.clock)?.signed()
    }

    /// Asks UserInfo.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn userinfo(&self, access_token: &str) -> Outcome<Answer> {
        let path = "/connect/userinfo";
        let request = self.http.get(format!("{}{path}", self.issuer));
        let Some(key) = &self.proofs else { return Answer::of(request.bearer_auth(access_token)).await };
        let proof = key.sign(&self.proof(key, "GET", path).of_token(access_token));
        Answer::of(request.header("authorization", format!("DPoP {access_token}")).header("DPoP", proof)).await
    }

    /// The published keys.
    ///
    /// # Errors
    /// When they cannot be fetched.
    pub async fn keys(&self) -> Outcome<CoreJsonWebKeySet> {
        Ok(CoreJsonWebKeySet::fetch_async(self.metadata.jwks_uri(), &self.http).await?)
    }

    /// Checks an ID token with the keys published now. Without `nonce` the token must have none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn verify(&self, id_token: &str, nonce: Option<&str>) -> Outcome<IdClaims> {
        self.verify_with(&self.keys().await?, id_token, nonce)
    }

    /// Checks an ID token with the keys at hand.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify_with(&self, keys: &CoreJsonWebKeySet, id_token: &str, nonce: Option<&str>) -> Outcome<IdClaims> {
        let token: IdToken = id_token.parse()?;
        let expected = |found: Option<&Nonce>| match found.map(Nonce::secret).map(String::as_str) == nonce {
            true => Ok(()),
            false => Err(format!("nonce {found:?} instead of {nonce:?}")),
        };
        Ok(token.into_claims(&self.verifier(keys)?, expected)?)
    }

    /// Checks a logout token as an ID token of the type `logout+jwt` that has no nonce.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify_logout(&self, keys: &CoreJsonWebKeySet, logout_token: &str) -> Outcome<IdClaims> {
        let token: IdToken = logout_token.parse()?;
        let kind = JsonWebTokenType::new("logout+jwt".to_owned()).normalize()?;
        let verifier = self.verifier(keys)?.set_allowed_jose_types([kind]);
        let none = |found: Option<&Nonce>| found.map_or(Ok(()), |_| Err("a logout token has no nonce".to_owned()));
        Ok(token.into_claims(&verifier, none)?)
    }

    fn verifier(
        &self,
        keys: &CoreJsonWebKeySet,
    ) -> Outcome<IdTokenVerifier<'static, openidconnect::core::CoreJsonWebKey>> {
        let now = now(&self.clock)?;
        let fresh = move |issued: DateTime<Utc>| match (now - issued).abs() <= TimeDelta::minutes(10) {
            true => Ok(()),
            false => Err(format!("issued at {issued}, and it is {now}")),
        };
        let issuer = IssuerUrl::new(self.issuer.clone())?;
        let verifier = IdTokenVerifier::new_public_client(ClientId::new(self.id.clone()), issuer, keys.clone());
        Ok(verifier
            .set_allowed_algs(self.metadata.id_token_signing_alg_values_supported().clone())
            .set_time_fn(move || now)
            .set_issue_time_verifier_fn(fresh))
    }
}

fn now(clock: &Clock) -> Outcome<DateTime<Utc>> {
    Ok(DateTime::from_timestamp_millis(clock.now().0).ok_or("a time")?)
}

impl Answer {
    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn of(request: RequestBuilder) -> Outcome<Self> {
        let answer = request.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.text().await?;
        let json = serde_json::from_str(&body).unwrap_or_default();
        Ok(Self { status, headers, body, json })
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `error`.
    pub fn error(&self) -> &str {
        self.json.get("error").and_then(Value::as_str).unwrap_or_default()
    }

    /// The tokens in it.
    ///
    /// # Errors
    /// When it is a refusal.
    pub fn tokens(&self) -> Outcome<Tokens> {
        let text = |name: &str| self.json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.status != StatusCode::OK {
            return Err(format!("{} {}", self.status, self.body).into());
        }
        Ok(Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
            id_token: text("id_token"),
            scope: text("scope"),
        })
    }
}
