//! `idp sessions list|revoke` and `idp grants list|revoke`, on rows written behind the program's back.

use crate::support::Idp;
use idp::clock::Clock;
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// When the rows of these tests were written: an hour ago.
fn an_hour_ago() -> i64 {
    Clock::System.now().0 - HOUR
}

/// An account with so many sessions, each a second older than the one before, and a grant to `emic` in each.
fn with_sessions(account: &str, count: usize) -> Idp {
    let idp = Idp::new();
    idp.add_client("emic");
    add_sessions(&idp, account, count);
    idp
}

fn add_sessions(idp: &Idp, account: &str, count: usize) {
    idp.add_account(account);
    let start = an_hour_ago();
    let (mut sessions, mut grants) = (Vec::new(), Vec::new());
    for number in 0..count {
        let (id, at) = (format!("-{account}{number:04}"), start - i64::try_from(number).unwrap() * 1000);
        let until = at + 24 * HOUR;
        sessions.push(format!("('{id}', {}, {at}, {until})", idp.bytes_of(&id)));
        let grant = format!("{at:011x}{account}{number:04}");
        grants.push(format!("('{grant}', '{id}', {at}, {until})"));
    }
    idp.sql(&format!(
        "INSERT INTO sessions (id, secret_hash, account_id, security_epoch, auth_time, acr, last_used_at, expires_at)
         SELECT column1, column2, a.id, a.security_epoch, column3, 'urn:shenfen:acr:password', column3, column4
         FROM (VALUES {}) AS v JOIN accounts a ON a.account_key = '{account}'",
        sessions.join(", ")
    ));
    idp.sql(&format!(
        "INSERT INTO grants (id, account_id, session_id, client_id, scope, offline, security_epoch, capacity_epoch,
                             auth_time, acr, generation, refreshed_at, expires_at)
         SELECT column1, a.id, column2, 'emic', 'openid', FALSE, a.security_epoch, a.capacity_epoch,
                column3, 'urn:shenfen:acr:password', 1, column3, column4
         FROM (VALUES {}) AS v JOIN accounts a ON a.account_key = '{account}'",
        grants.join(", ")
    ));
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sessions_are_listed_the_newest_first_and_page_by_page_without_a_secret() {
    let idp = with_sessions("fireman0119", 5);
    let all = idp.json(&["sessions", "list"]);
    let expected: Vec<_> = (0..5).map(|number| format!("-fireman0119{number:04}")).collect();
    assert_eq!(ids(&all), expected);
    let mut paged = Vec::new();
    let mut page = ids(&idp.json(&["sessions", "list", "--limit", "2"]));
    while let Some(last) = page.last().cloned() {
        paged.extend(page);
        page = ids(&idp.json(&["sessions", "list", "--limit", "2", "--after", &last]));
    }
    assert_eq!(paged, expected);
    let first = &all[0];
    assert_eq!(
        (&first["account"], &first["active"], &first["why_not"]),
        (&json!("fireman0119"), &json!(true), &json!(null))
    );
    assert_eq!((&first["acr"], &first["ended_at"]), (&json!("urn:shenfen:acr:password"), &json!(null)));
    let names: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["account", "acr", "active", "ended_at", "expires_at", "id", "last_used_at", "signed_in_at", "why_not"];
    assert_eq!(names, expected);
    let text = idp.done(&["sessions", "list", "--limit", "2"]);
    assert!(text.contains("+08:00") && text.ends_with("more: --after -fireman01190001\n"), "{text}");
    assert!(!idp.done(&["sessions", "list", "--limit", "5"]).contains("more:"));
    assert!(idp.refused(&["sessions", "list", "--after", "gone"]).contains("there is no session gone"));
    for limit in ["0", "1001", "x"] {
        assert!(idp.refused(&["sessions", "list", "--limit", limit]).contains("--limit"));
    }
}

#[test]
fn only_the_sessions_that_count_are_active_and_the_others_say_why_not() {
    let idp = with_sessions("fireman0119", 6);
    add_sessions(&idp, "teacher0001", 1);
    idp.sql("UPDATE sessions SET ended_at = auth_time WHERE id = '-fireman01190000'");
    idp.sql("UPDATE sessions SET expires_at = auth_time + 1 WHERE id = '-fireman01190001'");
    idp.sql("UPDATE sessions SET last_used_at = last_used_at - 28800000 WHERE id = '-fireman01190002'");
    idp.sql("UPDATE sessions SET security_epoch = 0 WHERE id = '-fireman01190003'");
    let list = ["sessions", "list", "--account", "FireMan0119"];
    let all = idp.json(&list);
    let why: Vec<_> = all.as_array().unwrap().iter().map(|row| row["why_not"].as_str().unwrap_or("active")).collect();
    let (expired, changed) = ("the session is expired", "the account changed since");
    assert_eq!(why, ["the session was ended", expired, expired, changed, "active", "active"]);
    let active = idp.json(&[&list[..], &["--active", "--limit", "1"]].concat());
    assert_eq!(ids(&active), ["-fireman01190004"]);
    let rest = idp.json(&[&list[..], &["--active", "--after", "-fireman01190004"]].concat());
    assert_eq!(ids(&rest), ["-fireman01190005"]);
    assert_eq!(ids(&idp.json(&["sessions", "list", "--active"])).len(), 3);
    assert!(idp.refused(&["sessions", "list", "--account", "nobody01"]).contains("there is no account nobody01"));
}

