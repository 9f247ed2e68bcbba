//! `idp clients add|show|list`.

use crate::support::Idp;

const URI: &str = "https://emic.example.gov.tw/callback";

#[test]
fn a_client_gets_a_secret_in_a_file_for_its_owner_alone_and_the_secret_is_never_printed() {
    let idp = Idp::new();
    let add = ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", URI, "--secret-file", "emic.secret"];
    let ran = idp.run(&[&["--json"][..], &add].concat());
    assert!(ran.ok, "{ran:?}");
    let again =
        idp.done(&["clients", "add", "twin", "--name", "Twin", "--redirect-uri", URI, "--secret-file", "emic.secret"]);
    assert!(again.contains("secret read from emic.secret"), "{again}");
    let rotated = idp.done(&["clients", "rotate-secret", "twin", "--secret-file", "twin.secret"]);
    assert!(rotated.contains("made in twin.secret"), "{rotated}");
    let secret = idp.read("emic.secret");
    assert_eq!(idp.mode("emic.secret"), 0o600);
    assert_eq!(secret.len(), 43, "256 random bits");
    let shown = idp.done(&["clients", "show", "emic"]);
    let listed = idp.done(&["--json", "clients", "list"]);
    for said in [&ran.stdout, &ran.stderr, &shown, &listed] {
        assert!(!said.contains(&secret), "{said}");
    }
    std::fs::remove_file(idp.path("emic.secret")).unwrap();
    assert!(!crate::support::any_file_holds(&idp.path("."), &secret), "the secret is in the database");
}

#[test]
fn the_defaults_are_those_of_a_government_portal() {
    let idp = Idp::new();
    idp.done(&["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", URI, "--secret-file", "s"]);
    let client = idp.json(&["clients", "show", "emic"]);
    for (key, value) in [
        ("profile", "government"),
        ("subject_type", "pairwise"),
        ("sector", "emic.example.gov.tw"),
        ("auth_method", "client_secret_basic"),
        ("id_token_signed_response_alg", "RS256"),
        ("application_type", "web"),
    ] {
        assert_eq!(client[key], value, "{key}");
    }
    assert_eq!(client["trusted"], false);
    assert_eq!(client["disabled"], false);
}

#[test]
fn everything_that_is_given_is_kept() {
    let idp = Idp::new();
    let all = [
        ("--name", "EMIC 應變管理資訊雲端服務"),
        ("--redirect-uri", "https://emic.example.gov.tw/callback"),
        ("--redirect-uri", "https://other.example.gov.tw/callback?a=b"),
        ("--sector", "emic.example.gov.tw"),
        ("--post-logout-redirect-uri", "https://emic.example.gov.tw/out"),
        ("--backchannel-logout-uri", "https://emic.example.gov.tw/backchannel"),
        ("--scope", "openid profile email identity offline_access"),
        ("--auth-method", "client_secret_post"),
        ("--profile", "standard"),
        ("--subject-type", "pairwise"),
        ("--grant-type", "authorization_code"),
        ("--grant-type", "refresh_token"),
        ("--response-type", "code"),
        ("--id-token-signed-response-alg", "ES256"),
        ("--application-type", "web"),
        ("--secret-file", "s"),
    ];
    let mut arguments = vec!["clients", "add", "emic", "--trusted"];
    arguments.extend(all.iter().flat_map(|(name, value)| [*name, *value]));
    idp.done(&arguments);
    let client = idp.json(&["clients", "show", "emic"]);
    let expected = serde_json::json!({
        "id": "emic", "name": "EMIC 應變管理資訊雲端服務", "profile": "standard",
        "redirect_uris": ["https://emic.example.gov.tw/callback", "https://other.example.gov.tw/callback?a=b"],
        "post_logout_redirect_uris": ["https://emic.example.gov.tw/out"],
        "backchannel_logout_uri": "https://emic.example.gov.tw/backchannel",
        "scope": client["scope"], "auth_method": "client_secret_post", "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise", "sector": "emic.example.gov.tw",
        "grant_types": ["authorization_code", "refresh_token"], "application_type": "web", "trusted": true,
        "pinned_kid": null, "disabled": false,
    });
    assert_eq!(client, expected);
    let mut scope: Vec<_> = client["scope"].as_str().unwrap().split(' ').collect();
    scope.sort_unstable();
    assert_eq!(scope, ["email", "identity", "offline_access", "openid", "profile"]);
}

#[test]
fn every_wrong_field_is_named_at_once_and_nothing_is_left_behind() {
    let idp = Idp::new();
    let said = idp.refused(&[
        "clients",
        "add",
        "a b",
        "--name",
        " ",
        "--redirect-uri",
        "http://evil.example/cb",
        "--redirect-uri",
        "https://a.example/cb#fragment",
        "--redirect-uri",
        "https://*.example/cb",
        "--redirect-uri",
        "https://user@a.example/cb",
        "--redirect-uri",
        "javascript:alert(1)",
        "--post-logout-redirect-uri",
        "ftp://x.example/",
        "--backchannel-logout-uri",
        "http://10.0.0.1/x",
        "--scope",
        "weather",
        "--grant-type",
        "refresh_token",
        "--sector",
        "HOST",
        "--subject-type",
        "public",
        "--secret-file",
        "s",
    ]);
    for field in [
        "name",
        "redirect-uri",
        "post-logout-redirect-uri",
        "backchannel-logout-uri",
        "scope",
        "grant-type",
        "sector",
        "subject-type",
    ] {
        assert!(said.contains(&format!("--{field} ")), "{field}: {said}");
    }
    assert!(said.contains("CLIENT_ID ") && !said.contains("--client-id"), "{said}");
    assert_eq!(said.matches("--redirect-uri ").count(), 5, "{said}");
    assert!(!idp.path("s").exists(), "a secret was made for nobody");
    assert_eq!(idp.json(&["clients", "list"]), serde_json::json!([]));
}

