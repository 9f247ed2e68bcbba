use super::*;

fn plain() -> Registration {
    Registration {
        scope: "openid identity".into(),
        ..Registration::of("emic", "EMIC 應變管理資訊雲端服務", "https://emic.example.gov.tw/callback")
    }
}

fn fields(asked: Registration) -> Vec<&'static str> {
    register(asked).unwrap_err().into_iter().map(|error| error.field).collect()
}

#[test]
fn the_sector_is_the_one_host_and_must_be_named_when_there_are_several() {
    assert_eq!(register(plain()).unwrap().sector, "emic.example.gov.tw");
    let mut two = plain();
    two.redirect_uris.push("https://other.example.gov.tw/callback".into());
    assert_eq!(fields(two.clone()), ["sector"]);
    two.sector = Some("emic.example.gov.tw".into());
    assert_eq!(register(two).unwrap().sector, "emic.example.gov.tw");
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let asked = Registration {
        id: "a b".into(),
        name: " ".into(),
        redirect_uris: vec!["http://evil.example/cb".into()],
        backchannel_logout_uri: Some("ftp://x/".into()),
        frontchannel_logout_uri: Some("ftp://x/".into()),
        scope: "identity weather".into(),
        subject_type: Some(SubjectType::Public),
        grant_types: vec![],
        ..plain()
    };
    let expected = [
        "client-id",
        "name",
        "redirect-uri",
        "backchannel-logout-uri",
        "frontchannel-logout-uri",
        "scope",
        "grant-type",
        "subject-type",
    ];
    assert_eq!(fields(asked), expected);
}

#[test]
fn a_response_type_goes_with_its_grant_types_and_tokens_with_standard_https_clients() {
    use GrantType::{AuthorizationCode, Implicit};
    let standard = |kind, grants: &[GrantType]| Registration {
        profile: Profile::Standard,
        response_types: vec![kind],
        grant_types: grants.to_vec(),
        ..plain()
    };
    for kind in ResponseType::ALL {
        for grants in [&[][..], &[AuthorizationCode], &[Implicit], &[AuthorizationCode, Implicit]] {
            let fits = kind.grant_types() == grants;
            let made = register(standard(kind, grants));
            assert_eq!(made.is_ok(), fits, "{kind} {grants:?}: {made:?}");
        }
        let grants = kind.grant_types();
        let as_government = Registration { profile: Profile::Government, ..standard(kind, grants) };
        assert_eq!(register(as_government).is_ok(), kind == ResponseType::Code, "{kind}");
        let on = |uri: &str, application_type| {
            let redirect_uris = vec![uri.to_owned()];
            register(Registration { redirect_uris, application_type, ..standard(kind, grants) }).is_ok()
        };
        let code = kind == ResponseType::Code;
        assert_eq!(on("http://localhost:1/cb", ApplicationType::Web), code, "{kind}");
        assert_eq!(on("http://127.0.0.1:1/cb", ApplicationType::Web), code, "{kind}");
        assert_eq!(on("https://localhost/cb", ApplicationType::Web), code, "{kind}");
        assert!(on("http://127.0.0.1/cb", ApplicationType::Native), "{kind}");
        let stored = serde_json::to_value(register(standard(kind, grants)).unwrap()).unwrap();
        assert_eq!(stored.get("response_types").is_some(), !code, "what was stored before is stored alike");
        assert_eq!(serde_json::from_value::<Client>(stored).unwrap().response_types, [kind]);
    }
    assert_eq!(fields(Registration { response_types: vec![], ..plain() }), ["response-type", "grant-type"]);
}

#[test]
fn a_portal_cannot_look_like_another() {
    for name in ["\u{202E}CIME", "EM\u{200B}IC", "EMIC\u{2066}"] {
        let wrong = register(Registration { name: name.into(), ..plain() }).unwrap_err();
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].field == "name" && wrong[0].message.contains("U+20"), "{wrong:?}");
    }
}

#[test]
fn browsers_are_sent_to_the_portals_own_hosts_alone_at_a_sign_out() {
    let asked = |uri: &str| Registration { frontchannel_logout_uri: Some(uri.into()), ..plain() };
    let own = "https://emic.example.gov.tw/signed-out?a=1";
    assert_eq!(register(asked(own)).unwrap().frontchannel_logout_uri.as_deref(), Some(own));
    for uri in [
        "https://other.example.gov.tw/x",
        "https://emic.example.gov.tw:8443/x",
        "http://localhost/x",
        "https://emic.example.gov.tw/x#y",
        "javascript:alert(1)",
    ] {
        assert_eq!(fields(asked(uri)), ["frontchannel-logout-uri"], "{uri}");
    }
}

#[test]
fn a_client_survives_its_stored_form() {
    let client = register(plain()).unwrap();
    let text = serde_json::to_string(&client).unwrap();
    assert_eq!(serde_json::from_str::<Client>(&text).unwrap(), client);
}

#[test]
fn nothing_of_a_client_of_the_profile_fapi2_is_signed_with_rs256() {
    let rs256 = Some(Algorithm::Rs256);
    let asked = Registration {
        profile: Profile::Fapi2,
        id_token_signed_response_alg: Algorithm::Rs256,
        userinfo_signed_response_alg: rs256,
        token_endpoint_auth_signing_alg: rs256.map(AssertionAlgorithm::Signature),
        requests: RequestRules { request_object_signing_alg: rs256, ..RequestRules::default() },
        auth_method: AuthMethod::PrivateKeyJwt,
        jwks_uri: Some("https://emic.example.gov.tw/keys".into()),
        ..plain()
    };
    let expected = [
        "id-token-signed-response-alg",
        "userinfo-signed-response-alg",
        "request-object-signing-alg",
        "token-endpoint-auth-signing-alg",
    ];
    assert_eq!(fields(asked), expected);
}
