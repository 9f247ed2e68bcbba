//! Refresh tokens: rotation, grace, reuse, scope, and how long they live.

use crate::support::{
    EVERYTHING, WEATHER, arrive, browser, change, end_capacity, is_dead, lock, portal, refused, register, seconds,
    sign_out, silent, start, tokens, unlock,
};
use conformance::{Answer, Browser, CIVIL_SERVANT, NATURAL_PERSON, Portal, Provider, ProviderOptions, Request, Tokens};
use idp_core::client::AuthMethod;
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::OfficialType;

const DAY: u64 = 86_400;

async fn signed_in(provider: &Provider, emic: &Portal, scope: &str) -> (Browser, Tokens) {
    let browser = browser(provider);
    let given = tokens(emic, &browser, &emic.request().scope(scope), CIVIL_SERVANT).await;
    (browser, given)
}

async fn next(portal: &Portal, given: &Tokens) -> Tokens {
    portal.refresh(&given.refresh).await.unwrap().tokens().unwrap()
}

#[track_caller]
fn gone(answer: &Answer) {
    refused(answer, 400, "invalid_grant");
}

#[tokio::test]
async fn a_refresh_says_the_same_about_the_sign_in_and_speaks_of_now() {
    let (provider, emic) = start().await;
    let request = emic.request();
    let given = tokens(&emic, &browser(&provider), &request, CIVIL_SERVANT).await;
    let before = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    provider.advance(seconds(900)).await.unwrap();
    assert!(is_dead(&emic, &given.access).await, "the access token had ten minutes");
    let newer = next(&emic, &given).await;
    let after = emic.verify(&newer.id_token, None).await.unwrap();
    assert_eq!((before.subject(), before.auth_time()), (after.subject(), after.auth_time()));
    assert_eq!((before.audiences(), before.issuer()), (after.audiences(), after.issuer()));
    assert_eq!(before.additional_claims().text("sid"), after.additional_claims().text("sid"));
    assert_eq!((after.issue_time() - before.issue_time()).num_seconds(), 900);
    assert!(!is_dead(&emic, &newer.access).await);
    assert_ne!(newer.refresh, given.refresh);
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again_and_never_leads_two_steps_on() {
    let (provider, emic) = start().await;
    let (_, first) = signed_in(&provider, &emic, "openid").await;
    let lost = next(&emic, &first).await;
    provider.advance(seconds(9)).await.unwrap();
    let again = next(&emic, &first).await;
    // Both are the same generation: using one makes the other the one before.
    let third = next(&emic, &again).await;
    let same_third = next(&emic, &lost).await;
    assert!(!is_dead(&emic, &third.access).await && !is_dead(&emic, &same_third.access).await);
    // The first is two steps behind by now: reuse, although it is the same minute.
    gone(&emic.refresh(&first.refresh).await.unwrap());
    for token in [&third, &same_third, &again, &lost] {
        gone(&emic.refresh(&token.refresh).await.unwrap());
        assert!(is_dead(&emic, &token.access).await);
    }
}

#[tokio::test]
async fn a_refresh_token_used_again_after_the_grace_ends_everything() {
    let (provider, emic) = start().await;
    let (browser, first) = signed_in(&provider, &emic, "openid").await;
    let second = next(&emic, &first).await;
    provider.advance(seconds(10)).await.unwrap();
    gone(&emic.refresh(&first.refresh).await.unwrap());
    gone(&emic.refresh(&second.refresh).await.unwrap());
    assert!(is_dead(&emic, &first.access).await && is_dead(&emic, &second.access).await);
    assert_eq!(silent(&emic, &browser).await, None, "the session stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_refreshes_at_once_all_end_at_the_same_generation() {
    let (provider, emic) = start().await;
    let (_, mut given) = signed_in(&provider, &emic, "openid").await;
    for _ in 0..3 {
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (emic, refresh) = (emic.clone(), given.refresh.clone());
            racers.spawn(async move { emic.refresh(&refresh).await.unwrap().tokens().unwrap() });
        }
        let all = racers.join_all().await;
        // One step only: any of them leads to the next, and after that all the others are the generation before.
        let newest = next(&emic, &all[0]).await;
        for other in &all[1..] {
            next(&emic, other).await;
        }
        assert!(!is_dead(&emic, &newest.access).await);
        given = newest;
    }
}

#[tokio::test]
async fn another_portal_cannot_use_a_refresh_token_and_changes_nothing_for_its_owner() {
    let (provider, emic) = start().await;
    let public = register(&provider, "public", |asked| asked.auth_method = AuthMethod::None).await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let (_, first) = signed_in(&provider, &emic, "openid").await;
    let second = next(&emic, &first).await;
    provider.advance(seconds(60)).await.unwrap();
    for stranger in [&weather, &public] {
        // Not even an old one, whose reuse by its owner would end everything.
        gone(&stranger.refresh(&first.refresh).await.unwrap());
        gone(&stranger.refresh(&second.refresh).await.unwrap());
    }
    next(&emic, &second).await;
}

#[tokio::test]
async fn a_refresh_may_ask_for_less_and_never_for_more() {
    let (provider, emic) = start().await;
    let (_, given) = signed_in(&provider, &emic, "openid identity email").await;
    let narrow = |scope: &'static str, refresh: String| {
        let emic = emic.clone();
        async move {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", scope)];
            emic.token(&fields).await.unwrap()
        }
    };
    for wider in ["openid identity email profile", "openid uid", "offline_access", "openid weather"] {
        refused(&narrow(wider, given.refresh.clone()).await, 400, "invalid_scope");
    }
    let less = narrow("openid email", given.refresh.clone()).await.tokens().unwrap();
    assert_eq!(less.scope, "openid email");
    let claims = emic.verify(&less.id_token, None).await.unwrap();
    assert_eq!(claims.additional_claims().text("identity_type"), None);
    let about = emic.userinfo(&less.access).await.unwrap();
    assert!(about.json.get("email").is_some() && about.json.get("identity_type").is_none(), "{}", about.body);
    // The grant itself is as wide as before.
    let whole = next(&emic, &less).await;
    assert_eq!(whole.scope, "openid identity email");
    let claims = emic.verify(&whole.id_token, None).await.unwrap();
    assert_eq!(claims.additional_claims().text("identity_type"), Some("civil_servant"));
}

