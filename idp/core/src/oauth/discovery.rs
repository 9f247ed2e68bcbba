//! What the provider says of itself (OpenID Connect Discovery 1.0 §3, RFC 8414, RFC 9207 §3).
//!
//! Scopes, algorithms, methods and grant types are the tables that the checks read; the rest is held by tests that try what is
//! promised here.

use crate::client::public_keys::AssertionAlgorithm;
use crate::client::{AuthMethod, GrantType};
use crate::identity::claims_parameter;
use crate::oauth::authorize::{Allowed, ResponseMode, ResponseType};
use crate::oauth::dpop::proof;
use crate::scope::Scope;
use crate::sign_in::authentication::Acr;
use keys::Algorithm;
use serde::Serialize;

/// The claims that come by themselves; those of the scopes can also be asked for one by one ([`claims_parameter::NAMES`]).
const BY_THEMSELVES: [&str; 10] = ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"];

/// What stays the same while the provider runs.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    userinfo_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    end_session_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    scopes_supported: Vec<&'static str>,
    response_types_supported: Vec<ResponseType>,
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    acr_values_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 2],
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    code_challenge_methods_supported: [&'static str; 1],
    dpop_signing_alg_values_supported: Vec<&'static str>,
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    require_request_uri_registration: bool,
    request_object_signing_alg_values_supported: Vec<&'static str>,
    ui_locales_supported: [&'static str; 2],
    prompt_values_supported: [&'static str; 4],
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
}

/// The whole document.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    metadata: &'a Metadata,
    id_token_signing_alg_values_supported: &'a [Algorithm],
    userinfo_signing_alg_values_supported: &'a [Algorithm],
}

impl Metadata {
    /// The discovery document as JSON, while keys of these algorithms sign.
    ///
    /// # Errors
    /// Never in practice: serialisation of plain values.
    pub fn document(&self, signing: &[Algorithm]) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Document {
            metadata: self,
            id_token_signing_alg_values_supported: signing,
            userinfo_signing_alg_values_supported: signing,
        })
    }
}

/// What the provider of this issuer promises, whatever its keys.
///
/// * `request_uri`: whether request objects are fetched; `registers`: whether clients can register themselves.
pub fn metadata(issuer: &str, request_uri: bool, registers: bool, allowed: Allowed) -> Metadata {
    let at = |path: &str| format!("{issuer}{path}");
    let methods: Vec<_> = AuthMethod::ALL.into_iter().map(AuthMethod::as_str).collect();
    let algorithms: Vec<_> = AssertionAlgorithm::all().map(AssertionAlgorithm::as_str).collect();
    Metadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: at("/connect/authorize"),
        token_endpoint: at("/connect/token"),
        pushed_authorization_request_endpoint: at("/connect/par"),
        require_pushed_authorization_requests: false,
        userinfo_endpoint: at("/connect/userinfo"),
        jwks_uri: at("/.well-known/jwks.json"),
        revocation_endpoint: at("/connect/revoke"),
        introspection_endpoint: at("/connect/introspect"),
        end_session_endpoint: at("/connect/end_session"),
        registration_endpoint: registers.then(|| at("/connect/register")),
        scopes_supported: Scope::ALL.into_iter().map(Scope::as_str).collect(),
        response_types_supported: ResponseType::ALL.into_iter().filter(|kind| allowed.response_type(*kind)).collect(),
        response_modes_supported: ResponseMode::ALL.into_iter().map(ResponseMode::as_str).collect(),
        grant_types_supported: GrantType::ALL
            .into_iter()
            .filter(|grant| allowed.grant_type(*grant))
            .map(GrantType::as_str)
            .collect(),
        acr_values_supported: Acr::ALL.into_iter().map(Acr::as_str).collect(),
        subject_types_supported: ["pairwise", "public"],
        token_endpoint_auth_methods_supported: methods.clone(),
        token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        revocation_endpoint_auth_methods_supported: methods.clone(),
        revocation_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
        introspection_endpoint_auth_methods_supported: methods.iter().copied().filter(|one| *one != "none").collect(),
        introspection_endpoint_auth_signing_alg_values_supported: algorithms,
        code_challenge_methods_supported: ["S256"],
        dpop_signing_alg_values_supported: proof::algorithms().map(Algorithm::as_str).collect(),
        claim_types_supported: ["normal"],
        claims_supported: BY_THEMSELVES.into_iter().chain(claims_parameter::NAMES).collect(),
        claims_parameter_supported: true,
        request_parameter_supported: true,
        request_uri_parameter_supported: request_uri,
        // OpenID Connect Discovery 1.0 §3: there is nothing else, whether they are fetched or not.
        require_request_uri_registration: true,
        request_object_signing_alg_values_supported: Algorithm::ALL.iter().map(|one| one.as_str()).collect(),
        ui_locales_supported: ["zh-Hant-TW", "en"],
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
    }
}
