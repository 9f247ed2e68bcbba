//! The table of rules: what is let in and what is not.

use super::{KINDS, assertion, client, present, provider, refused_for};
use crate::client_authentication::{everywhere, let_in, send};
use conformance::{ASSERTION_TYPE, Assertion, By, ClientKey, Portal, Provider};
use idp_core::client::{AuthMethod, Profile};
use keys::Algorithm;
use serde_json::{Value, json};

/// What a rule is tried with.
struct Case<'a> {
    client: &'a Portal,
    now: i64,
    /// Another client's key.
    stranger: ClientKey,
    endpoint: String,
    another_endpoint: String,
    profile: Profile,
}

impl Case<'_> {
    fn right(&self) -> Assertion {
        assertion(self.client)
    }

    fn claim(&self, name: &str, value: Value) -> String {
        self.right().claim(name, value).signed().unwrap()
    }

    fn header(&self, name: &str, value: Value) -> String {
        self.right().header(name, value).signed().unwrap()
    }
}

fn claims_that_are_wrong(case: &Case<'_>) -> Vec<(String, String)> {
    let (issuer, now) = (&case.client.issuer, case.now);
    let mut wrong = vec![];
    for name in ["iss", "sub"] {
        wrong.extend([(name, Value::Null), (name, json!("emic")), (name, json!("")), (name, json!([case.client.id]))]);
    }
    let audiences = [
        Value::Null,
        json!("https://elsewhere.example.gov.tw"),
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!(format!("{issuer}\u{0}")),
        json!(format!("{issuer}.evil.example")),
        json!([issuer, "https://elsewhere.example.gov.tw"]),
        json!(["https://elsewhere.example.gov.tw", issuer]),
        json!([issuer, case.endpoint]),
        json!([issuer, issuer]),
        json!([]),
        json!(case.another_endpoint),
        json!(format!("{}/", case.endpoint)),
        json!(format!("{}?", case.endpoint)),
        json!(format!("{issuer}/.well-known/openid-configuration")),
        json!(7),
        json!({ "aud": issuer }),
    ];
    wrong.extend(audiences.map(|audience| ("aud", audience)));
    if case.profile == Profile::Government {
        wrong.extend([("aud", json!(case.endpoint)), ("aud", json!([issuer])), ("aud", json!([case.endpoint]))]);
        wrong.push(("exp", json!(now + 361)));
    }
    let times = [Value::Null, json!(now), json!(now - 300), json!(now + 3_661), json!(1e300), json!(-1), json!("soon")];
    wrong.extend(times.map(|time| ("exp", time)));
    for name in ["nbf", "iat"] {
        wrong.extend([(name, json!(now + 11)), (name, json!(now + 61)), (name, json!("now")), (name, json!(-1))]);
    }
    wrong.extend([Value::Null, json!(""), json!("x".repeat(513)), json!(7), json!(["a"])].map(|jti| ("jti", jti)));
    let named = |(name, value): (&str, Value)| (format!("{name} {value}"), case.claim(name, value));
    wrong.into_iter().map(named).collect()
}

fn headers_that_are_wrong(case: &Case<'_>) -> Vec<(String, String)> {
    let mut wrong = vec![];
    for typ in ["at+jwt", "dpop+jwt", "oauth-authz-req+jwt", "logout+jwt", "secevent+jwt", "token-introspection+jwt"] {
        wrong.push((format!("typ {typ}"), case.header("typ", json!(typ))));
    }
    let members = [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("alg", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("HS384")),
        ("alg", json!("es256")),
        ("alg", json!(["ES256"])),
        ("typ", json!(7)),
    ];
    wrong.extend(members.map(|(name, value)| (format!("{name} {value}"), case.header(name, value))));
    for algorithm in ["RS256", "PS256", "EdDSA", "ES256", "HS256"] {
        if case.right().header["alg"] != algorithm {
            wrong.push((format!("alg {algorithm}"), case.header("alg", json!(algorithm))));
        }
    }
    wrong
}

