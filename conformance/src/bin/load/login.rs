//! One single sign-on login, as a browser and its portal make it: three exchanges, each with fresh values, each answer
//! checked.

use crate::Outcome;
use crate::http::Connection;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::byte_serialize;
use keys::{b64, jws, sha256};
use serde_json::Value;

/// The portal, as it is registered.
pub struct Portal {
    client_id: String,
    redirect_uri: String,
    authorization: String,
}

/// What the portal holds between authorize and token.
pub struct Code {
    code: String,
    verifier: String,
    nonce: String,
}

/// What the portal holds between token and UserInfo.
pub struct Tokens {
    authorization: String,
    subject: String,
    refresh: Option<String>,
}

impl Portal {
    /// A portal that authenticates by `client_secret_basic`.
    pub fn new(client_id: &str, secret: &str, redirect_uri: &str) -> Self {
        let credentials = STANDARD.encode(format!("{client_id}:{secret}"));
        Self {
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            authorization: format!("Basic {credentials}"),
        }
    }

    /// The path of an authorization request, and what the portal has to remember of it: verifier, state, nonce.
    pub fn request(&self) -> Outcome<(String, [String; 3])> {
        let [verifier, state, nonce] =
            [keys::random::<32>()?, keys::random()?, keys::random()?].map(|b| b64::encode(&b));
        let challenge = b64::encode(&sha256(verifier.as_bytes()));
        let path = format!(
            "/connect/authorize?response_type=code&client_id={}&redirect_uri={}&scope=openid+profile+email+identity\
             &state={state}&nonce={nonce}&code_challenge={challenge}&code_challenge_method=S256",
            self.client_id,
            byte_serialize(self.redirect_uri.as_bytes()).collect::<String>(),
        );
        Ok((path, [verifier, state, nonce]))
    }

    /// GET /connect/authorize: 303 with a code.
    pub fn authorize(&self, connection: &mut Connection, cookie: &str) -> Outcome<Code> {
        let (path, [verifier, state, nonce]) = self.request()?;
        let answer = connection.get(&path, ("cookie", cookie))?;
        let sent_on = answer.field("location").and_then(|to| to.strip_prefix(&self.redirect_uri));
        let query = sent_on.filter(|_| answer.status == 303).and_then(|rest| rest.strip_prefix('?'));
        let Some(query) = query else { return Err(answer.unexpected("303 to the portal").into()) };
        let parameter = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
        if parameter("state").is_none_or(|(_, found)| found != state) {
            return Err("authorize answered with another state".into());
        }
        let (_, code) = parameter("code").ok_or("authorize gave no code")?;
        Ok(Code { code: code.into_owned(), verifier, nonce })
    }

    /// POST /connect/token: 200 with an access token and an ID token that holds the nonce.
    pub fn token(&self, connection: &mut Connection, code: &Code) -> Outcome<Tokens> {
        let form = format!(
            "grant_type=authorization_code&code={}&code_verifier={}&redirect_uri={}",
            code.code,
            code.verifier,
            byte_serialize(self.redirect_uri.as_bytes()).collect::<String>(),
        );
        let answer = connection.post("/connect/token", ("authorization", &self.authorization), &form)?;
        if answer.status != 200 {
            return Err(answer.unexpected("200 with tokens").into());
        }
        let tokens: Value = serde_json::from_str(answer.body)?;
        let text = |name: &str| tokens.get(name).and_then(Value::as_str).ok_or(format!("token gave no {name}"));
        let claims: Value = serde_json::from_slice(&jws::peek_payload(text("id_token")?)?)?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&code.nonce) {
            return Err("the ID token holds another nonce".into());
        }
        let subject = claims.get("sub").and_then(Value::as_str).ok_or("the ID token holds no sub")?;
        let refresh = text("refresh_token").ok().map(str::to_owned);
        Ok(Tokens { authorization: format!("Bearer {}", text("access_token")?), subject: subject.into(), refresh })
    }

    /// POST /connect/token: 200 with the next refresh token and access token, for the same person.
    pub fn refresh(&self, connection: &mut Connection, tokens: &Tokens) -> Outcome<Tokens> {
        let refresh = tokens.refresh.as_ref().ok_or("the portal was given no refresh token")?;
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        let answer = connection.post("/connect/token", ("authorization", &self.authorization), &form)?;
        if answer.status != 200 {
            return Err(answer.unexpected("200 with tokens").into());
        }
        let given: Value = serde_json::from_str(answer.body)?;
        let text = |name: &str| given.get(name).and_then(Value::as_str).ok_or(format!("refresh gave no {name}"));
        let authorization = format!("Bearer {}", text("access_token")?);
        Ok(Tokens { authorization, subject: tokens.subject.clone(), refresh: Some(text("refresh_token")?.to_owned()) })
    }

    /// GET /connect/userinfo: 200 with the `sub` of the ID token.
    pub fn userinfo(&self, connection: &mut Connection, tokens: &Tokens) -> Outcome<()> {
        let answer = connection.get("/connect/userinfo", ("authorization", &tokens.authorization))?;
        if answer.status != 200 {
            return Err(answer.unexpected("200 with claims").into());
        }
        let claims: Value = serde_json::from_str(answer.body)?;
        match claims.get("sub").and_then(Value::as_str) {
            Some(subject) if subject == tokens.subject => Ok(()),
            _ => Err("UserInfo speaks of another sub than the ID token".into()),
        }
    }

    /// All three.
    pub fn login(&self, connection: &mut Connection, cookie: &str) -> Outcome<()> {
        let code = self.authorize(connection, cookie)?;
        let tokens = self.token(connection, &code)?;
        self.userinfo(connection, &tokens)
    }
}
