//! Every method of authentication, registered and presented, at every endpoint and with every grant.

use super::{INTROSPECTION, basic, everywhere, kept_out, let_in, send};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use conformance::steps::{disable, refused, register, seconds, start};
use conformance::{ASSERTION_TYPE, Assertion, By, ClientKey, Portal, Provider};
use idp_core::client::AuthMethod;
use keys::Algorithm;

/// What a request carries.
struct Carried {
    header: Option<String>,
    form: Vec<(&'static str, String)>,
}

impl Carried {
    async fn sent(&self, provider: &Provider, at: super::Asking) -> conformance::Answer {
        let form: Vec<_> = self.form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        send(provider, at, &self.header.iter().map(String::as_str).collect::<Vec<_>>(), &form).await
    }

    /// Both at once; `client_id` stands once.
    fn beside(mut self, other: Self) -> Self {
        self.header = self.header.or(other.header);
        for (name, value) in other.form {
            if !self.form.iter().any(|(known, _)| *known == name) {
                self.form.push((name, value));
            }
        }
        self
    }
}

/// The credentials of a client as each method wants them, right ones.
fn by(method: AuthMethod, client: &Portal, key: &ClientKey) -> Carried {
    let assertion = |by| {
        let signed = Assertion::new(&client.id, &client.issuer, by, &client.clock).unwrap().signed().unwrap();
        vec![("client_assertion_type", ASSERTION_TYPE.to_owned()), ("client_assertion", signed)]
    };
    let id = || ("client_id", client.id.clone());
    let form = |form| Carried { header: None, form };
    match method {
        AuthMethod::ClientSecretBasic => Carried { header: Some(basic(&client.id, &client.secret)), form: vec![] },
        AuthMethod::ClientSecretPost => form(vec![id(), ("client_secret", client.secret.clone())]),
        AuthMethod::PrivateKeyJwt => form(assertion(By::Key(key.clone()))),
        AuthMethod::ClientSecretJwt => form(assertion(By::Secret(client.secret.clone().into_bytes()))),
        AuthMethod::None => form(vec![id()]),
    }
}

/// A client of each method, with the key that it has or would have.
async fn clients(provider: &Provider) -> Vec<(AuthMethod, Portal, ClientKey)> {
    let mut clients = Vec::new();
    for method in AuthMethod::ALL {
        let id = format!("by-{}", method.as_str());
        let portal = register(provider, &id, |asked| asked.auth_method = method).await;
        let key = portal.key.clone().unwrap_or_else(|| ClientKey::generate(Algorithm::Es256).unwrap());
        clients.push((method, portal, key));
    }
    clients
}

async fn remembering() -> Provider {
    let (provider, _) = start().await;
    provider.advance(seconds(11)).await.unwrap();
    provider
}

#[tokio::test]
async fn a_client_is_let_in_by_the_method_it_is_registered_for_and_by_no_other() {
    let provider = remembering().await;
    for (registered, client, key) in clients(&provider).await {
        for at in everywhere() {
            for presented in AuthMethod::ALL {
                let answer = by(presented, &client, &key).sent(&provider, at).await;
                // Whoever anybody can claim to be may not ask about tokens.
                let may = presented == registered && (presented != AuthMethod::None || at.path != INTROSPECTION);
                if may { let_in(&answer, at) } else { kept_out(&answer) }
            }
        }
    }
}

/// RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
#[tokio::test]
async fn two_methods_in_one_request_are_a_bad_request_whichever_is_registered() {
    let provider = remembering().await;
    let proofs = AuthMethod::ALL.into_iter().filter(|method| *method != AuthMethod::None);
    for (registered, client, key) in clients(&provider).await {
        for at in everywhere() {
            for one in proofs.clone() {
                for other in proofs.clone().filter(|other| *other != one) {
                    let both = by(one, &client, &key).beside(by(other, &client, &key));
                    let answer = both.sent(&provider, at).await;
                    // Of two assertions one alone can stand in a form: it is the first.
                    if both.form.len() == 2 && both.header.is_none() {
                        if one == registered { let_in(&answer, at) } else { kept_out(&answer) }
                    } else {
                        refused(&answer, 400, "invalid_request");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn halves_of_a_second_method_and_other_names_beside_the_first_are_a_bad_request() {
    let provider = remembering().await;
    let header = basic("emic", &Provider::secret("emic"));
    for at in everywhere() {
        for form in [
            [("client_secret", Provider::secret("emic").as_str())],
            [("client_id", "weather")],
            [("client_assertion", "a.b.c")],
            [("client_assertion_type", ASSERTION_TYPE)],
        ] {
            refused(&send(&provider, at, &[&header], &form).await, 400, "invalid_request");
        }
        refused(&send(&provider, at, &[&header, &header], &[]).await, 400, "invalid_request");
        let twice = [("client_id", "emic"), ("client_id", "emic")];
        refused(&send(&provider, at, &[], &twice).await, 400, "invalid_request");
        let_in(&send(&provider, at, &[&header], &[("client_id", "emic")]).await, at);
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_the_credentials_the_answer_is_the_same() {
    let (provider, _) = start().await;
    register(&provider, "post", |asked| asked.auth_method = AuthMethod::ClientSecretPost).await;
    let right = Provider::secret("emic");
    let upper = right.to_uppercase();
    for at in everywhere() {
        for header in [
            basic("emic", "wrong"),
            basic("emic", ""),
            basic("emic", &right[..39]),
            basic("emic", &format!("{right} ")),
            basic("emic", &upper),
            basic("nobody", &right),
            basic("weather", &right),
            basic("", &right),
            basic("emic%", &right),
            basic("中文", &right),
            "Basic".into(),
            "Basic ".into(),
            "Basic !!!!".into(),
            format!("Basic {}", STANDARD.encode("no colon")),
            format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', 0xff])),
            format!("Bearer {right}"),
            format!("Digest {right}"),
            right.clone(),
        ] {
            kept_out(&send(&provider, at, &[&header], &[]).await);
        }
        for form in [
            vec![("client_id", "post"), ("client_secret", "wrong")],
            vec![("client_id", "post"), ("client_secret", &right)],
            vec![("client_id", "post")],
            vec![("client_id", "nobody"), ("client_secret", &right)],
            vec![("client_secret", &right)],
            vec![("client_assertion", "e30"), ("client_assertion_type", ASSERTION_TYPE)],
            vec![],
        ] {
            kept_out(&send(&provider, at, &[], &form).await);
        }
    }
}

#[tokio::test]
async fn the_halves_of_a_basic_header_are_form_encoded_and_the_scheme_has_no_case() {
    let (provider, _) = start().await;
    for at in everywhere() {
        let secret = Provider::secret("emic").replace('-', "%2D");
        let_in(&send(&provider, at, &[&basic("%65mic", &secret)], &[]).await, at);
        let lower = basic("emic", &Provider::secret("emic")).replace("Basic", "bASIC");
        let_in(&send(&provider, at, &[&lower], &[]).await, at);
    }
}

#[tokio::test]
async fn a_disabled_client_is_kept_out_with_the_right_credentials_of_every_method() {
    let provider = remembering().await;
    for (method, client, key) in clients(&provider).await {
        disable(&provider, &client.id).await;
        for at in everywhere() {
            kept_out(&by(method, &client, &key).sent(&provider, at).await);
        }
    }
}
