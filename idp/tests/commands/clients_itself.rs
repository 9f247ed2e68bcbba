//! `idp clients add|update --grant-type client_credentials`: a server that acts for itself.

use crate::support::Idp;
use serde_json::json;

#[test]
fn a_server_that_acts_for_itself_alone_is_registered_with_nothing_but_a_name_and_a_secret() {
    let idp = Idp::new();
    let add = ["clients", "add", "robot", "--name", "同步程式", "--grant-type", "client_credentials"];
    idp.done(&[&add[..], &["--secret-file", "robot.secret"]].concat());
    let robot = idp.json(&["clients", "show", "robot"]);
    for (member, value) in [
        ("grant_types", json!(["client_credentials"])),
        ("response_types", json!([])),
        ("redirect_uris", json!([])),
        ("sector", json!("client:robot")),
    ] {
        assert_eq!(robot[member], value, "{member}");
    }
    for (arguments, option) in [
        (&["--redirect-uri", "https://robot.example/cb"][..], "--redirect-uri"),
        (&["--scope", "openid"], "--scope"),
        (&["--response-type", "code"], "--grant-type"),
        (&["--grant-type", "refresh_token"], "--grant-type"),
        (&["--auth-method", "none"], "--grant-type"),
    ] {
        let other = ["clients", "add", "other", "--name", "x", "--grant-type", "client_credentials"];
        let said = idp.refused(&[&other[..], &["--secret-file", "other.secret"], arguments].concat());
        assert!(said.contains(option), "{arguments:?}: {said}");
        assert!(!idp.path("other.secret").exists(), "a refused command leaves no file behind");
    }
    idp.done(&["clients", "update", "robot", "--name", "同步"]);
    assert_eq!(idp.json(&["clients", "show", "robot"])["sector"], "client:robot", "it stays what it is");
}

#[test]
fn a_portal_becomes_a_server_that_acts_for_itself_and_a_portal_again() {
    let idp = Idp::new();
    idp.add_client("emic");
    let before = idp.json(&["clients", "show", "emic"]);
    idp.done(&["clients", "update", "emic", "--grant-type", "client_credentials"]);
    let itself = idp.json(&["clients", "show", "emic"]);
    assert_eq!((&itself["redirect_uris"], &itself["response_types"]), (&json!([]), &json!([])));
    let uri = before["redirect_uris"][0].as_str().unwrap();
    let scope = before["scope"].as_str().unwrap();
    let back = ["clients", "update", "emic", "--grant-type", "authorization_code", "--response-type", "code"];
    idp.done(&[&back[..], &["--redirect-uri", uri, "--scope", scope]].concat());
    assert_eq!(idp.json(&["clients", "show", "emic"]), before, "with the sector that it had");
}
