//! What `idp keys` says of keys and their rotation.

use crate::pages::dates::moment_text;
use crate::text::Language;
use ::keys::ring::{Compromise, Rotation};
use ::keys::{KeyState, RingRefusal, RotateOutcome, Step, UnixMillis};
use serde_json::{Value, json};

/// What became of rotations: for people, and for programs.
pub(super) fn rotated(rotations: &[Rotation]) -> (String, Value) {
    let words = |rotation: &Rotation| match &rotation.outcome {
        RotateOutcome::Activated { kid } => {
            format!("key {kid} signs from now on{}", warning(rotation.caches_may_lack_it_until))
        }
        RotateOutcome::Scheduled { kid, at } => {
            format!("key {kid} is not published long enough yet; it will sign at {}", moment(*at))
        }
    };
    let json = |rotation: &Rotation| match &rotation.outcome {
        RotateOutcome::Activated { kid } => {
            json!({ "kid": kid, "signs": "now", "may_be_unknown_until": rotation.caches_may_lack_it_until })
        }
        RotateOutcome::Scheduled { kid, at } => json!({ "kid": kid, "signs_at": at }),
    };
    let text = rotations.iter().map(words).collect::<Vec<_>>().join("\n");
    (text, json!(rotations.iter().map(json).collect::<Vec<_>>()))
}

/// What signs from now on.
pub(super) fn instead(done: &Compromise) -> String {
    let replaced = |step: &Step| matches!(step, Step::Activate { .. } | Step::GenerateActive { .. });
    match &done.successor {
        Some(kid) => format!("key {kid} signs instead"),
        None if done.steps.iter().any(replaced) => "a new key signs instead".to_owned(),
        None => format!("it was not the one that signs {}: that stays", done.algorithm),
    }
}

/// Why the ring was not changed.
pub(super) fn why_not(refusal: &RingRefusal) -> String {
    match refusal {
        RingRefusal::Unread { until, .. } => format!(
            "{refusal}; nothing was changed. From {} on it can sign at once. With --force it signs now, and until then what it \
             signs may be refused everywhere, since a node may serve a JWKS without it",
            moment(*until)
        ),
        _ => refusal.to_string(),
    }
}

/// Whose tokens may be refused, and until when.
pub(super) fn warning(until: Option<UnixMillis>) -> String {
    until.map_or_else(String::new, |at| {
        format!("; portals that keep an older JWKS may refuse its tokens until {}", moment(at))
    })
}

/// A state with its moments.
pub(super) fn describe(state: &KeyState) -> String {
    match *state {
        KeyState::Next { published_at, ready_at, activate_at } => {
            let then = activate_at.map_or_else(
                || format!("can sign from {}", moment(ready_at)),
                |at| format!("will sign at {}", moment(at.max(ready_at))),
            );
            format!("{}; {then}", moment(published_at))
        }
        KeyState::Active { since } | KeyState::Retired { since } | KeyState::Compromised { since } => moment(since),
        KeyState::Retiring { since, remove_at } => format!("{}; published until {}", moment(since), moment(remove_at)),
    }
}

/// A moment, in English.
pub(super) fn moment(at: UnixMillis) -> String {
    moment_text(at.0, Language::En)
}
