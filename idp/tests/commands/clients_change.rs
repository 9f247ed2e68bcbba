//! `idp clients update|rotate-secret|disable|enable`.

use crate::support::Idp;
use serde_json::{Value, json};

const KEYS: &str = "https://emic.example.gov.tw/jwks.json";

#[test]
fn an_update_changes_what_is_given_and_nothing_else() {
    let idp = Idp::new();
    let uri = "https://emic.example.gov.tw/callback";
    let logout = "https://emic.example.gov.tw/backchannel";
    let add = ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", uri, "--secret-file", "s"];
    idp.done(&[&add[..], &["--backchannel-logout-uri", logout, "--trusted"]].concat());
    idp.add_client("weather");
    let mut expected = idp.json(&["clients", "show", "emic"]);
    for (arguments, key, value) in [
        (&["--name", "新名"][..], "name", json!("新名")),
        (&["--scope", "openid email"], "scope", json!("openid email")),
        (&["--redirect-uri", "https://new.example/cb"], "redirect_uris", json!(["https://new.example/cb"])),
        (
            &["--post-logout-redirect-uri", "https://a.example/"],
            "post_logout_redirect_uris",
            json!(["https://a.example/"]),
        ),
        (&["--auth-method", "client_secret_post"], "auth_method", json!("client_secret_post")),
        (&["--id-token-signed-response-alg", "ES256"], "id_token_signed_response_alg", json!("ES256")),
        (&["--no-backchannel-logout"], "backchannel_logout_uri", Value::Null),
        (
            &["--frontchannel-logout-uri", "https://new.example/out"],
            "frontchannel_logout_uri",
            json!("https://new.example/out"),
        ),
        (&["--trusted", "false"], "trusted", json!(false)),
        (&["--may-introspect", "weather"], "may_introspect", json!(["weather"])),
        (&["--jwks-uri", KEYS], "public_keys", json!({ "jwks_uri": KEYS })),
        (&["--name", "新名二"], "name", json!("新名二")),
    ] {
        let said = idp.json(&[&["clients", "update", "emic"], arguments].concat());
        expected[key] = value;
        assert_eq!(idp.json(&["clients", "show", "emic"]), expected, "{arguments:?}");
        assert_eq!(said["client"], expected);
    }
    idp.json(&["clients", "update", "emic", "--no-frontchannel-logout"]);
    expected.as_object_mut().unwrap().remove("frontchannel_logout_uri");
    assert_eq!(idp.json(&["clients", "show", "emic"]), expected);
    let told = idp.json(&["audit", "list", "--limit", "1"]);
    let changed = json!({ "frontchannel_logout_uri": { "from": "https://new.example/out", "to": null } });
    assert_eq!(told[0]["detail"]["detail"]["changed"], changed, "{told}");
    // The portal moved, and people keep their subject.
    assert_eq!(expected["sector"], "emic.example.gov.tw");
}

