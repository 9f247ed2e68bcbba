use super::*;
use crate::ids::{AccountId, ClientId, GrantId, SessionId};
use crate::oauth::gate::Bound;
use crate::sign_in::authentication::Acr;

fn grant(generation: i64, refreshed_at: i64) -> Grant {
    Grant {
        id: GrantId::from_trusted("g"),
        account_id: AccountId::from_trusted("a"),
        session_id: SessionId::from_trusted("s"),
        client_id: ClientId::from_trusted("c"),
        scope: ScopeSet::parse_known("openid email"),
        bound: Bound::ToSession,
        security_epoch: 1,
        capacity_epoch: 1,
        auth_time: UnixMillis(0),
        acr: Acr::Password,
        generation,
        refreshed_at: UnixMillis(refreshed_at),
        expires_at: UnixMillis(i64::MAX),
        revoked_at: None,
    }
}

fn judged(generation: i64, presented: i64, seconds_later: i64) -> Verdict {
    judge(&grant(generation, 0), (presented, true), UnixMillis(seconds_later * 1000), &Lifetimes::default())
}

#[test]
fn what_does_not_rotate_stays_until_nobody_uses_it() {
    let at = |seconds: i64| judge(&grant(1, 0), (1, false), UnixMillis(seconds * 1000), &Lifetimes::default());
    assert_eq!(at(86_400), Verdict::Keep { same: 1 });
    assert_eq!(at(31 * 86_400), Verdict::Expired);
}

#[test]
fn the_newest_generation_advances() {
    assert_eq!(judged(1, 1, 60), Verdict::Advance { from: 1 });
}

#[test]
fn the_one_before_gives_the_same_newest_again_within_the_grace_and_is_reuse_after_it() {
    assert_eq!(judged(2, 1, 9), Verdict::Again);
    assert_eq!(judged(2, 1, 10), Verdict::Reused);
}

#[test]
fn once_the_next_was_used_an_older_one_is_reuse_also_within_the_grace() {
    assert_eq!(judged(3, 1, 0), Verdict::Reused);
}

#[test]
fn unused_for_thirty_days_or_never_issued_is_expired() {
    assert_eq!(judged(1, 1, 30 * 86_400), Verdict::Expired);
    assert_eq!(judged(0, 0, 0), Verdict::NotOfThisGrant);
    assert_eq!(judged(1, 2, 0), Verdict::NotOfThisGrant);
    assert_eq!(judged(1, -1, 0), Verdict::NotOfThisGrant);
}

#[test]
fn scopes_can_be_narrowed_and_never_widened() {
    let grant = ScopeSet::parse_known("openid email");
    assert_eq!(narrowed(grant, None), Some(grant));
    assert_eq!(narrowed(grant, Some("openid")), Some(ScopeSet::parse_known("openid")));
    assert_eq!(narrowed(grant, Some("openid profile")), None);
    assert_eq!(narrowed(grant, Some("weather")), None);
}
