//! What the tokens of a refresh say: of today, and never more than was given.

use super::{gone, next, signed_in};
use conformance::CIVIL_SERVANT;
use conformance::steps::{browser, change, end_capacity, is_dead, refused, seconds, start, tokens};
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::OfficialType;

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
async fn the_claims_of_a_refresh_are_those_of_today() {
    let (provider, emic) = start().await;
    let (_, given) = signed_in(&provider, &emic, "openid identity").await;
    let now = provider.clock.now();
    let transfer = move |tx: &mut idp_store::Tx<'_>, id: &idp_core::AccountId| {
        let oid = AgencyOid::parse("2.16.886.101.20003.20005.20097").unwrap();
        idp_store::capacities::set(tx, id, (&oid, OfficialType::Educator), now)
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