fn signatures_that_are_wrong(case: &Case<'_>) -> Vec<(String, String)> {
    let right = case.right();
    let token = right.signed().unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    let strange = right.clone().by(By::Key(case.stranger.clone()));
    let other = right.clone().claim("jti", json!("other")).signed().unwrap();
    let swapped = format!("{}.{}", other.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
    let unsigned = right.clone().header("alg", json!("none")).by(By::Bytes(vec![]));
    let key_of_its_own = |name: &str, value: Value| strange.clone().header(name, value).signed().unwrap();
    let mut wrong = vec![
        ("none", unsigned.signed().unwrap()),
        ("another key", strange.signed().unwrap()),
        ("another secret", right.clone().by(By::Secret(vec![b'x'; 40])).signed().unwrap()),
        ("a key in the header", key_of_its_own("jwk", case.stranger.public())),
        ("a key behind the header", key_of_its_own("jku", json!("http://localhost:1/jwks"))),
        ("an empty signature", format!("{signed}.")),
        ("zeros", right.clone().by(By::Bytes(vec![0; 64])).signed().unwrap()),
        ("a signature of other claims", swapped),
        ("a padded signature", format!("{token}=")),
        ("a space", format!("{token} ")),
        ("encrypted", format!("{signed}.a.b.c")),
        ("two segments", signed.to_owned()),
        ("four segments", format!("{token}.")),
        ("no header", token.split_once('.').map(|(_, rest)| format!(".{rest}")).unwrap()),
    ];
    let claims = serde_json::to_string(&right.claims).unwrap();
    let header = serde_json::to_string(&right.header).unwrap();
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        let value = &right.claims[name];
        let twice = claims.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        wrong.push(("a claim twice", right.signed_as(&header, &twice).unwrap()));
    }
    let twice = header.replacen('{', "{\"alg\":\"none\",", 1);
    wrong.push(("a member of the header twice", right.signed_as(&twice, &claims).unwrap()));
    wrong.push(("a list for claims", right.signed_as(&header, &format!("[{claims}]")).unwrap()));
    wrong.extend(confused(case));
    wrong.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}

/// What everybody can read, taken for what is secret.
fn confused(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let right = case.right().header("alg", json!("HS256")).header("kid", Value::Null);
    let hmac = |secret: Vec<u8>| right.clone().by(By::Secret(secret)).signed().unwrap();
    match &case.client.key {
        Some(key) => {
            let public = key.public();
            let number = keys::b64::decode(public["x"].as_str().unwrap()).unwrap();
            vec![
                ("an HMAC of the public key", hmac(public.to_string().into_bytes())),
                ("an HMAC of the set", hmac(key.set().to_string().into_bytes())),
                ("an HMAC of a coordinate", hmac(number)),
                ("an HMAC of nothing", hmac(vec![])),
                ("an HMAC of a secret of before", hmac(case.client.secret.clone().into_bytes())),
            ]
        }
        None => vec![
            ("an HMAC of nothing", hmac(vec![])),
            ("an HMAC of the client_id", hmac(case.client.id.clone().into_bytes())),
            ("an HMAC of another client's secret", hmac(Provider::secret("emic").into_bytes())),
        ],
    }
}

fn that_are_right(case: &Case<'_>) -> Vec<(String, String)> {
    let (issuer, now) = (&case.client.issuer, case.now);
    let mut right = vec![("as it should be", case.right().signed().unwrap())];
    for (name, value) in [
        ("iat", Value::Null),
        ("iat", json!(now + 8)),
        ("nbf", json!(now + 8)),
        ("nbf", json!(now)),
        ("exp", json!(now + 359)),
        ("exp", json!(f64::from(i32::try_from(now + 30).unwrap()) + 0.5)),
        ("unknown", json!({ "a": [1] })),
    ] {
        right.push((name, case.claim(name, value)));
    }
    let own = case.right().claims["jti"].as_str().unwrap_or_default().to_owned();
    right.push(("jti", case.claim("jti", json!(format!("中文:{own}:{}", "x".repeat(400))))));
    for typ in ["JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"] {
        right.push((typ, case.header("typ", json!(typ))));
    }
    if case.profile == Profile::Standard {
        right.push(("an hour", case.claim("exp", json!(now + 3_600))));
        for audience in [json!(case.endpoint), json!([issuer]), json!([case.endpoint])] {
            right.push(("aud", case.claim("aud", audience)));
        }
    }
    right.into_iter().map(|(name, token)| (name.to_owned(), token)).collect()
}

