//! Options of `idp clients add|update` for what people are shown of a client and for what few clients need.

use crate::support::Idp;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;

const PAGE: &str = "https://emic.example.gov.tw/about?a=b";

/// Options, where the client has it then, and what.
fn rows() -> Vec<(Vec<&'static str>, &'static str, Value)> {
    vec![
        (
            vec!["--name-in", "en=Emergencies", "--name-in", "ja=緊急"],
            "/presentation/names",
            json!({ "en": "Emergencies", "ja": "緊急" }),
        ),
        (vec!["--client-uri", PAGE], "/presentation/client_uri", json!({ "": PAGE })),
        (
            vec!["--policy-uri", "https://a.example/p?x=y", "--policy-uri", "en=https://a.example/p?x=z"],
            "/presentation/policy_uri",
            json!({ "": "https://a.example/p?x=y", "en": "https://a.example/p?x=z" }),
        ),
        (
            vec!["--tos-uri", "zh-TW=https://a.example/terms"],
            "/presentation/tos_uri",
            json!({ "zh-TW": "https://a.example/terms" }),
        ),
        (
            vec!["--logo-uri", "https://a.example/logo.png", "--logo-uri", "en=https://a.example/en.png"],
            "/presentation/logo_uri",
            json!({ "": "https://a.example/logo.png", "en": "https://a.example/en.png" }),
        ),
        (vec!["--contact", "消防署 02-8195-9119"], "/presentation/contacts", json!(["消防署 02-8195-9119"])),
        (
            vec!["--initiate-login-uri", "https://a.example/begin"],
            "/initiate_login_uri",
            json!("https://a.example/begin"),
        ),
        (vec!["--default-max-age", "3600"], "/defaults/default_max_age", json!(3600)),
        (
            vec!["--default-acr-value", "gold", "--default-acr-value", "silver"],
            "/defaults/default_acr_values",
            json!(["gold", "silver"]),
        ),
        (vec!["--software-id", "library"], "/software/software_id", json!("library")),
        (vec!["--software-version", "2.1"], "/software/software_version", json!("2.1")),
        (
            vec!["--post-logout-redirect-uri", "https://a.example/bye"],
            "/post_logout_redirect_uris",
            json!(["https://a.example/bye"]),
        ),
        (
            vec!["--jwks-uri", "https://emic.example.gov.tw/keys", "--request-object-signing-alg", "ES256"],
            "/requests/request_object_signing_alg",
            json!("ES256"),
        ),
        (
            vec!["--jwks-uri", "https://emic.example.gov.tw/keys", "--request-uri", "https://emic.example.gov.tw/r"],
            "/requests/request_uris",
            json!(["https://emic.example.gov.tw/r"]),
        ),
    ]
}

#[test]
fn every_detail_is_given_when_a_client_is_added_and_taken_back_by_none() {
    let idp = Idp::new();
    let add =
        ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", "https://a.example/cb", "--secret-file", "s"];
    let mut all: Vec<&str> = vec![];
    let rows = rows();
    for option in rows.iter().flat_map(|(options, _, _)| options.chunks(2)) {
        if !all.chunks(2).any(|given| given == option) {
            all.extend(option);
        }
    }
    idp.done(&[&add[..], &all, &["--require-auth-time", "--backchannel-logout-session-required"]].concat());
    let mut expected = idp.json(&["clients", "show", "emic"]);
    for (_, pointer, value) in &rows {
        assert_eq!(expected.pointer(pointer), Some(value), "{pointer}");
    }
    let flags = ["/defaults/require_auth_time", "/backchannel_logout_session_required"];
    assert!(flags.iter().all(|pointer| expected.pointer(pointer) == Some(&json!(true))), "{expected}");
    for (options, pointer, _) in &rows {
        let option = options[options.len() - 2];
        idp.done(&["clients", "update", "emic", option, "none"]);
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        if *member == *"post_logout_redirect_uris" {
            expected[member] = json!([]);
        } else {
            expected.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member);
        }
        let mut now = idp.json(&["clients", "show", "emic"]);
        for group in ["presentation", "requests", "defaults", "software"] {
            for one in [&mut now, &mut expected] {
                if one[group] == json!({}) || one[group].is_null() {
                    one.as_object_mut().unwrap().remove(group);
                }
            }
        }
        assert_eq!(now, expected, "{option} none");
    }
}

