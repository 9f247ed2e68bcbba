//! What the person is asked before an answer goes back.

use super::*;
use crate::ids::{AccountId, SessionId};
use crate::oauth::authorize::prompt::{Browser, ConfirmReason, Consent, NextStep, SignInReason, next_step};
use crate::oauth::gate::Bound;
use crate::scope::ScopeSet;
use crate::sign_in::authentication::Acr;
use crate::sign_in::interaction::Done;
use crate::sign_in::session::Session;

struct Scene {
    client: Client,
    session: Option<Session>,
    consent: Option<Consent>,
    hinted: Option<bool>,
    done: Done,
}

impl Scene {
    /// Signed in a minute ago, has agreed to everything here and knows as whom.
    fn settled() -> Self {
        let session = Session {
            id: SessionId::from_trusted("s"),
            account_id: AccountId::from_trusted("a"),
            security_epoch: 1,
            auth_time: NOW.minus(std::time::Duration::from_secs(60)),
            acr: Acr::Password,
            last_used_at: NOW,
            expires_at: UnixMillis(i64::MAX),
            ended_at: None,
        };
        let consent = Consent { scope: ScopeSet::parse_known("openid identity profile"), told_at: Some(NOW) };
        Self {
            client: government(),
            session: Some(session),
            consent: Some(consent),
            hinted: None,
            done: Done::default(),
        }
    }

    fn step(&self, changes: &[(&str, Option<&str>)]) -> NextStep {
        let text = query(changes);
        let request =
            read(&self.client, &Params::parse(text.as_bytes()).unwrap(), Endpoint::Authorize, &Came::default())
                .unwrap();
        let Self { session, consent, hinted, done, .. } = self;
        let browser = Browser { session: session.as_ref(), consent: *consent, hinted: *hinted, done: *done, now: NOW };
        next_step(&request, &self.client, &browser)
    }

    fn silently(&self, changes: &[(&str, Option<&str>)]) -> OAuthErrorCode {
        let mut all = changes.to_vec();
        all.push(("prompt", Some("none")));
        match self.step(&all) {
            NextStep::Refuse(error) => error.code,
            other => panic!("{other:?}"),
        }
    }
}

fn issues(step: &NextStep) -> bool {
    matches!(step, NextStep::Issue { .. })
}

#[test]
fn nobody_signed_in_is_shown_the_sign_in_page_and_silently_refused() {
    let scene = Scene { session: None, ..Scene::settled() };
    assert_eq!(scene.step(&[]), NextStep::SignIn(SignInReason::NoSession));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::LoginRequired);
}

#[test]
fn prompt_login_and_max_age_ask_again_until_it_was_done_for_this_request() {
    let mut scene = Scene::settled();
    for ask in [("prompt", "login"), ("max_age", "59"), ("max_age", "0")] {
        let ask = [(ask.0, Some(ask.1))];
        scene.done = Done::default();
        assert_eq!(scene.step(&ask), NextStep::SignIn(SignInReason::Again), "{ask:?}");
        scene.done.signed_in = true;
        assert!(issues(&scene.step(&ask)), "{ask:?}");
    }
    scene.done = Done::default();
    assert!(issues(&scene.step(&[("max_age", Some("60"))])));
    assert_eq!(scene.silently(&[("max_age", Some("59"))]), OAuthErrorCode::LoginRequired);
}

#[test]
fn a_hint_about_somebody_else_asks_them_to_sign_in() {
    let scene = Scene { hinted: Some(false), ..Scene::settled() };
    assert_eq!(scene.step(&[]), NextStep::SignIn(SignInReason::SomebodyElse));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::LoginRequired);
    assert!(issues(&Scene { hinted: Some(true), ..Scene::settled() }.step(&[("prompt", Some("none"))])));
}

#[test]
fn consent_is_asked_for_what_was_not_agreed_to_and_whenever_the_portal_wants() {
    let mut scene = Scene::settled();
    scene.consent = Some(Consent { scope: ScopeSet::parse_known("openid"), told_at: Some(NOW) });
    assert_eq!(scene.step(&[]), NextStep::Confirm(ConfirmReason::Consent));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::ConsentRequired);
    scene.done.agreed = true;
    assert!(issues(&scene.step(&[])));
    let again = Scene::settled().step(&[("prompt", Some("consent"))]);
    assert_eq!(again, NextStep::Confirm(ConfirmReason::Consent));
}

#[test]
fn a_trusted_portal_asks_no_consent_and_the_person_is_told_once_as_whom_they_enter() {
    let mut scene = Scene { consent: None, ..Scene::settled() };
    scene.client.trusted = true;
    assert_eq!(scene.step(&[]), NextStep::Confirm(ConfirmReason::Introduce));
    assert!(issues(&scene.step(&[("prompt", Some("none"))])), "never under prompt=none");
    scene.done.signed_in = true;
    assert!(issues(&scene.step(&[])), "who typed a name knows it");
}

#[test]
fn select_account_is_asked_and_settled_by_choosing_or_signing_in() {
    let mut scene = Scene::settled();
    let ask = [("prompt", Some("select_account"))];
    assert_eq!(scene.step(&ask), NextStep::Confirm(ConfirmReason::SelectAccount));
    scene.done.selected = true;
    assert!(issues(&scene.step(&ask)));
}

#[test]
fn choosing_an_account_is_no_consent() {
    let mut scene = Scene { consent: None, ..Scene::settled() };
    scene.done.selected = true;
    assert_eq!(scene.step(&[("prompt", Some("select_account"))]), NextStep::Confirm(ConfirmReason::Consent));
}

#[test]
fn offline_access_counts_only_with_consent_or_for_a_trusted_portal() {
    let ask = ("scope", Some("openid offline_access"));
    let bound = |scene: &Scene, changes: &[(&str, Option<&str>)]| match scene.step(changes) {
        NextStep::Issue { bound, .. } => bound,
        other => panic!("{other:?}"),
    };
    let mut scene = Scene::settled();
    assert_eq!(bound(&scene, &[ask]), Bound::ToSession);
    scene.done.agreed = true;
    assert_eq!(bound(&scene, &[ask, ("prompt", Some("consent"))]), Bound::Offline);
    scene.done = Done::default();
    scene.client.trusted = true;
    assert_eq!(bound(&scene, &[ask]), Bound::Offline);
    scene.client.trusted = false;
    scene.consent = Some(Consent { scope: ScopeSet::parse_known("openid offline_access"), told_at: Some(NOW) });
    assert_eq!(bound(&scene, &[ask]), Bound::Offline);
}
