//! `idp clients logouts`, on rows written behind the program's back.

use crate::support::Idp;
use serde_json::json;

/// Five deliveries to `emic`, in every state there is, and one to `elearn`.
fn with_deliveries() -> Idp {
    let idp = Idp::new();
    idp.add_client("emic");
    idp.add_client("elearn");
    let at = 1_795_240_800_000_i64; // 2026-11-21T14:00:00+08:00
    let (next, leased) = (at + 15_000, i64::MAX);
    idp.sql(&format!(
        "INSERT INTO outbox (id, kind, client_id, account_id, session_id, attempts, not_before, leased_until,
                             finished_at, outcome) VALUES
         ('1', 'backchannel_logout', 'emic', 'a', 's1', 1, {at}, 0, {at}, 'delivered'),
         ('2', 'backchannel_logout', 'emic', 'a', 's2', 10, {at}, 0, {at}, 'given up: the portal answered 503'),
         ('3', 'backchannel_logout', 'emic', 'a', 's3', 3, {next}, 0, NULL, 'the portal refused the logout token (400)'),
         ('4', 'backchannel_logout', 'emic', 'a', NULL, 1, {at}, {leased}, NULL, NULL),
         ('5', 'backchannel_logout', 'emic', 'a', 's5', 0, {at}, 0, NULL, NULL),
         ('6', 'backchannel_logout', 'elearn', 'a', 's5', 1, {at}, 0, {at}, 'delivered')"
    ));
    idp
}

#[test]
fn what_became_of_each_logout_token_of_a_portal_is_listed_the_newest_first() {
    let idp = with_deliveries();
    let row = |session: Option<&str>, state: &str, attempts: i64, when: Option<&str>, last: Option<&str>| {
        let when = when.map(|second| format!("2026-11-21T14:00:{second}.000+08:00"));
        json!({"session_id": session, "state": state, "attempts": attempts, "when": when, "last": last})
    };
    let expected = json!([
        row(Some("s5"), "waiting", 0, Some("00"), None),
        row(None, "under_way", 1, None, None),
        row(Some("s3"), "waiting", 3, Some("15"), Some("the portal refused the logout token (400)")),
        row(Some("s2"), "not_delivered", 10, Some("00"), Some("given up: the portal answered 503")),
        row(Some("s1"), "delivered", 1, Some("00"), Some("delivered")),
    ]);
    assert_eq!(idp.json(&["clients", "logouts", "emic"]), expected);
    let newest = idp.json(&["clients", "logouts", "emic", "--limit", "1"]);
    assert_eq!(newest, json!([expected[0]]));
    assert_eq!(idp.json(&["clients", "logouts", "elearn"]).as_array().unwrap().len(), 1);
}

#[test]
fn people_read_what_is_tried_again_when_and_what_was_given_up_why() {
    let text = with_deliveries().done(&["clients", "logouts", "emic"]);
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["SESSION", "STATE", "ATTEMPTS", "WHEN", "LAST"]);
    assert_eq!(lines[1], ["s5", "waiting", "0", "2026-11-21T14:00:00.000+08:00"]);
    assert!(text.lines().nth(2).unwrap().contains("under way"), "{text}");
    let third = text.lines().nth(3).unwrap();
    assert_eq!(lines[3][..4], ["s3", "waiting", "3", "2026-11-21T14:00:15.000+08:00"]);
    assert!(third.ends_with("the portal refused the logout token (400)"), "{text}");
    assert!(text.lines().nth(4).unwrap().ends_with("given up: the portal answered 503"), "{text}");
}

#[test]
fn what_waits_for_a_corrected_address_is_tried_within_seconds() {
    let idp = with_deliveries();
    idp.sql("UPDATE outbox SET not_before = 9000000000000 WHERE id IN ('3', '5')");
    let waiting = || idp.count("outbox WHERE finished_at IS NULL AND not_before = 9000000000000");
    idp.done(&["clients", "update", "emic", "--name", "EMIC"]);
    assert_eq!(waiting(), 2, "the address is as it was");
    idp.done(&["clients", "update", "emic", "--backchannel-logout-uri", "https://emic.example/logout"]);
    assert_eq!(waiting(), 0);
    assert_eq!(
        idp.count("outbox WHERE not_before > 1795240800000 AND finished_at IS NULL AND client_id = 'elearn'"),
        0
    );
}

#[test]
fn a_portal_that_is_not_there_has_no_list() {
    let words = Idp::new().refused(&["clients", "logouts", "nobody"]);
    assert!(words.contains("there is no client nobody; idp clients list shows them"), "{words}");
}