#[tokio::test]
async fn tokens_without_openid_say_nothing_about_the_person() {
    let (provider, emic) = start().await;
    let (_, given) = signed_in(&provider, &emic, "openid identity email").await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", given.refresh.as_str()), ("scope", "email")];
    let less = emic.token(&fields).await.unwrap().tokens().unwrap();
    assert_eq!((less.scope.as_str(), less.id_token.as_str()), ("email", ""), "no openid, no ID token");
    let about = emic.userinfo(&less.access).await.unwrap();
    assert_eq!(about.status, 403);
    let challenge = about.header("www-authenticate").unwrap();
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"openid\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn an_unused_refresh_token_ends_after_thirty_days_and_a_used_one_after_a_year() {
    let (provider, emic) = start().await;
    let (_, idle) = signed_in(&provider, &emic, "openid offline_access").await;
    let (_, mut used) = signed_in(&provider, &emic, "openid offline_access").await;
    for _ in 0..12 {
        provider.advance(seconds(30 * DAY - 1)).await.unwrap();
        used = next(&emic, &used).await;
    }
    gone(&emic.refresh(&idle.refresh).await.unwrap());
    provider.advance(seconds(5 * DAY + 13)).await.unwrap();
    gone(&emic.refresh(&used.refresh).await.unwrap());
    let (_, late) = signed_in(&provider, &emic, "openid offline_access").await;
    provider.advance(seconds(30 * DAY)).await.unwrap();
    gone(&emic.refresh(&late.refresh).await.unwrap());
}

#[tokio::test]
async fn without_offline_access_a_refresh_token_ends_with_its_session() {
    let (provider, emic) = start().await;
    let (browser, given) = signed_in(&provider, &emic, "openid").await;
    let newer = next(&emic, &given).await;
    sign_out(&browser, &provider).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await);
}