#[tokio::test]
async fn every_rule_holds_at_every_endpoint_for_both_methods_in_every_profile() {
    let provider = provider().await;
    let stranger = ClientKey::generate(Algorithm::Es256).unwrap();
    // Without an iat it may be as old as the longest that is accepted.
    provider.advance(conformance::steps::seconds(3_700)).await.unwrap();
    let mut let_in_wrongly = vec![];
    for (method, profile) in KINDS {
        let id = format!("{}-{profile:?}", method.as_str()).replace('_', "-");
        let client = client(&provider, &id, method, |asked| asked.profile = profile).await;
        for at in everywhere() {
            let another = if at.path == "/connect/token" { "/connect/revoke" } else { "/connect/token" };
            let case = Case {
                client: &client,
                now: provider.clock.now().seconds(),
                stranger: stranger.clone(),
                endpoint: provider.url(at.path),
                another_endpoint: provider.url(another),
                profile,
            };
            for (name, token) in that_are_right(&case) {
                let answer = present(&provider, at, &token, &[]).await;
                assert!(answer.error() != "invalid_client", "{id} {at:?} {name}: {}", answer.body);
                let_in(&answer, at);
            }
            let wrong = [claims_that_are_wrong(&case), headers_that_are_wrong(&case), signatures_that_are_wrong(&case)];
            for (name, token) in wrong.into_iter().flatten() {
                let answer = present(&provider, at, &token, &[]).await;
                match answer.error() {
                    "invalid_client" => refused_for(&answer, &name),
                    _ => let_in_wrongly.push(format!("{id} {at:?} {name}: {} {}", answer.status, answer.body)),
                }
            }
        }
    }
    assert!(let_in_wrongly.is_empty(), "{let_in_wrongly:#?}");
}

#[tokio::test]
async fn the_type_is_exact_and_a_client_id_beside_the_assertion_is_the_same() {
    let provider = provider().await;
    let client = client(&provider, "signer", AuthMethod::PrivateKeyJwt, |_| ()).await;
    for at in everywhere() {
        let new = || assertion(&client).signed().unwrap();
        for kind in ["", "jwt-bearer", "urn:ietf:params:oauth:grant-type:jwt-bearer", &ASSERTION_TYPE.to_uppercase()] {
            let form = [("client_assertion_type", kind), ("client_assertion", &new())];
            refused_for(&send(&provider, at, &[], &form).await, kind);
        }
        refused_for(&send(&provider, at, &[], &[("client_assertion", &new())]).await, "no type");
        refused_for(&send(&provider, at, &[], &[("client_assertion_type", ASSERTION_TYPE)]).await, "no assertion");
        refused_for(&present(&provider, at, &new(), &[("client_id", "emic")]).await, "another client_id");
        let_in(&present(&provider, at, &new(), &[("client_id", "signer")]).await, at);
    }
}

#[tokio::test]
async fn every_algorithm_that_is_listed_is_accepted_and_only_the_registered_one_if_there_is_one() {
    let provider = provider().await;
    let keys: Vec<_> = Algorithm::ALL.iter().map(|one| ClientKey::generate(*one).unwrap()).collect();
    let set = json!({ "keys": keys.iter().map(ClientKey::public).collect::<Vec<_>>() });
    let names = ["ES256", "RS256", "PS256", "EdDSA"];
    let emic = conformance::steps::portal(&provider, "emic", conformance::steps::EMIC).await;
    let document = emic.http.get(provider.url("/.well-known/openid-configuration"));
    let document = conformance::Answer::of(document).await.unwrap().json;
    assert_eq!(document["token_endpoint_auth_signing_alg_values_supported"], json!([&names[..], &["HS256"]].concat()));
    for only in [None].into_iter().chain(names.map(Some)) {
        let id = only.unwrap_or("any");
        let client = client(&provider, id, AuthMethod::PrivateKeyJwt, |asked| {
            asked.jwks = Some(set.clone());
            asked.token_endpoint_auth_signing_alg = only.map(|name| name.parse().unwrap());
        })
        .await;
        for at in everywhere() {
            for key in &keys {
                let right = Assertion::new(id, &client.issuer, By::Key(key.clone()), &client.clock).unwrap();
                let fits = only.is_none_or(|only| right.header["alg"] == only);
                let answer = present(&provider, at, &right.signed().unwrap(), &[]).await;
                if fits { let_in(&answer, at) } else { refused_for(&answer, "another algorithm") }
            }
        }
    }
}