#[test]
fn more_sessions_than_one_transaction_takes_are_ended_each_once_and_written_down() {
    let idp = with_sessions("fireman0119", 250);
    add_sessions(&idp, "teacher0001", 2);
    let ended = idp.json(&["sessions", "revoke", "--account", "fireman0119"]);
    assert_eq!(ended, json!({ "sessions_ended": 250, "portals_told": 0, "logout_tokens": 0 }));
    let again = idp.json(&["sessions", "revoke", "--account", "fireman0119"]);
    assert_eq!(again["sessions_ended"], 0, "done before, and that is fine");
    assert_eq!(ids(&idp.json(&["sessions", "list", "--active"])).len(), 2);
    assert_eq!(idp.count("audit WHERE event = 'session.ended' AND detail LIKE '%\"operator\"%'"), 250);
    assert_eq!(idp.json(&["sessions", "revoke", "--all", "--yes"])["sessions_ended"], 2);
    assert!(idp.refused(&["sessions", "revoke"]).contains("--account"));
    assert!(idp.refused(&["sessions", "revoke", "x", "--all"]).contains("cannot be used with"));
    assert!(idp.refused(&["sessions", "revoke", "--all"]).contains("--yes"));
}

#[test]
fn a_lock_ends_more_sessions_than_one_transaction_takes() {
    let idp = with_sessions("fireman0119", 250);
    add_sessions(&idp, "teacher0001", 1);
    assert_eq!(idp.json(&["accounts", "lock", "fireman0119"])["state"], "locked");
    assert_eq!(idp.count("audit WHERE event = 'session.ended' AND detail LIKE '%\"lock\"%'"), 250);
    assert_eq!(idp.count("sessions WHERE ended_at IS NULL"), 1);
    idp.done(&["accounts", "lock", "fireman0119"]);
    assert_eq!(idp.count("audit WHERE event = 'session.ended'"), 250);
}

#[test]
fn one_session_is_ended_though_its_id_begins_like_an_option() {
    let idp = with_sessions("fireman0119", 2);
    let ended = idp.json(&["sessions", "revoke", "-fireman01190001"]);
    assert_eq!(ended["sessions_ended"], 1);
    assert_eq!(idp.json(&["sessions", "revoke", "-fireman01190001"])["sessions_ended"], 0);
    assert_eq!(ids(&idp.json(&["sessions", "list", "--active"])), ["-fireman01190000"]);
}

#[test]
fn grants_are_listed_by_account_and_client_with_what_they_hang_on() {
    let idp = with_sessions("fireman0119", 3);
    add_sessions(&idp, "teacher0001", 2);
    idp.add_client("weather");
    idp.sql("UPDATE grants SET client_id = 'weather', offline = TRUE WHERE session_id = '-fireman01190001'");
    idp.sql("UPDATE sessions SET ended_at = auth_time WHERE id = '-fireman01190000'");
    let of = ["grants", "list", "--account", "fireman0119"];
    let all = idp.json(&of);
    let seen: Vec<_> =
        all.as_array().unwrap().iter().map(|row| (&row["client"], &row["hangs_on"], &row["active"])).collect();
    let (emic, weather, session, offline) = (json!("emic"), json!("weather"), json!("session"), json!("offline"));
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(seen, [(&emic, &session, &no), (&weather, &offline, &yes), (&emic, &session, &yes)]);
    assert_eq!(all[0]["why_not"], "the session was ended");
    let names: Vec<_> = all[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "account",
        "acr",
        "active",
        "client",
        "expires_at",
        "hangs_on",
        "id",
        "last_used_at",
        "revoked_at",
        "scope",
        "session",
        "signed_in_at",
        "why_not",
    ];
    assert_eq!(names, expected);
    assert_eq!(idp.json(&[&of[..], &["--client", "emic"]].concat()).as_array().unwrap().len(), 2);
    assert_eq!(idp.json(&[&of[..], &["--active"]].concat()).as_array().unwrap().len(), 2);
    let everything = ids(&idp.json(&["grants", "list"]));
    let first = ids(&idp.json(&["grants", "list", "--limit", "3"]));
    let rest = ids(&idp.json(&["grants", "list", "--limit", "3", "--after", first.last().unwrap()]));
    assert_eq!([first, rest].concat(), everything);
    assert!(everything.windows(2).all(|two| two[0] > two[1]), "the newest first");
    let text = idp.done(&["grants", "list", "--client", "weather"]);
    assert!(text.contains("offline") && text.lines().count() == 2, "{text}");
    assert!(idp.refused(&["grants", "list", "--client", "nothing"]).contains("there is no client nothing"));
}

#[test]
fn grants_are_revoked_once_and_only_those_that_are_meant() {
    let idp = with_sessions("fireman0119", 120);
    add_sessions(&idp, "teacher0001", 2);
    let revoked = idp.json(&["grants", "revoke", "--account", "fireman0119", "--client", "emic"]);
    assert_eq!(revoked, json!({ "grants_revoked": 120, "portals_told": 0, "logout_tokens": 0 }));
    let again = idp.json(&["grants", "revoke", "--account", "fireman0119", "--client", "emic"]);
    assert_eq!(again["grants_revoked"], 0);
    let left = ids(&idp.json(&["grants", "list", "--active"]));
    assert_eq!(left.len(), 2);
    assert_eq!(idp.json(&["grants", "revoke", &left[0]])["grants_revoked"], 1);
    assert_eq!(idp.json(&["grants", "revoke", &left[0]])["grants_revoked"], 0);
    assert_eq!(idp.count("audit WHERE event = 'grant.revoked' AND detail LIKE '%\"operator\"%'"), 121);
    assert!(idp.refused(&["grants", "revoke"]).contains("--account"));
    assert!(idp.refused(&["grants", "revoke", "--client", "emic"]).contains("--yes"));
}