#[tokio::test]
async fn a_session_ends_after_eight_idle_hours_and_a_refresh_is_use() {
    let (provider, emic) = start().await;
    let (browser, mut given) = signed_in(&provider, &emic, "openid").await;
    for _ in 0..3 {
        provider.advance(seconds(7 * 3600)).await.unwrap();
        given = next(&emic, &given).await;
    }
    assert_eq!(silent(&emic, &browser).await, None);
    provider.advance(seconds(3 * 3600)).await.unwrap();
    gone(&emic.refresh(&given.refresh).await.unwrap());
    assert_eq!(silent(&emic, &browser).await.as_deref(), Some("login_required"), "a day is the longest");
    let (browser, given) = signed_in(&provider, &emic, "openid").await;
    provider.advance(seconds(8 * 3600)).await.unwrap();
    gone(&emic.refresh(&given.refresh).await.unwrap());
    assert_eq!(silent(&emic, &browser).await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn offline_access_survives_sign_out_and_dies_with_the_account() {
    let (provider, emic) = start().await;
    let browser = browser(&provider);
    let request = emic.request().scope("openid offline_access");
    let given = tokens(&emic, &browser, &request, CIVIL_SERVANT).await;
    assert_eq!(given.scope, "openid offline_access");
    let before = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    sign_out(&browser, &provider).await;
    assert!(!is_dead(&emic, &given.access).await);
    let newer = next(&emic, &given).await;
    let claims = emic.verify(&newer.id_token, None).await.unwrap();
    assert_eq!(claims.additional_claims().text("sid"), before.additional_claims().text("sid"));
    lock(&provider, CIVIL_SERVANT).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await);
    unlock(&provider, CIVIL_SERVANT).await;
    gone(&emic.refresh(&newer.refresh).await.unwrap());
    assert!(is_dead(&emic, &newer.access).await, "what a lock ended does not come back");
}

#[tokio::test]
async fn offline_access_needs_prompt_consent_or_a_consent_on_record() {
    let (provider, _) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let browser = browser(&provider);
    let asks = || weather.request().scope("openid email offline_access");
    let granted = |request: Request| {
        let (weather, browser) = (weather.clone(), browser.clone());
        async move { tokens(&weather, &browser, &request, NATURAL_PERSON).await.scope }
    };
    assert_eq!(granted(weather.request().scope("openid email")).await, "openid email");
    assert_eq!(granted(asks()).await, "openid email", "nobody agreed to offline access yet");
    assert_eq!(granted(asks().with("prompt", "consent")).await, "openid email offline_access");
    assert_eq!(granted(asks()).await, "openid email offline_access", "now somebody did");
    assert_eq!(granted(asks().with("prompt", "none")).await, "openid email offline_access");
}

#[tokio::test]
async fn the_claims_of_a_refresh_are_those_of_today() {
    let (provider, emic) = start().await;
    let (_, given) = signed_in(&provider, &emic, "openid identity").await;
    let now = provider.clock.now();
    let transfer = move |tx: &mut idp_store::Tx<'_>, id: &idp_core::AccountId| {
        let oid = AgencyOid::parse("2.16.886.101.20003.20005.20097").unwrap();
        idp_store::accounts::set_capacity(tx, id, (&oid, OfficialType::Educator), now)
    };
    change(&provider, CIVIL_SERVANT, transfer).await;
    let newer = next(&emic, &given).await;
    let claims = emic.verify(&newer.id_token, None).await.unwrap();
    let ours = claims.additional_claims();
    assert_eq!(ours.text("agency_oid"), Some("2.16.886.101.20003.20005.20097"));
    assert_eq!(
        (ours.text("official_type"), ours.text("agency_name")),
        (Some("educator"), Some("教育部國民及學前教育署"))
    );
    let about = emic.userinfo(&given.access).await.unwrap();
    assert_eq!(about.json["official_type"], "educator", "also by an access token of before");
}

#[tokio::test]
async fn the_end_of_a_capacity_revokes_what_speaks_of_it_and_nothing_else() {
    let (provider, emic) = start().await;
    let (browser, official) = signed_in(&provider, &emic, "openid identity").await;
    let (_, offline) = signed_in(&provider, &emic, "openid identity offline_access").await;
    let plain = tokens(&emic, &browser, &emic.request(), CIVIL_SERVANT).await;
    end_capacity(&provider, CIVIL_SERVANT).await;
    for ended in [&official, &offline] {
        gone(&emic.refresh(&ended.refresh).await.unwrap());
        assert!(is_dead(&emic, &ended.access).await);
    }
    assert!(!is_dead(&emic, &plain.access).await);
    next(&emic, &plain).await;
    let request = emic.request().scope("openid identity").with("prompt", "none");
    let given = tokens(&emic, &browser, &request, CIVIL_SERVANT).await;
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!(claims.additional_claims().text("identity_type"), Some("natural_person"));
    assert_eq!(claims.additional_claims().text("agency_oid"), None);
}

#[tokio::test]
async fn the_lives_of_tokens_are_settings() {
    let shorter = |settings: &mut idp::settings::Settings| {
        settings.lifetimes.access_token = idp::settings::Span::from_secs(30);
        settings.lifetimes.id_token = idp::settings::Span::from_secs(45);
        settings.lifetimes.refresh = idp::settings::Span::from_secs(120);
    };
    let provider =
        Provider::start_with(ProviderOptions { settings: Some(shorter), ..ProviderOptions::default() }).await.unwrap();
    let emic = portal(&provider, "emic", crate::support::EMIC).await;
    let request = emic.request().scope(EVERYTHING);
    let browser = browser(&provider);
    let code = arrive(&browser, &request, NATURAL_PERSON).await.parameter("code").unwrap();
    let answer = emic.redeem(&request, &code).await.unwrap();
    assert_eq!(answer.json["expires_in"], 30);
    let given = answer.tokens().unwrap();
    let claims = emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    assert_eq!((claims.expiration() - claims.issue_time()).num_seconds(), 45);
    provider.advance(seconds(29)).await.unwrap();
    assert!(!is_dead(&emic, &given.access).await);
    provider.advance(seconds(1)).await.unwrap();
    assert!(is_dead(&emic, &given.access).await);
    let newer = next(&emic, &given).await;
    provider.advance(seconds(90)).await.unwrap();
    gone(&emic.refresh(&newer.refresh).await.unwrap());
}
