//! What a client does with its registration (RFC 7592).

use super::support::{CALLBACK, Registered, http, open};
use conformance::steps::{browser, change_client, disable, is_dead, refused, sign_out, silent, tokens};
use conformance::{Answer, NATURAL_PERSON};
use idp_core::ClientId;
use idp_core::client::Profile;
use idp_core::oauth::authorize::ResponseType;
use idp_core::scope::ScopeSet;
use keys::Algorithm;
use serde_json::{Value, json};

fn everything() -> Value {
    json!({
        "client_name": "Library", "client_name#zh-TW": "圖書館", "client_uri": "https://library.example/",
        "policy_uri": "https://library.example/policy", "tos_uri#zh-TW": "https://library.example/terms",
        "contacts": ["library@library.example"], "redirect_uris": [CALLBACK, "http://localhost:9/other?a=b"],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "client_secret_post",
        "scope": "openid profile offline_access", "subject_type": "pairwise", "id_token_signed_response_alg": "ES256",
        "backchannel_logout_uri": "http://localhost:9/out", "backchannel_logout_session_required": true,
        "initiate_login_uri": "https://library.example/begin", "post_logout_redirect_uris": ["http://localhost:9/bye"],
    })
}

#[tokio::test]
async fn writing_back_what_was_read_changes_nothing() {
    let provider = open().await;
    for asked in [json!({ "redirect_uris": [CALLBACK] }), everything()] {
        let client = Registered::new(&provider, asked.clone()).await;
        let read = client.get().await;
        assert_eq!((read.status.as_u16(), read.header("cache-control")), (200, Some("no-store")));
        assert_eq!(read.json, client.told);
        let before = provider.wired.base.db.scan(idp_store::clients::all).await.unwrap().readable;
        let version = provider.wired.base.db.read(idp_store::directory_version::current).await.unwrap();
        let written = client.put(&client.own()).await;
        assert_eq!((written.status.as_u16(), &written.json), (200, &client.told));
        assert_eq!(provider.wired.base.db.scan(idp_store::clients::all).await.unwrap().readable, before);
        assert_eq!(provider.wired.base.db.read(idp_store::directory_version::current).await.unwrap(), version);
        for (member, value) in asked.as_object().unwrap() {
            assert_eq!(client.told[member], *value, "{member}");
        }
    }
}

/// Elsewhere an update by the client silently dropped a security setting.
#[tokio::test]
async fn what_an_operator_gave_a_client_survives_what_it_writes_itself() {
    let provider = open().await;
    let client = Registered::new(&provider, everything()).await;
    let id = client.text("client_id").to_owned();
    let kid = provider.wired.base.directory.snapshot().ring.records()[0].kid.clone();
    change_client(&provider, &id, move |client| {
        (client.trusted, client.profile) = (true, Profile::Government);
        client.may_introspect = vec![ClientId::parse("emic").unwrap()];
        client.pinned_kid = Some(kid.clone());
        // Nobody gets this one by registering.
        client.scope = client.scope.or(ScopeSet::parse_known("uid"));
    })
    .await;
    let stored = async || {
        let all = provider.wired.base.db.scan(idp_store::clients::all).await.unwrap().readable;
        all.into_iter().find(|stored| stored.client.id.as_str() == id).unwrap()
    };
    let before = stored().await;
    let read = Registered { told: client.get().await.json };
    let mut own = read.own();
    let written = read.put(&own).await;
    assert_eq!((written.status.as_u16(), stored().await), (200, before.clone()), "{}", written.body);
    own["client_name"] = json!("Other library");
    assert_eq!(read.put(&own).await.status, 200);
    let mut renamed = before;
    renamed.client.name = "Other library".into();
    assert_eq!(stored().await, renamed);
}

/// Whatever a registration says, it does not switch on what the operator left off.
#[tokio::test]
async fn what_this_provider_does_not_offer_cannot_be_had_by_registering_or_by_changing_a_registration() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    let mut rows = Vec::new();
    for kind in ResponseType::ALL {
        let grants: Vec<_> = kind.grant_types().iter().map(|grant| grant.as_str()).collect();
        let asked = json!({
            "redirect_uris": ["https://library.example/callback"], "response_types": [kind.as_str()], "grant_types": grants,
        });
        rows.push((asked, !kind.gives_tokens()));
    }
    for algorithm in Algorithm::ALL {
        // The others have no key until an administrator makes one.
        let there = [Algorithm::Es256, Algorithm::Rs256].contains(algorithm);
        for member in ["id_token_signed_response_alg", "userinfo_signed_response_alg"] {
            rows.push((json!({ "redirect_uris": [CALLBACK], member: algorithm.as_str() }), there));
        }
    }
    for (mut asked, offered) in rows {
        let new = super::support::post(&provider, None, &asked).await;
        asked["client_id"] = json!(client.text("client_id"));
        let changed = client.put(&asked).await;
        match offered {
            true => assert_eq!((new.status.as_u16(), changed.status.as_u16()), (201, 200), "{asked}"),
            false => [new, changed].iter().for_each(|answer| refused(answer, 400, "invalid_client_metadata")),
        }
    }
}

