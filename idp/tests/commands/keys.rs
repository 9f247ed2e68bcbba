//! `idp keys`.

use crate::support::Idp;
use idp::clock::Clock;
use serde_json::Value;

/// The keys of an algorithm in a state.
fn kids(idp: &Idp, algorithm: &str, state: &str) -> Vec<String> {
    let keys = idp.json(&["keys", "list"]);
    let fits = |key: &&Value| key["alg"] == algorithm && key["state"] == state;
    keys.as_array().unwrap().iter().filter(fits).map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn one(idp: &Idp, algorithm: &str, state: &str) -> String {
    let found = kids(idp, algorithm, state);
    assert_eq!(found.len(), 1, "{algorithm} {state}: {found:?}");
    found[0].clone()
}

#[test]
fn the_first_command_makes_a_master_key_for_its_owner_alone_and_a_ring_with_a_next_for_each_algorithm() {
    let idp = Idp::empty();
    let said = idp.done(&["keys", "init"]);
    assert!(said.contains("idp.master-key") && said.contains("backup"), "{said}");
    assert_eq!(idp.mode("idp.master-key"), 0o600);
    for algorithm in ["ES256", "RS256"] {
        one(&idp, algorithm, "active");
        one(&idp, algorithm, "next");
    }
    let master = idp.read("idp.master-key");
    let again = idp.json(&["keys", "init"]);
    assert_eq!(again["signing_keys"], 4, "asking twice makes no keys");
    assert_eq!(idp.read("idp.master-key"), master);
}

#[test]
fn the_master_key_file_can_be_elsewhere_and_is_then_looked_for_there() {
    let idp = Idp::empty();
    idp.done(&["keys", "init", "--master-key-file", "elsewhere.key"]);
    assert_eq!(idp.mode("elsewhere.key"), 0o600);
    assert!(!idp.path("idp.master-key").exists());
    let said = idp.refused(&["keys", "list"]);
    assert!(said.contains("idp.master-key") && said.contains("backup"), "{said}");
    let idp = idp.with("IDP__KEYS__MASTER_KEY_FILE", "elsewhere.key");
    idp.done(&["keys", "list"]);
}

#[test]
fn a_list_is_a_table_for_people_with_every_key() {
    let idp = Idp::new();
    let table = idp.done(&["keys", "list"]);
    let mut lines = table.lines();
    assert!(lines.next().unwrap().starts_with("KID"));
    assert_eq!(lines.count(), 4);
    for algorithm in ["ES256", "RS256"] {
        assert!(table.contains(&one(&idp, algorithm, "active")));
    }
    assert!(!table.contains("PRIVATE") && !idp.json(&["keys", "list"]).to_string().contains("\"d\""));
}

#[test]
fn a_rotation_waits_until_every_portal_can_have_the_key_and_says_when() {
    let idp = Idp::new();
    let (active, next) = (one(&idp, "ES256", "active"), one(&idp, "ES256", "next"));
    let said = idp.done(&["keys", "rotate", "--alg", "ES256"]);
    assert!(said.contains(&next) && said.contains("will sign at"), "{said}");
    assert_eq!(one(&idp, "ES256", "active"), active);
    // A fresh next one is there at once, and asking again changes nothing.
    assert_eq!(kids(&idp, "ES256", "next").len(), 2);
    let again = idp.json(&["keys", "rotate", "--alg", "ES256"]);
    assert_eq!(again[0]["kid"], next.as_str());
    assert!(again[0]["signs_at"].is_i64(), "{again}");
    assert_eq!(kids(&idp, "ES256", "next").len(), 2);
    assert_eq!(kids(&idp, "RS256", "next").len(), 1, "the other algorithm was rotated too");
    assert_eq!(idp.json(&["keys", "rotate"]).as_array().unwrap().len(), 2);
}

#[test]
fn a_key_that_every_portal_has_signs_at_once_and_the_old_one_stays_published() {
    let idp = Idp::new();
    let (active, next) = (one(&idp, "ES256", "active"), one(&idp, "ES256", "next"));
    // As if the keys had been made a day earlier.
    idp.sql("UPDATE signing_keys SET ready_at = ready_at - 86400000 WHERE state = 'next'");
    let rotated = idp.json(&["keys", "rotate", "--alg", "ES256"]);
    assert_eq!((&rotated[0]["kid"], &rotated[0]["signs"]), (&next.clone().into(), &"now".into()));
    assert!(rotated[0]["may_be_unknown_until"].is_null(), "{rotated}");
    assert_eq!((one(&idp, "ES256", "active"), one(&idp, "ES256", "retiring")), (next, active.clone()));
    one(&idp, "ES256", "next");
    let said = idp.refused(&["keys", "retire", &active]);
    assert!(said.contains("still valid") || said.contains("valid for a while"), "{said}");
}

#[test]
fn activate_waits_and_activate_now_does_not_but_says_what_may_fail() {
    let idp = Idp::new();
    let (active, next) = (one(&idp, "ES256", "active"), one(&idp, "ES256", "next"));
    let said = idp.done(&["keys", "activate", &next]);
    assert!(said.contains("will sign at"), "{said}");
    assert_eq!(one(&idp, "ES256", "active"), active);
    // Ten seconds without having checked, and clocks a minute apart; a slow machine takes longer to get here.
    idp.sql(&format!("UPDATE signing_keys SET state_at = {} WHERE state = 'next'", Clock::System.now().0));
    let said = idp.refused(&["keys", "activate", &next, "--now"]);
    assert!(said.contains("not every node has read it") && said.contains("--force"), "{said}");
    assert_eq!(one(&idp, "ES256", "active"), active);
    idp.sql("UPDATE signing_keys SET state_at = state_at - 70000 WHERE state = 'next'");
    let said = idp.done(&["keys", "activate", &next, "--now"]);
    assert!(said.contains("signs from now on") && said.contains("may refuse its tokens until"), "{said}");
    assert_eq!((one(&idp, "ES256", "active"), one(&idp, "ES256", "retiring")), (next.clone(), active));
    assert!(idp.refused(&["keys", "activate", &next]).contains("already active"));
}

#[test]
fn a_key_of_a_moment_ago_signs_at_once_if_that_is_forced_and_force_alone_is_refused() {
    let idp = Idp::new();
    let next = one(&idp, "ES256", "next");
    assert!(idp.refused(&["keys", "activate", &next, "--force"]).contains("--now"));
    idp.done(&["keys", "activate", &next, "--now", "--force"]);
    assert_eq!(one(&idp, "ES256", "active"), next);
}

#[test]
fn generate_publishes_one_more_and_retire_takes_it_back() {
    let idp = Idp::new();
    idp.done(&["keys", "generate", "--alg", "ES256"]);
    let two = kids(&idp, "ES256", "next");
    assert_eq!(two.len(), 2);
    idp.done(&["keys", "retire", &two[1]]);
    assert_eq!(kids(&idp, "ES256", "next"), two[..1]);
    assert_eq!(one(&idp, "ES256", "retired"), two[1]);
    assert!(idp.refused(&["keys", "retire", &two[1]]).contains("already"));
    let active = one(&idp, "ES256", "active");
    assert!(idp.refused(&["keys", "retire", &active]).contains("rotate first"));
    for algorithm in ["ES512", "none", "HS256", ""] {
        assert!(idp.refused(&["keys", "generate", "--alg", algorithm]).contains("ES256"), "{algorithm}");
    }
}

#[test]
fn the_first_key_of_a_further_algorithm_says_when_it_signs_and_its_ring_ends_with_it() {
    let idp = Idp::new();
    for algorithm in ["PS256", "EdDSA"] {
        assert_eq!(kids(&idp, algorithm, "next").len(), 0, "nobody asked for {algorithm}");
        let made = idp.json(&["keys", "generate", "--alg", algorithm]);
        assert!(made["signs_at"].is_i64(), "{made}");
        let first = one(&idp, algorithm, "next");
        idp.done(&["keys", "activate", &first, "--now", "--force"]);
        assert_eq!(one(&idp, algorithm, "active"), first);
        one(&idp, algorithm, "next");
        let more = idp.json(&["keys", "generate", "--alg", algorithm]);
        assert!(more["signs_at"].is_null(), "{more}");
    }
    let rotated = idp.json(&["keys", "rotate"]);
    assert_eq!(rotated.as_array().unwrap().len(), 4, "{rotated}");
    idp.done(&["keys", "retire", &one(&idp, "EdDSA", "active")]);
    assert_eq!((kids(&idp, "EdDSA", "next").len(), kids(&idp, "EdDSA", "retired").len()), (0, 2));
    one(&idp, "EdDSA", "retiring");
    assert_eq!(idp.json(&["keys", "rotate"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_compromised_key_goes_at_once_and_the_clients_affected_are_named() {
    let idp = Idp::new();
    idp.add_client("emic");
    idp.add_client("weather");
    idp.done(&["clients", "update", "weather", "--id-token-signed-response-alg", "ES256"]);
    let (active, next) = (one(&idp, "ES256", "active"), one(&idp, "ES256", "next"));
    let done = idp.json(&["keys", "rotate", "--compromised", &active]);
    assert_eq!(done["affected"], serde_json::json!(["weather"]));
    assert_eq!(done["successor"], next.as_str());
    assert!(done["trusted_until"].is_i64());
    assert_eq!((one(&idp, "ES256", "active"), one(&idp, "ES256", "compromised")), (next, active.clone()));
    one(&idp, "ES256", "next");
    assert!(idp.refused(&["keys", "rotate", "--compromised", &active]).contains("already"));
    let rsa = one(&idp, "RS256", "active");
    let said = idp.done(&["keys", "rotate", "--compromised", &rsa]);
    assert!(said.contains("affected") && said.contains("emic") && !said.contains("weather"), "{said}");
    assert!(said.contains(&format!("key {} signs instead", one(&idp, "RS256", "active"))), "{said}");
    let waiting = one(&idp, "RS256", "next");
    let said = idp.done(&["keys", "rotate", "--compromised", &waiting]);
    assert!(said.contains("it was not the one that signs RS256") && !said.contains("instead"), "{said}");
}

#[test]
fn a_key_that_does_not_exist_is_named_in_the_refusal() {
    let idp = Idp::new();
    idp.add_client("emic");
    // A kid may begin with a dash.
    for kid in ["nobody", "-nobody"] {
        for arguments in [
            &["keys", "activate", kid][..],
            &["keys", "activate", kid, "--now"],
            &["keys", "activate", "--now", kid],
            &["keys", "retire", kid],
            &["keys", "rotate", "--compromised", kid],
        ] {
            let said = idp.refused(arguments);
            assert!(said.contains(&format!("there is no signing key {kid}")), "{arguments:?}: {said}");
        }
        let said = idp.refused(&["clients", "update", "emic", "--pin-key", kid]);
        assert!(said.contains(&format!("there is no next or active key {kid}")), "{said}");
    }
    assert!(idp.refused(&["keys", "rotate", "--alg", "ES256", "--compromised", "x"]).contains("cannot be used with"));
}
