//! What the suite's browser does on this provider's pages, by their element ids.

use super::{ISSUER, PASSWORD};
use serde_json::{Map, Value, json};

/// Stores the page for the picture that the module waits for.
const PICTURE: &str = "update-image-placeholder";
/// The same, where a module does not always wait for one.
const PICTURE_IF_WANTED: &str = "update-image-placeholder-optional";

/// Modules that expect the sign-in page although there is a session.
const SIGN_IN_AGAIN: &[&str] = &["oidcc-prompt-login", "oidcc-max-age-1"];
/// Modules that expect an error page of the authorization endpoint.
const ERROR_PAGE: &[&str] = &[
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-ensure-request-object-with-redirect-uri",
    "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
];
/// Modules that expect the error page when a request is opened again.
const ERROR_PAGE_AFTERWARDS: &[&str] = &["fapi2-security-profile-final-par-attempt-reuse-request_uri"];
/// What holds a logo. The suite waits for what has text in it, which a picture has not.
const LOGO_SHOWN: &str = "//main[.//img[contains(@src, '/client-logo/')]]";
/// Modules that want a picture of the sign-in page with the client's logo.
const LOGO: &[&str] = &["oidcc-registration-logo-uri"];
/// Modules that want a picture of the sign-in page with a link that the client registered, and what the suite registers.
const LINKED: [(&str, &str); 2] =
    [("oidcc-registration-policy-uri", "/login.html"), ("oidcc-registration-tos-uri", "https://openid.net")];
/// Modules whose sign-out request is at fault: the person is asked.
const ASKED_AT_SIGN_OUT: &[&str] = &[
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
];
/// Modules after whose sign-out the person stays here.
const SIGNED_OUT_HERE: &[&str] = &[
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-no-id-token-hint",
];

/// Modules in which the person does not want to sign in.
const REJECTED: &[&str] = &["fapi2-security-profile-final-user-rejects-authentication"];
/// Modules that open the same request twice, and only the second time the person signs in.
const LOOKED_AT_FIRST: &[&str] =
    &["fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds"];

/// For every module that has no instructions of its own.
///
/// * `person`: who signs in.
pub(super) fn usual(person: &str) -> Value {
    json!([authorize(sign_in(person, &[])), end_session(vec![confirm(), back("*/test/*/post*")])])
}

/// Instructions of single modules, by their names.
pub(super) fn overrides(person: &str) -> Value {
    let again = json!([authorize(sign_in(person, &[json!(["wait", "xpath", "//*", 10, ".", PICTURE_IF_WANTED])]))]);
    let error = json!([authorize(vec![picture_of("error-title")])]);
    let asked = json!([authorize(sign_in(person, &[])), end_session(vec![picture_of("logout-confirm")])]);
    let signed_out = json!([authorize(sign_in(person, &[])), end_session(vec![confirm(), picture_of("logged-out")])]);
    let rejected =
        json!([authorize(vec![here("Cancel", &[json!(["click", "id", "login-cancel"])]), back("*/test/*/callback*")])]);
    let look = here("Look", &[json!(["wait", "id", "login-submit", 10])]);
    let looked_at = json!([once(authorize(vec![look])), authorize(sign_in(person, &[]))]);
    let error_afterwards = json!([once(authorize(sign_in(person, &[]))), authorize(vec![picture_of("error-title")])]);
    let groups = [
        (SIGN_IN_AGAIN, again),
        (ERROR_PAGE, error),
        (ASKED_AT_SIGN_OUT, asked),
        (SIGNED_OUT_HERE, signed_out),
        (LOGO, json!([authorize([switched(), vec![picture("xpath", LOGO_SHOWN)]].concat())])),
        (REJECTED, rejected),
        (LOOKED_AT_FIRST, looked_at),
        (ERROR_PAGE_AFTERWARDS, error_afterwards),
    ];
    let each = groups
        .into_iter()
        .flat_map(|(names, browser)| names.iter().map(move |name| (*name, json!({ "browser": browser }))));
    let linked = LINKED.map(|(name, link)| {
        let there = picture("xpath", &format!("//a[contains(@href, '{link}')]"));
        (name, json!({ "browser": [authorize(vec![there])] }))
    });
    Value::Object(Map::from_iter(each.chain(linked).map(|(name, instructions)| (name.to_owned(), instructions))))
}

fn authorize(tasks: Vec<Value>) -> Value {
    json!({ "match": format!("{ISSUER}/connect/authorize*"), "tasks": tasks })
}

/// The next instructions hold from the second time on.
fn once(mut instructions: Value) -> Value {
    if let Some(members) = instructions.as_object_mut() {
        members.insert("match-limit".into(), json!(1));
    }
    instructions
}

fn end_session(tasks: Vec<Value>) -> Value {
    json!({ "match": format!("{ISSUER}/connect/end_session*"), "tasks": tasks })
}

/// Every step of signing in and consenting is optional, so that one list serves a first sign-in, a session, and prompt=none.
fn sign_in(person: &str, first: &[Value]) -> Vec<Value> {
    let consent = json!(["click", "id", "consent-allow", "optional"]);
    vec![signing_in(person, first), here("Consent", &[consent]), back("*/test/*/callback*")]
}

fn signing_in(person: &str, first: &[Value]) -> Value {
    let mut steps = first.to_vec();
    steps.extend([
        json!(["text", "id", "username", person, "optional"]),
        json!(["text", "id", "password", PASSWORD, "optional"]),
        json!(["click", "id", "login-submit", "optional"]),
    ]);
    here("Sign in", &steps)
}

fn confirm() -> Value {
    here("Confirm the sign-out", &[json!(["click", "id", "logout-confirm", "optional"])])
}

fn here(task: &str, commands: &[Value]) -> Value {
    json!({ "task": task, "match": format!("{ISSUER}/*"), "optional": true, "commands": commands })
}

fn back(at: &str) -> Value {
    let mut task = json!({ "task": "Back at the suite", "match": at });
    if at.contains("callback")
        && let Some(task) = task.as_object_mut()
    {
        task.insert("commands".into(), json!([["wait", "id", "submission_complete", 10]]));
    }
    task
}

/// There and back, so many times: the page is shown again and again. A logo is fetched beside the registration, and the suite opens the
/// page at once after it; each time takes it some ten milliseconds.
fn switched() -> Vec<Value> {
    vec![here("Another language", &[json!(["click", "name", "lang"])]); 300]
}

fn picture_of(id: &str) -> Value {
    picture("id", id)
}

/// A picture of the page that has this.
fn picture(by: &str, what: &str) -> Value {
    json!({
        "task": format!("Picture of {what}"),
        "match": format!("{ISSUER}/*"),
        "commands": [["wait", by, what, 10, ".", PICTURE]],
    })
}