#[test]
fn a_bad_update_is_refused_by_field_and_changes_nothing() {
    let idp = Idp::new();
    idp.add_client("emic");
    let before = idp.json(&["clients", "show", "emic"]);
    for (arguments, words) in [
        (&["--redirect-uri", "http://evil.example/"][..], "--redirect-uri"),
        (&["--scope", "weather"], "--scope"),
        (&["--name", ""], "--name"),
        (&["--backchannel-logout-uri", "https://10.0.0.1/x"], "--backchannel-logout-uri"),
        (&["--backchannel-logout-uri", "https://a.example/", "--no-backchannel-logout"], "cannot be used with"),
        (&["--frontchannel-logout-uri", "https://elsewhere.example/out"], "--frontchannel-logout-uri"),
        (&["--frontchannel-logout-uri", "https://a.example/", "--no-frontchannel-logout"], "cannot be used with"),
        (&["--pin-key", "nobody"], "--pin-key"),
        (&["--trusted", "maybe"], "--trusted"),
        (&["--auth-method", "private_key_jwt"], "--jwks-file or an address"),
        (&["--jwks-uri", "http://evil.example/keys"], "--jwks-uri"),
        (&["--jwks-uri", "https://10.0.0.1/keys"], "--jwks-uri"),
        (&["--jwks-uri", KEYS, "--jwks-file", "x"], "cannot be used with"),
        (&["--jwks-file", "missing"], "--jwks-file: missing"),
        (&["--token-endpoint-auth-signing-alg", "HS256"], "is for the auth method client_secret_jwt"),
        (&["--token-endpoint-auth-signing-alg", "none"], "ES256, RS256, PS256, EdDSA, HS256"),
        (&["--may-introspect", "a b"], "--may-introspect"),
        (&["--may-introspect", "emic", "--may-introspect", "wether"], "there is no client wether"),
        (&["--may-introspect", "weather", "--no-introspection"], "cannot be used with"),
    ] {
        let said = idp.refused(&[&["clients", "update", "emic"], arguments].concat());
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(idp.json(&["clients", "show", "emic"]), before);
}

#[test]
fn a_client_is_pinned_to_a_published_key_and_freed_again() {
    let idp = Idp::new();
    idp.add_client("emic");
    let keys = idp.json(&["keys", "list"]);
    let next = keys.as_array().unwrap().iter().find(|key| key["state"] == "next").unwrap()["kid"].clone();
    idp.done(&["clients", "update", "emic", "--pin-key", next.as_str().unwrap()]);
    assert_eq!(idp.json(&["clients", "show", "emic"])["pinned_kid"], next);
    idp.done(&["clients", "update", "emic", "--pin-key", "none"]);
    assert_eq!(idp.json(&["clients", "show", "emic"])["pinned_kid"], Value::Null);
}

#[test]
fn a_rotated_secret_is_a_new_one_in_a_new_file_and_is_not_printed() {
    let idp = Idp::new();
    idp.add_client("emic");
    let said = idp.done(&["clients", "rotate-secret", "emic", "--secret-file", "new"]);
    assert!(said.contains("old one works for another day"), "{said}");
    let (old, new) = (idp.read("emic.secret"), idp.read("new"));
    assert_ne!(old, new);
    assert_eq!(idp.mode("new"), 0o600);
    assert!(!said.contains(&new) && !said.contains(&old));
}

#[test]
fn a_rotation_to_the_secret_there_already_is_refused() {
    // Whoever names the old file by mistake would believe the secret changed.
    let idp = Idp::new();
    idp.add_client("emic");
    let said = idp.refused(&["clients", "rotate-secret", "emic", "--secret-file", "emic.secret"]);
    assert!(said.contains("emic.secret") && said.contains("already"), "{said}");
    assert!(!said.contains(&idp.read("emic.secret")));
}

#[test]
fn disable_and_enable_are_each_others_opposite() {
    let idp = Idp::new();
    idp.add_client("emic");
    let before = idp.json(&["clients", "show", "emic"]);
    assert!(idp.done(&["clients", "disable", "emic"]).contains("is disabled"));
    assert_eq!(idp.json(&["clients", "show", "emic"])["disabled"], true);
    idp.done(&["clients", "update", "emic", "--name", "emic"]);
    assert_eq!(idp.json(&["clients", "show", "emic"])["disabled"], true, "an update switched it on");
    assert!(idp.done(&["clients", "enable", "emic"]).contains("is enabled"));
    assert_eq!(idp.json(&["clients", "show", "emic"]), before);
}

#[test]
fn a_client_signs_with_keys_in_its_registration_and_moves_to_an_address_and_back_to_a_secret() {
    let idp = Idp::new();
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    let set = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "a" }] });
    std::fs::write(idp.path("keys.json"), set.to_string()).unwrap();
    let uri = "https://emic.example.gov.tw/callback";
    let add = ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", uri, "--auth-method", "private_key_jwt"];
    let said = idp.refused(&[&add[..], &["--jwks-file", "keys.json", "--secret-file", "s"]].concat());
    assert!(said.contains("has no secret") && !idp.path("s").exists(), "{said}");
    idp.done(&[&add[..], &["--jwks-file", "keys.json", "--token-endpoint-auth-signing-alg", "ES256"]].concat());
    let client = idp.json(&["clients", "show", "emic"]);
    assert_eq!((&client["public_keys"]["jwks"], &client["token_endpoint_auth_signing_alg"]), (&set, &json!("ES256")));
    let mut private = set.clone();
    private["keys"][0]["d"] = json!("AA");
    std::fs::write(idp.path("private.json"), private.to_string()).unwrap();
    let said = idp.refused(&["clients", "update", "emic", "--jwks-file", "private.json"]);
    assert!(said.contains("--jwks-file") && said.contains("private members (d)"), "{said}");
    let said = idp.refused(&["clients", "update", "emic", "--token-endpoint-auth-signing-alg", "RS256"]);
    assert!(said.contains("no key that can verify"), "{said}");
    idp.done(&["clients", "update", "emic", "--jwks-uri", KEYS]);
    assert_eq!(idp.json(&["clients", "show", "emic"])["public_keys"], json!({ "jwks_uri": KEYS }));
    idp.done(&["clients", "update", "emic", "--auth-method", "client_secret_jwt"]);
    let client = idp.json(&["clients", "show", "emic"]);
    assert_eq!(client.get("token_endpoint_auth_signing_alg"), None, "what is for another method goes");
    let rotated = idp.done(&["clients", "rotate-secret", "emic", "--secret-file", "s"]);
    assert!(rotated.contains("made in s"), "{rotated}");
}

