//! Revocation (RFC 7009): access and refresh token are handles to one grant; giving either back ends both.

use conformance::NATURAL_PERSON;
use conformance::steps::{WEATHER, browser, is_dead, portal, refused, register, seconds, silent, start, tokens};
use idp_core::client::AuthMethod;

#[tokio::test]
async fn giving_back_either_token_ends_everything_that_the_code_gave() {
    let (provider, emic) = start().await;
    let app = register(&provider, "app", |asked| asked.auth_method = AuthMethod::None).await;
    for portal in [&emic, &app] {
        for (which, hint) in [
            ("access", ""),
            ("access", "refresh_token"),
            ("refresh", ""),
            ("refresh", "access_token"),
            ("refresh", "weather"),
            ("old refresh", ""),
        ] {
            let browser = browser(&provider);
            let first = tokens(portal, &browser, &portal.request(), NATURAL_PERSON).await;
            let given = portal.refresh(&first.refresh).await.unwrap().tokens().unwrap();
            let token = match which {
                "access" => &given.access,
                "refresh" => &given.refresh,
                _ => &first.refresh,
            };
            let answer = portal.post("/connect/revoke", &[("token", token), ("token_type_hint", hint)]).await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""), "{which} {hint}");
            assert!(is_dead(portal, &given.access).await && is_dead(portal, &first.access).await, "{which} {hint}");
            refused(&portal.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
            assert_eq!(portal.revoke(token).await.unwrap().status, 200, "again");
            assert_eq!(silent(portal, &browser).await, None, "the person stays signed in");
        }
    }
}

#[tokio::test]
async fn an_expired_access_token_still_ends_its_grant() {
    let (provider, emic) = start().await;
    let given = tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
    provider.advance(seconds(3600)).await.unwrap();
    assert_eq!(emic.revoke(&given.access).await.unwrap().status, 200);
    refused(&emic.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
}

#[tokio::test]
async fn what_is_no_token_is_as_good_as_revoked() {
    let (_provider, emic) = start().await;
    for token in ["garbage", "a.b.c", "中文\u{0}", &"x".repeat(9000)] {
        let answer = emic.revoke(token).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    }
    refused(&emic.post("/connect/revoke", &[]).await.unwrap(), 400, "invalid_request");
    refused(&emic.revoke("").await.unwrap(), 400, "invalid_request");
    refused(&emic.post("/connect/revoke", &[("token", "a"), ("token", "b")]).await.unwrap(), 400, "invalid_request");
}

#[tokio::test]
async fn another_portal_cannot_give_back_a_token_that_is_not_its_own() {
    let (provider, emic) = start().await;
    let weather = portal(&provider, "weather", WEATHER).await;
    let public = register(&provider, "public", |asked| asked.auth_method = AuthMethod::None).await;
    let given = tokens(&emic, &browser(&provider), &emic.request(), NATURAL_PERSON).await;
    for stranger in [&weather, &public] {
        for token in [&given.access, &given.refresh] {
            refused(&stranger.revoke(token).await.unwrap(), 400, "invalid_grant");
        }
    }
    assert!(!is_dead(&emic, &given.access).await);
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}
