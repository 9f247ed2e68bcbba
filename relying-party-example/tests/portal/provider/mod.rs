//! A provider of a few endpoints. It signs with ES256, checks what a portal must send, and does what `Mood` tells it.

mod endpoints;

use axum::Router;
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use endpoints::{discovery, jwks, token, user_info};
use openidconnect::url::Url;
use relying_party_example::Clock;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

pub(crate) type Edit = fn(&mut Value);

/// What the provider shall do next.
pub(crate) struct Mood {
    /// Who signs in.
    pub(crate) identity: Value,
    pub(crate) edit_discovery: Edit,
    pub(crate) edit_callback: fn(&mut Vec<(String, String)>),
    /// One for each request to the token endpoint; then it works.
    pub(crate) token_errors: VecDeque<(u16, &'static str)>,
    pub(crate) edit_header: Edit,
    pub(crate) edit_claims: Edit,
    pub(crate) edit_user_info: Edit,
    pub(crate) user_info_fails: bool,
    /// Signs with a key of its own under the published key id.
    pub(crate) forge: bool,
    pub(crate) refresh_tokens: bool,
    pub(crate) expires_in: u64,
    pub(crate) sid: &'static str,
    /// Where the portal is sent for tokens instead of here.
    pub(crate) token_endpoint: Option<String>,
    /// What the next requests for tokens make of the answer, after all has been done for it.
    pub(crate) lose: VecDeque<Lost>,
    // What happened.
    pub(crate) token_requests: u32,
    pub(crate) jwks_requests: u32,
    pub(crate) issued: u32,
}

/// How an answer is lost.
#[derive(Clone, Copy)]
pub(crate) enum Lost {
    /// The one in between says so.
    BadGateway,
    /// Nothing comes, ever.
    Silence,
}

struct Inside {
    mood: Mutex<Mood>,
    codes: Mutex<HashMap<String, Url>>,
    keys: Mutex<Vec<(String, EcdsaKeyPair)>>,
    forger: EcdsaKeyPair,
    clock: Clock,
    issuer: String,
}

#[derive(Clone)]
pub(crate) struct Provider(Arc<Inside>);

pub(crate) const SUBJECT: &str = "pairwise-subject";

fn nothing(_: &mut Value) {}

fn new_key() -> EcdsaKeyPair {
    #[expect(clippy::disallowed_methods, reason = "a test's own keys")]
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

pub(crate) fn fireman() -> Value {
    json!({ "identity_type": "civil_servant", "identity_type_name": "公務人員", "official_type": "civil_servant",
        "agency_oid": "2.16.886.101.20003.20001.20003", "agency_name": "內政部消防署" })
}

impl Provider {
    pub(crate) async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let mood = Mood {
            identity: fireman(),
            edit_discovery: nothing,
            edit_callback: |_| {},
            token_errors: VecDeque::new(),
            edit_header: nothing,
            edit_claims: nothing,
            edit_user_info: nothing,
            user_info_fails: false,
            forge: false,
            refresh_tokens: true,
            expires_in: 600,
            sid: "session-1",
            token_endpoint: None,
            lose: VecDeque::new(),
            token_requests: 0,
            jwks_requests: 0,
            issued: 0,
        };
        let provider = Self(Arc::new(Inside {
            mood: Mutex::new(mood),
            codes: Mutex::default(),
            keys: Mutex::new(vec![("key-1".into(), new_key())]),
            forger: new_key(),
            clock,
            issuer,
        }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(crate) fn mood<T>(&self, change: impl FnOnce(&mut Mood) -> T) -> T {
        change(&mut self.0.mood.lock().unwrap())
    }

    /// From now on signs with a new key, and publishes only that.
    pub(crate) fn change_key(&self) {
        let mut keys = self.0.keys.lock().unwrap();
        let kid = format!("key-{}", keys.len() + 100);
        *keys = vec![(kid, new_key())];
    }

    /// What the authorization endpoint answers to the address that the portal sent the person to.
    pub(crate) fn authorize(&self, address: &str) -> String {
        let request = Url::parse(address).unwrap();
        assert!(address.starts_with(&format!("{}/authorize?", self.0.issuer)), "{address}");
        assert_eq!(parameter(&request, "response_type"), "code");
        assert_eq!(parameter(&request, "code_challenge_method"), "S256");
        assert_eq!(parameter(&request, "scope"), "openid profile email identity");
        assert_eq!(parameter(&request, "client_id"), "the-portal");
        let mut codes = self.0.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        let mut answer = vec![
            ("code".to_owned(), code.clone()),
            ("state".to_owned(), parameter(&request, "state")),
            ("iss".to_owned(), self.0.issuer.clone()),
        ];
        self.mood(|mood| (mood.edit_callback)(&mut answer));
        let mut back = Url::parse(&parameter(&request, "redirect_uri")).unwrap();
        back.query_pairs_mut().extend_pairs(answer);
        codes.insert(code, request);
        back.into()
    }

    pub(crate) fn sign(&self, mut header: Value, claims: &Value) -> String {
        let keys = self.0.keys.lock().unwrap();
        let (kid, key) = keys.last().unwrap();
        if header.get("kid").is_none() {
            header["kid"] = json!(kid);
        }
        let key = if self.mood(|mood| mood.forge) { &self.0.forger } else { key };
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        #[expect(clippy::disallowed_methods, reason = "a test's own keys")]
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.clock.now().timestamp()
    }

    fn tokens(&self, nonce: Option<String>) -> Value {
        let now = self.now();
        let access_token = format!("access-{}", self.mood(|mood| mood.issued));
        let hash = ring::digest::digest(&ring::digest::SHA256, access_token.as_bytes());
        let mut claims = json!({ "iss": self.0.issuer, "sub": SUBJECT, "aud": ["the-portal"], "sid": self.mood(|mood| mood.sid),
            "iat": now, "exp": now + 600, "auth_time": 1_000, "at_hash": encode(&hash.as_ref()[..16]) });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let (header, refresh_token) = self.mood(|mood| {
            for (name, value) in mood.identity.as_object().unwrap() {
                claims[name] = value.clone();
            }
            mood.issued += 1;
            (mood.edit_claims)(&mut claims);
            let mut header = json!({ "alg": "ES256" });
            (mood.edit_header)(&mut header);
            (header, mood.refresh_tokens.then(|| format!("refresh-{}", mood.issued)))
        });
        let mut answer = json!({ "access_token": access_token, "token_type": "Bearer",
            "expires_in": self.mood(|mood| mood.expires_in), "id_token": self.sign(header, &claims) });
        if let Some(refresh_token) = refresh_token {
            answer["refresh_token"] = json!(refresh_token);
        }
        answer
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn parameter(address: &Url, name: &str) -> String {
    let mut found = address.query_pairs().filter(|(key, _)| key == name);
    let value = found.next().unwrap_or_else(|| panic!("{name} is missing in {address}")).1.into_owned();
    assert!(found.next().is_none(), "{name} twice");
    value
}