#[tokio::test]
async fn what_is_written_replaces_everything_at_once() {
    let provider = open().await;
    let client = Registered::new(&provider, everything()).await;
    let id = client.text("client_id");
    let other = "http://localhost:9/elsewhere";
    let answer = client.put(&json!({ "client_id": id, "redirect_uris": [other] })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for gone in ["client_uri", "contacts", "client_name#zh-TW", "policy_uri", "backchannel_logout_uri"] {
        assert!(answer.json.get(gone).is_none(), "{gone}: {}", answer.body);
    }
    assert_eq!(answer.json["client_secret"], client.told["client_secret"], "the secret stays");
    assert_eq!(answer.json["subject_type"], "pairwise", "it cannot be changed");
    let old = client.portal(&provider).await;
    assert_eq!(browser(&provider).open(&old.request().scope("openid").url()).await.unwrap().status, 400);
    let new = Registered { told: answer.json };
    new.signed_in(&provider).await;
}

#[tokio::test]
async fn a_client_gets_and_loses_its_secret_with_its_method() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    let mut own = client.own();
    own["token_endpoint_auth_method"] = json!("none");
    own.as_object_mut().unwrap().remove("client_secret");
    let public = Registered { told: client.put(&own).await.json };
    assert!(public.told.get("client_secret").is_none(), "{}", public.told);
    refused(&client.portal(&provider).await.refresh("x").await.unwrap(), 401, "invalid_client");
    public.signed_in(&provider).await;
    own["token_endpoint_auth_method"] = json!("client_secret_basic");
    let again = Registered { told: client.put(&own).await.json };
    assert_ne!(again.text("client_secret"), client.text("client_secret"));
    again.signed_in(&provider).await;
}

#[tokio::test]
async fn what_is_not_the_clients_to_write_is_refused_and_named() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    for (member, value) in [
        ("registration_access_token", client.told["registration_access_token"].clone()),
        ("registration_client_uri", client.told["registration_client_uri"].clone()),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(1)),
        ("client_secret", json!("a-secret-of-my-own-choice-that-is-long")),
        ("client_secret", json!("")),
        ("client_id", json!("emic")),
        ("client_id", json!(null)),
        ("redirect_uris", json!(["javascript:alert(1)"])),
        ("client_name", json!("EMIC 應變管理資訊雲端服務")),
    ] {
        let mut asked = client.own();
        asked[member] = value.clone();
        let answer = client.put(&asked).await;
        let code = if member == "redirect_uris" { "invalid_redirect_uri" } else { "invalid_client_metadata" };
        refused(&answer, 400, code);
        assert!(answer.json["error_description"].as_str().unwrap().contains(member), "{member}: {}", answer.body);
    }
    let mut without = client.own();
    without.as_object_mut().unwrap().remove("client_id");
    refused(&client.put(&without).await, 400, "invalid_client_metadata");
    assert_eq!(client.get().await.json, client.told, "nothing was changed");
}

#[tokio::test]
async fn whatever_is_wrong_with_client_or_token_is_one_answer() {
    let provider = open().await;
    let (one, other) = (Registered::plain(&provider).await, Registered::plain(&provider).await);
    let asked = json!({ "client_id": one.text("client_id"), "redirect_uris": ["http://localhost:9/stolen"] });
    let mut bodies = Vec::new();
    for method in ["GET", "PUT", "DELETE"] {
        let body = (method == "PUT").then_some(&asked);
        for token in [other.text("registration_access_token"), "x", one.text("client_secret")] {
            bodies.push(one.manage(method, token, body).await);
        }
        for unknown in ["nobody", "emic", "%2e%2e%2f", "a%00b", &"x".repeat(3_000)] {
            let url = provider.url(&format!("/connect/register/{unknown}"));
            let request = http().request(method.parse().unwrap(), url);
            let request = request.bearer_auth(one.text("registration_access_token")).json(&asked);
            bodies.push(Answer::of(request).await.unwrap());
        }
        let none = http().request(method.parse().unwrap(), one.text("registration_client_uri")).json(&asked);
        bodies.push(Answer::of(none).await.unwrap());
    }
    for answer in &bodies {
        refused(answer, 401, "invalid_token");
        assert_eq!(answer.body, bodies[0].body);
        assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer "));
    }
    assert_eq!(one.get().await.json, one.told);
}

#[tokio::test]
async fn a_removed_client_gets_nothing_on_any_path() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    let (portal, first) = client.signed_in(&provider).await;
    let browser = browser(&provider);
    let request = portal.request().scope("openid");
    let given = tokens(&portal, &browser, &request, NATURAL_PERSON).await;
    let page = browser.open(&request.url()).await.unwrap();
    let code = page.parameter("code").unwrap();
    let answer = client.delete().await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
    for tokens in [&first, &given] {
        assert!(is_dead(&portal, &tokens.access).await);
        refused(&portal.refresh(&tokens.refresh).await.unwrap(), 401, "invalid_client");
    }
    refused(&portal.redeem(&request, &code).await.unwrap(), 401, "invalid_client");
    refused(&portal.revoke(&given.access).await.unwrap(), 401, "invalid_client");
    let page = browser.open(&request.url()).await.unwrap();
    assert!(page.status == 400 && page.has("error-title"), "{}", page.url);
    for answer in [client.get().await, client.put(&client.own()).await, client.delete().await] {
        refused(&answer, 401, "invalid_token");
    }
    let emic = conformance::steps::portal(&provider, "emic", conformance::steps::EMIC).await;
    assert_eq!(silent(&emic, &browser).await, None, "the person stays signed in");
    sign_out(&browser, &provider).await;
}

#[tokio::test]
async fn a_client_that_the_operator_switched_off_cannot_manage_itself() {
    let provider = open().await;
    let client = Registered::plain(&provider).await;
    disable(&provider, client.text("client_id")).await;
    for answer in [client.get().await, client.put(&client.own()).await, client.delete().await] {
        refused(&answer, 401, "invalid_token");
    }
}
