//! What a client does: its grant and response types, how its requests come, what its profile wants.

use super::super::public_keys::AssertionAlgorithm;
use super::super::request_rules::RequestRules;
use super::super::{ApplicationType, AuthMethod, GrantType, Profile};
use super::{MOST_URIS, Registration, Wrong};
use crate::scope::{Scope, ScopeSet};

pub(super) fn check_grants(asked: &Registration, wrong: &mut Wrong) {
    check_response_types(asked, wrong);
    let itself = asked.grant_types.contains(&GrantType::ClientCredentials);
    let proves_itself = !itself || asked.auth_method != AuthMethod::None;
    let words = "cannot hold client_credentials for a client without a secret or key";
    wrong.unless(proves_itself, "grant-type", words);
    let offline = ScopeSet::parse_known(&asked.scope).has(Scope::OfflineAccess);
    let refresh = asked.grant_types.contains(&GrantType::RefreshToken);
    wrong.unless(!offline || refresh, "grant-type", "must hold refresh_token when the scope holds offline_access");
}

/// RFC 7591 §2.1: each response type goes with its grant types. Tokens from the authorization endpoint are for the profile
/// standard alone, and never for a web address that somebody on the way can read (OpenID Connect Dynamic Client Registration
/// 1.0 §2, `application_type`).
fn check_response_types(asked: &Registration, wrong: &mut Wrong) {
    let (some, alone) = (!asked.response_types.is_empty(), asked.for_itself_alone());
    wrong.unless(some || alone, "response-type", "is needed at least once");
    let refreshes = asked.grant_types.contains(&GrantType::RefreshToken) && alone;
    wrong.unless(!refreshes, "grant-type", "holds refresh_token, and nobody signs in: client_credentials gives none");
    let wanted = |grant| asked.response_types.iter().find(|kind| kind.grant_types().contains(&grant));
    for grant in [GrantType::AuthorizationCode, GrantType::Implicit] {
        match (wanted(grant), asked.grant_types.contains(&grant)) {
            (Some(kind), false) => {
                wrong.add("grant-type", format!("must hold {} beside the response type {kind}", grant.as_str()));
            }
            (None, true) => {
                let words =
                    format!("holds {}, and no response type goes with it (RFC 7591 section 2.1)", grant.as_str());
                wrong.add("grant-type", words);
            }
            (Some(_), true) | (None, false) => {}
        }
    }
    if !asked.response_types.iter().any(|kind| kind.gives_tokens()) {
        return;
    }
    let standard = asked.profile == Profile::Standard;
    wrong.unless(standard, "response-type", "is code alone, unless the profile is standard");
    let readable = |uri: &String| {
        let parsed = url::Url::parse(uri).ok();
        parsed.is_none_or(|uri| uri.scheme() != "https" || uri.host_str() == Some("localhost"))
    };
    let web = asked.application_type == ApplicationType::Web;
    if let Some(uri) = asked.redirect_uris.iter().find(|uri| web && readable(uri)) {
        let words = format!(
            "{uri:?} cannot receive tokens: a web client that is sent them has https addresses, and not localhost"
        );
        wrong.add("redirect-uri", words);
    }
}

/// FAPI 2.0 Security Profile §5.3.2.1, §5.4.1.
pub(super) fn check_fapi2(asked: &Registration, wrong: &mut Wrong) {
    if asked.profile != Profile::Fapi2 {
        return;
    }
    let by_key = asked.auth_method == AuthMethod::PrivateKeyJwt;
    wrong.unless(by_key, "auth-method", "is private_key_jwt in the profile fapi2");
    let words = "is PS256, ES256 or EdDSA in the profile fapi2";
    let assertions = match asked.token_endpoint_auth_signing_alg {
        Some(AssertionAlgorithm::Signature(algorithm)) => Some(algorithm),
        Some(AssertionAlgorithm::Hs256) | None => None,
    };
    for (field, algorithm) in [
        ("id-token-signed-response-alg", Some(asked.id_token_signed_response_alg)),
        ("userinfo-signed-response-alg", asked.userinfo_signed_response_alg),
        ("request-object-signing-alg", asked.requests.request_object_signing_alg),
        ("token-endpoint-auth-signing-alg", assertions),
    ] {
        wrong.unless(algorithm.is_none_or(|algorithm| asked.profile.may_sign_with(algorithm)), field, words);
    }
    wrong.unless(asked.application_type == ApplicationType::Web, "application-type", "is web in the profile fapi2");
}

pub(super) fn check_requests(requests: &RequestRules, has_keys: bool, wrong: &mut Wrong) {
    let words = "needs the client's keys: jwks or an address of them";
    wrong.unless(has_keys || !requests.require_signed_request_object, "require-signed-request-object", words);
    wrong.unless(has_keys || requests.request_object_signing_alg.is_none(), "request-object-signing-alg", words);
    wrong.unless(has_keys || requests.request_uris.is_empty(), "request-uri", words);
    wrong.unless(requests.request_uris.len() <= MOST_URIS, "request-uri", "can be given 20 times at most");
    for uri in &requests.request_uris {
        if let Err(why) = RequestRules::check_uri(uri) {
            wrong.add("request-uri", why);
        }
    }
}
