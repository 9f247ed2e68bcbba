//! `idp clients add|update --response-type|--userinfo-signed-response-alg`.

use crate::support::Idp;
use serde_json::json;

const HYBRID: [&str; 15] = [
    "clients",
    "add",
    "hybrid",
    "--name",
    "Hybrid",
    "--redirect-uri",
    "https://hybrid.example/callback",
    "--secret-file",
    "hybrid.secret",
    "--response-type",
    "code id_token",
    "--grant-type",
    "authorization_code",
    "--grant-type",
    "implicit",
];

#[test]
fn tokens_through_the_browser_need_the_setting_the_profile_and_the_grant_type() {
    let idp = Idp::new();
    let standard = [&HYBRID[..], &["--profile", "standard"]].concat();
    let said = idp.refused(&standard);
    assert!(said.contains("--response-type: code id_token") && said.contains("oauth.front_channel_tokens"), "{said}");
    assert!(!idp.path("hybrid.secret").exists(), "a refused command leaves no file behind");
    let idp = idp.with("IDP__OAUTH__FRONT_CHANNEL_TOKENS", "true");
    assert!(idp.refused(&HYBRID).contains("--response-type is code alone, unless the profile is standard"));
    let said = idp.refused(&standard[..standard.len() - 4]);
    assert!(said.contains("--grant-type must hold implicit"), "{said}");
    assert!(idp.refused(&[&standard[..], &["--response-type", "token"]].concat()).contains("code id_token token"));
    idp.done(&standard);
    let client = idp.json(&["clients", "show", "hybrid"]);
    assert_eq!(client["response_types"], json!(["code id_token"]));
    assert_eq!(client["grant_types"], json!(["authorization_code", "implicit"]));
    idp.done(&["clients", "update", "hybrid", "--name", "Another"]);
    assert_eq!(
        idp.json(&["clients", "show", "hybrid"])["response_types"],
        json!(["code id_token"]),
        "what is not given stays"
    );
    idp.done(&["clients", "update", "hybrid", "--response-type", "code", "--grant-type", "authorization_code"]);
    assert!(idp.json(&["clients", "show", "hybrid"]).get("response_types").is_none(), "as before there were others");
}

#[test]
fn userinfo_is_signed_with_an_algorithm_that_a_key_signs_until_that_is_taken_back() {
    let idp = Idp::new();
    idp.add_client("emic");
    let alg = |value: &'static str| ["clients", "update", "emic", "--userinfo-signed-response-alg", value];
    assert!(idp.refused(&alg("EdDSA")).contains("idp keys generate --alg EdDSA"));
    assert!(idp.refused(&alg("HS256")).contains("--userinfo-signed-response-alg: \"HS256\""));
    idp.done(&alg("ES256"));
    assert_eq!(idp.json(&["clients", "show", "emic"])["userinfo_signed_response_alg"], "ES256");
    idp.done(&["clients", "update", "emic", "--name", "Another"]);
    assert_eq!(idp.json(&["clients", "show", "emic"])["userinfo_signed_response_alg"], "ES256");
    idp.done(&alg("none"));
    assert!(idp.json(&["clients", "show", "emic"]).get("userinfo_signed_response_alg").is_none());
}
