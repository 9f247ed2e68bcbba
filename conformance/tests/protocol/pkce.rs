//! PKCE (RFC 7636): asked for as the profile says, and held to when the code is redeemed.

use conformance::NATURAL_PERSON;
use conformance::steps::{arrive, browser, code, register, start};
use idp_core::client::{AuthMethod, Profile};

/// Whoever takes the challenge out of a request has it refused, and not gone on without PKCE.
#[tokio::test]
async fn pkce_is_asked_for_as_the_profile_says() {
    use AuthMethod::{ClientSecretBasic as Secret, None as Public};
    let (provider, _) = start().await;
    let browser = browser(&provider);
    for (number, (profile, method, needed)) in [
        (Profile::Government, Secret, true),
        (Profile::Government, Public, true),
        (Profile::Standard, Public, true),
        (Profile::Standard, Secret, false),
    ]
    .into_iter()
    .enumerate()
    {
        let portal = register(&provider, &format!("client-{number}"), |asked| {
            (asked.profile, asked.auth_method) = (profile, method);
        })
        .await;
        let page = arrive(&browser, &portal.request().without_pkce(), NATURAL_PERSON).await;
        let expected = needed.then_some("invalid_request");
        assert_eq!(page.parameter("error").as_deref(), expected, "{profile:?} {method:?} {}", page.url);
        for request in [
            portal.request().with("code_challenge_method", "plain"),
            portal.request().without("code_challenge_method"),
            portal.request().without("code_challenge"),
        ] {
            let page = arrive(&browser, &request, NATURAL_PERSON).await;
            assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{profile:?} {method:?}");
        }
    }
}

/// Signs in, and presents the code otherwise than the request was made.
struct Pkce {
    profile: Profile,
    method: AuthMethod,
    challenge: bool,
    verifier: Verifier,
    redeemed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verifier {
    Right,
    Wrong,
    /// What `plain` would accept.
    TheChallenge,
    TooShort,
    Missing,
}

/// A verifier is wanted exactly where there was a challenge: neither leaving it out nor adding one gets around PKCE.
#[tokio::test]
async fn pkce_holds_for_every_profile_and_kind_of_client() {
    use AuthMethod::{ClientSecretBasic as Secret, None as Public};
    use Profile::{Government, Standard};
    use Verifier::{Missing, Right, TheChallenge, TooShort, Wrong};
    let (provider, _) = start().await;
    let browser = browser(&provider);
    let mut rows = Vec::new();
    for (profile, method) in [(Government, Secret), (Government, Public), (Standard, Secret), (Standard, Public)] {
        for verifier in [Right, Wrong, TheChallenge, TooShort, Missing] {
            rows.push(Pkce { profile, method, challenge: true, verifier, redeemed: verifier == Right });
        }
    }
    // RFC 9700 §4.8.2: a verifier without a challenge is a challenge that somebody took out of the request.
    rows.push(Pkce { profile: Standard, method: Secret, challenge: false, verifier: Missing, redeemed: true });
    rows.push(Pkce { profile: Standard, method: Secret, challenge: false, verifier: Right, redeemed: false });
    for (number, row) in rows.into_iter().enumerate() {
        let change = |asked: &mut idp_core::client::registration::Registration| {
            (asked.profile, asked.auth_method) = (row.profile, row.method);
        };
        let portal = register(&provider, &format!("client-{number}"), change).await;
        let mut request = portal.request();
        let challenge = request.get("code_challenge").unwrap().to_owned();
        if !row.challenge {
            request = request.without_pkce();
        }
        let code = code(&browser, &request, NATURAL_PERSON).await;
        let verifier = match row.verifier {
            Right => Some(request.verifier.clone()),
            Wrong => Some("w".repeat(43)),
            TheChallenge => Some(challenge),
            TooShort => Some("w".repeat(42)),
            Missing => None,
        };
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", &portal.redirect_uri)];
        fields.extend(verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        let answer = portal.token(&fields).await.unwrap();
        let row_is = format!("{:?} {:?} {} {:?}", row.profile, row.method, row.challenge, row.verifier);
        if row.redeemed {
            assert_eq!(answer.status, 200, "{row_is}: {}", answer.body);
        } else {
            assert_eq!((answer.status.as_u16(), answer.error()), (400, "invalid_grant"), "{row_is}");
        }
    }
}