#[test]
fn a_detail_that_is_wrong_is_refused_by_its_option_and_changes_nothing() {
    let idp = Idp::new();
    idp.add_client("emic");
    let before = idp.json(&["clients", "show", "emic"]);
    for (arguments, words) in [
        (&["--client-uri", "javascript:alert(1)"][..], "--client-uri"),
        (&["--policy-uri", "en=http://a.example/"], "--policy-uri"),
        (&["--tos-uri", "en=https://a.example/", "--tos-uri", "en=https://b.example/"], "given twice in en"),
        (
            &["--policy-uri", "https://a.example/", "--policy-uri", "https://b.example/"],
            "given twice without a language",
        ),
        (&["--name-in", "Emergencies"], "--name-in"),
        (&["--name-in", "en=EM\u{200b}IC"], "--name"),
        (&["--logo-uri", "data:image/png;base64,x"], "--logo-uri"),
        (&["--initiate-login-uri", "http://a.example/"], "--initiate-login-uri"),
        (&["--default-max-age=-1"], "--default-max-age"),
        (&["--default-max-age", "soon"], "--default-max-age"),
        (&["--default-acr-value", "a b"], "--default-acr-value"),
        (&["--software-version", ""], "--software-version"),
        (&["--request-object-signing-alg", "HS256"], "--request-object-signing-alg"),
        (&["--request-object-signing-alg", "ES256"], "needs the client's keys"),
        (&["--sector-identifier-uri", "https://10.0.0.1/list"], "--sector-identifier-uri"),
        (&["--sector-identifier-uri", "http://a.example/list"], "--sector-identifier-uri"),
    ] {
        let said = idp.refused(&[&["clients", "update", "emic"], arguments].concat());
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    assert_eq!(idp.json(&["clients", "show", "emic"]), before);
}

/// A host that answers every request with this list; its port.
fn list(body: String) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    port
}

#[test]
fn a_sector_is_taken_from_a_list_that_names_every_redirect_uri_and_stays_when_the_list_goes() {
    let uris = ["https://one.example/cb", "https://two.example/cb"];
    let (whole, lacking) = (list(json!(uris).to_string()), list(json!([uris[0]]).to_string()));
    let idp = Idp::new().with("IDP__OUTBOUND__ALLOW_HOSTS", "[\"127.0.0.1\"]");
    let add = [
        "clients",
        "add",
        "two",
        "--name",
        "x",
        "--redirect-uri",
        uris[0],
        "--redirect-uri",
        uris[1],
        "--secret-file",
        "s",
    ];
    let at = |port: u16| format!("http://127.0.0.1:{port}/list");
    let said = idp.refused(&[&add[..], &["--sector-identifier-uri", &at(lacking)]].concat());
    assert!(said.contains("--sector-identifier-uri") && said.contains(uris[1]), "{said}");
    let both = ["--sector-identifier-uri", &at(whole), "--sector", "one.example"];
    assert!(idp.refused(&[&add[..], &both].concat()).contains("--sector"));
    assert!(!idp.path("s").exists(), "a refused command leaves no file behind");
    idp.done(&[&add[..], &["--sector-identifier-uri", &at(whole)]].concat());
    let client = idp.json(&["clients", "show", "two"]);
    assert_eq!((&client["sector"], &client["sector_identifier_uri"]), (&json!("127.0.0.1"), &json!(at(whole))));
    idp.done(&["clients", "update", "two", "--name", "y"]);
    idp.done(&["clients", "update", "two", "--sector-identifier-uri", "none"]);
    let client = idp.json(&["clients", "show", "two"]);
    assert_eq!((&client["sector"], client.get("sector_identifier_uri")), (&json!("127.0.0.1"), None));
}