/// What the operator forbids later is forbidden where it is used: the record can be changed all the same.
#[test]
fn a_client_can_be_renamed_after_the_operator_allowed_less_and_given_nothing_that_is_not_allowed() {
    let idp = Idp::new()
        .with("IDP__OUTBOUND__ALLOW_HOSTS", "[\"10.1.2.3\"]")
        .with("IDP__OAUTH__FRONT_CHANNEL_TOKENS", "true");
    let inner = ["https://10.1.2.3/keys", "https://10.1.2.3/out", "https://10.1.2.3/object"];
    let uri = ["--profile", "standard", "--redirect-uri", "https://emic.example/cb", "--secret-file", "s"];
    let types = ["--grant-type", "authorization_code", "--grant-type", "implicit", "--response-type", "code"];
    let weaker = ["--response-type", "id_token"];
    idp.done(&[&["clients", "add", "emic", "--name", "EMIC"], &uri[..], &types, &weaker].concat());
    let with_all = ["clients", "update", "emic", "--jwks-uri", inner[0], "--request-uri", inner[2]];
    idp.done(&[&with_all[..], &["--backchannel-logout-uri", inner[1]]].concat());
    let idp = idp.with("IDP__OUTBOUND__ALLOW_HOSTS", "[]").with("IDP__OAUTH__FRONT_CHANNEL_TOKENS", "false");
    idp.done(&["clients", "update", "emic", "--name", "新名"]);
    let shown = idp.json(&["clients", "show", "emic"]);
    assert_eq!((&shown["name"], &shown["backchannel_logout_uri"]), (&json!("新名"), &json!(inner[1])));
    for (option, value) in [
        ("--jwks-uri", "https://10.1.2.3/other"),
        ("--backchannel-logout-uri", "https://10.1.2.3/other"),
        ("--request-uri", "https://10.1.2.3/other"),
        // An address of the one kind is none of the other.
        ("--backchannel-logout-uri", inner[0]),
    ] {
        let said = idp.refused(&["clients", "update", "emic", option, value]);
        assert!(said.contains(option), "{option}: {said}");
    }
    let more = ["clients", "update", "emic", "--response-type", "code", "--response-type", "id_token token"];
    assert!(idp.refused(&more).contains("oauth.front_channel_tokens"));
    let add = ["clients", "add", "b", "--name", "b", "--redirect-uri", "https://b.example/"];
    assert!(idp.refused(&[&add[..], &["--jwks-uri", inner[0]]].concat()).contains("--jwks-uri"));
}

#[test]
fn whose_tokens_a_client_may_ask_about_is_somebody() {
    let idp = Idp::new();
    let add =
        ["clients", "add", "api", "--name", "api", "--redirect-uri", "https://api.example/", "--secret-file", "s"];
    let said = idp.refused(&[&add[..], &["--may-introspect", "emic"]].concat());
    assert!(said.contains("--may-introspect") && said.contains("idp clients add emic"), "{said}");
    assert!(!idp.path("s").exists(), "a refused command leaves no file behind");
    idp.add_client("emic");
    idp.done(&[&add[..], &["--may-introspect", "emic"]].concat());
    idp.sql("DELETE FROM clients WHERE id = 'emic'");
    idp.done(&["clients", "update", "api", "--name", "介面"]);
    assert_eq!(idp.json(&["clients", "show", "api"])["may_introspect"], json!(["emic"]), "what it had stays");
}