#[test]
fn single_wrong_values_are_refused_with_the_option_that_holds_them() {
    let idp = Idp::new();
    let add = |more: &[&str]| {
        let plain = ["clients", "add", "app", "--name", "App", "--redirect-uri", URI];
        idp.refused(&[&plain, more].concat())
    };
    for (more, words) in [
        (&[][..], "--secret-file is needed"),
        (&["--auth-method", "none", "--secret-file", "s"], "--secret-file"),
        (&["--auth-method", "basic"], "--auth-method"),
        (&["--profile", "fapi1"], "--profile"),
        (&["--profile", "fapi2"], "--auth-method is private_key_jwt"),
        (&["--profile", "fapi2"], "--id-token-signed-response-alg is PS256, ES256 or EdDSA"),
        (&["--id-token-signed-response-alg", "none"], "--id-token-signed-response-alg"),
        (&["--response-type", "token"], "--response-type"),
        (&["--application-type", "desktop"], "--application-type"),
        (&["--redirect-uri", "https://other.example/cb", "--secret-file", "s"], "--sector is needed"),
        (&["--scope", "profile", "--secret-file", "s"], "--scope must hold openid"),
        (&["--scope", "openid offline_access", "--secret-file", "s"], "--grant-type must hold refresh_token"),
        (&["--backchannel-logout-uri", "https://127.0.0.1/x", "--secret-file", "s"], "--backchannel-logout-uri"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let said = add(more);
        assert!(said.contains(words), "{more:?}: {said}");
    }
    assert!(!idp.path("s").exists());
}

#[test]
fn a_secret_that_is_there_is_read_and_a_weak_one_refused() {
    let idp = Idp::new();
    let add = ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", URI, "--secret-file", "mine"];
    for weak in [
        "",
        "short",
        "密密密密密密密密密密密密密密密密",
        &"x".repeat(257),
        "with\nnew line in the middle of the secret",
    ] {
        idp.write("mine", weak);
        let said = idp.refused(&add);
        assert!(said.contains("mine") && said.contains("32 to 256"), "{said}");
        assert!(weak.is_empty() || !said.contains(weak), "the secret is printed: {said}");
    }
    let nowhere = ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", URI, "--secret-file", "no/folder"];
    assert!(idp.refused(&nowhere).contains("--secret-file no/folder: No such file"));
    let mine = "m".repeat(40);
    idp.write("mine", format!("{mine}\n"));
    assert!(!idp.done(&add).contains(&mine));
    assert_eq!(idp.read("mine"), format!("{mine}\n"));
}

#[test]
fn a_client_that_is_there_is_not_replaced_and_no_secret_is_made_for_it() {
    let idp = Idp::new();
    idp.add_client("emic");
    let said = idp.refused(&["clients", "add", "emic", "--name", "x", "--redirect-uri", URI, "--secret-file", "new"]);
    assert!(said.contains("clients update emic"), "{said}");
    assert!(!idp.path("new").exists());
    assert_eq!(idp.json(&["clients", "show", "emic"])["name"], "emic");
}

#[test]
fn a_public_client_has_no_secret() {
    let idp = Idp::new();
    let uri = "http://127.0.0.1/callback";
    let add = ["clients", "add", "app", "--name", "手機應用", "--redirect-uri", uri, "--auth-method", "none"];
    idp.done(&[&add[..], &["--application-type", "native", "--scope", "openid"]].concat());
    let said = idp.refused(&["clients", "rotate-secret", "app", "--secret-file", "s"]);
    assert!(said.contains("the auth method none has no secret"), "{said}");
    assert!(!idp.path("s").exists());
}

#[test]
fn a_list_is_a_table_for_people_and_an_array_for_programs() {
    let idp = Idp::new();
    idp.add_client("emic");
    idp.add_client("weather");
    idp.done(&["clients", "disable", "weather"]);
    let table = idp.done(&["clients", "list"]);
    let rows: Vec<Vec<_>> = table.lines().map(|line| line.split_whitespace().take(3).collect()).collect();
    assert_eq!(rows, [["CLIENT", "NAME", "STATE"], ["emic", "emic", "enabled"], ["weather", "weather", "disabled"]]);
    assert_eq!(idp.json(&["clients", "list"])[1]["disabled"], true);
}

#[test]
fn a_client_that_does_not_exist_is_named_and_json_says_it_as_json() {
    let idp = Idp::new();
    for arguments in [
        &["clients", "show", "nobody"][..],
        &["clients", "update", "nobody", "--name", "x"],
        &["clients", "disable", "nobody"],
        &["clients", "enable", "nobody"],
        &["clients", "rotate-secret", "nobody", "--secret-file", "s"],
    ] {
        assert!(idp.refused(arguments).contains("there is no client nobody"), "{arguments:?}");
        let said = idp.refused(&[&["--json"], arguments].concat());
        let error: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert!(error["error"].as_str().unwrap().contains("nobody"), "{said}");
    }
    assert!(!idp.path("s").exists());
}
