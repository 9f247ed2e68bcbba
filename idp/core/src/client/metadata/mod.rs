//! A registration as JSON, in both directions (RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2, OpenID Connect
//! RP-Initiated Logout 1.0 §3.1, Back-Channel Logout 1.0 §2.2). The rules are those of [`super::registration`].
//!
//! Members that nobody knows are passed over; `null` is the same as nothing (RFC 7592 §2.2). What a client is registered as
//! holds every default, and registering that again gives the same client.

mod members;

use super::presentation::{Localised, Presentation};
use super::registration::{FieldError, Registration};
use super::request_defaults::RequestDefaults;
use super::request_rules::RequestRules;
use super::software::Software;
use super::{ApplicationType, AuthMethod, Client, GrantType, Profile, SubjectType};
use crate::oauth::authorize::response_type::ResponseType;
use crate::scope::{Scope, ScopeSet};
use keys::Algorithm;
use members::Members;
use serde_json::{Map, Value, json};

/// What is not the client's to choose.
#[derive(Clone, Debug)]
pub struct Given<'a> {
    /// Its `client_id`.
    pub id: String,
    /// Its profile.
    pub profile: Profile,
    /// The scopes it may have; what of them fits it gets if it asks for none.
    pub scope: ScopeSet,
    /// Whether it may have tokens of its own (`client_credentials`).
    pub for_itself: bool,
    /// What it is so far, if it is registered already.
    pub before: Option<&'a Client>,
}

impl Given<'_> {
    /// The sector stays while nothing changes that it comes from: an operator may have chosen another, or moved the portal, and
    /// people's subjects hang on it.
    fn sector(&self, redirect_uris: &[String], uri: Option<&str>) -> Option<String> {
        let same =
            |before: &&Client| before.redirect_uris == redirect_uris && before.sector_identifier_uri.as_deref() == uri;
        self.before.filter(same).map(|before| before.sector.clone())
    }
}

/// A member that has to be corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadMember {
    /// Its name.
    pub member: String,
    /// What is wrong with it.
    pub why: String,
}

impl BadMember {
    fn new(member: &str, why: impl Into<String>) -> Self {
        Self { member: member.to_owned(), why: why.into() }
    }
}

impl From<FieldError> for BadMember {
    /// The command line and the wire call the same thing by different names.
    fn from(error: FieldError) -> Self {
        let member = match error.field {
            "name" => "client_name".to_owned(),
            "redirect-uri" => "redirect_uris".to_owned(),
            "post-logout-redirect-uri" => "post_logout_redirect_uris".to_owned(),
            "auth-method" => "token_endpoint_auth_method".to_owned(),
            "sector" => "sector_identifier_uri".to_owned(),
            "grant-type" => "grant_types".to_owned(),
            "response-type" => "response_types".to_owned(),
            "request-uri" => "request_uris".to_owned(),
            "contact" => "contacts".to_owned(),
            "default-acr-value" => "default_acr_values".to_owned(),
            other => other.replace('-', "_"),
        };
        Self { member, why: error.message }
    }
}

/// Encrypted answers are not made: whoever asks for them must not believe to have got them.
const NOT_DONE: [&str; 8] = [
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "authorization_encrypted_response_alg",
    "authorization_encrypted_response_enc",
    "introspection_encrypted_response_alg",
    "introspection_encrypted_response_enc",
];

/// A member that only an issuer whom the operator trusts can vouch for (RFC 7591 §2.3); no operator has named one.
pub const STATEMENT: &str = "software_statement";

/// Reads what a client asks to be registered as.
///
/// # Errors
/// The first member that cannot be read.
pub fn read(document: &Map<String, Value>, given: &Given<'_>) -> Result<Registration, BadMember> {
    let members = Members(document);
    if let Some(asked) = NOT_DONE.into_iter().find(|name| members.any(name).is_some()) {
        return Err(BadMember::new(asked, "is not supported: nothing is encrypted"));
    }
    if members.any(STATEMENT).is_some() {
        return Err(BadMember::new(STATEMENT, "is by nobody whom this provider trusts: register without one"));
    }
    let redirect_uris = members.texts("redirect_uris")?.unwrap_or_default();
    let sector_identifier_uri = members.text("sector_identifier_uri")?;
    let grant_types = members.words("grant_types", &GrantType::ALL, GrantType::as_str)?;
    let grant_types = grant_types.unwrap_or_else(|| vec![GrantType::AuthorizationCode]);
    if grant_types.contains(&GrantType::ClientCredentials) && !given.for_itself {
        let words = "holds client_credentials, for which an initial access token of the operator is needed";
        return Err(BadMember::new("grant_types", words));
    }
    let response_types = members.words("response_types", &ResponseType::ALL, ResponseType::as_str)?;
    let alone = GrantType::for_itself_alone(&grant_types);
    let mut names = members.localised("client_name")?;
    let untagged = names.0.remove("");
    let name = untagged.or_else(|| names.0.values().next().cloned());
    Ok(Registration {
        id: given.id.clone(),
        // RFC 7591 §2: without a name people are shown something that tells the client apart.
        name: name.unwrap_or_else(|| host_of(&redirect_uris).unwrap_or_else(|| given.id.clone())),
        presentation: Presentation {
            names,
            client_uri: members.localised("client_uri")?,
            logo_uri: members.localised("logo_uri")?,
            policy_uri: members.localised("policy_uri")?,
            tos_uri: members.localised("tos_uri")?,
            contacts: members.texts("contacts")?.unwrap_or_default(),
        },
        profile: given.profile,
        post_logout_redirect_uris: members.texts("post_logout_redirect_uris")?.unwrap_or_default(),
        backchannel_logout_uri: members.text("backchannel_logout_uri")?,
        backchannel_logout_session_required: members.flag("backchannel_logout_session_required")?.unwrap_or(false),
        frontchannel_logout_uri: members.text("frontchannel_logout_uri")?,
        initiate_login_uri: members.text("initiate_login_uri")?,
        scope: scope(&members, given.scope, &grant_types)?,
        auth_method: members
            .word("token_endpoint_auth_method", &AuthMethod::ALL, AuthMethod::as_str)?
            .unwrap_or(AuthMethod::ClientSecretBasic),
        token_endpoint_auth_signing_alg: members
            .text("token_endpoint_auth_signing_alg")?
            .map(|name| name.parse().map_err(|why: String| BadMember::new("token_endpoint_auth_signing_alg", why)))
            .transpose()?,
        jwks: members.any("jwks").cloned(),
        jwks_uri: members.text("jwks_uri")?,
        id_token_signed_response_alg: members
            .word("id_token_signed_response_alg", Algorithm::ALL, |algorithm| algorithm.as_str())?
            .unwrap_or(Algorithm::Rs256),
        subject_type: members.word("subject_type", &SubjectType::ALL, SubjectType::as_str)?,
        sector: given.sector(&redirect_uris, sector_identifier_uri.as_deref()),
        sector_identifier_uri,
        application_type: members
            .word("application_type", &ApplicationType::ALL, ApplicationType::as_str)?
            .unwrap_or(ApplicationType::Web),
        redirect_uris,
        grant_types,
        response_types: response_types.unwrap_or_else(|| if alone { vec![] } else { vec![ResponseType::Code] }),
        userinfo_signed_response_alg: members
            .word("userinfo_signed_response_alg", Algorithm::ALL, |algorithm| algorithm.as_str())?,
        trusted: false,
        may_introspect: Vec::new(),
        requests: requests(&members)?,
        dpop_bound_access_tokens: members.flag("dpop_bound_access_tokens")?.unwrap_or(false),
        defaults: defaults(&members)?,
        software: software(&members)?,
    })
}

fn requests(members: &Members<'_>) -> Result<RequestRules, BadMember> {
    Ok(RequestRules {
        require_pushed_authorization_requests: members.flag("require_pushed_authorization_requests")?.unwrap_or(false),
        require_signed_request_object: members.flag("require_signed_request_object")?.unwrap_or(false),
        request_object_signing_alg: members
            .word("request_object_signing_alg", Algorithm::ALL, |algorithm| algorithm.as_str())?,
        request_uris: members.texts("request_uris")?.unwrap_or_default(),
    })
}

fn defaults(members: &Members<'_>) -> Result<RequestDefaults, BadMember> {
    Ok(RequestDefaults {
        default_max_age: members.seconds("default_max_age")?,
        require_auth_time: members.flag("require_auth_time")?.unwrap_or(false),
        default_acr_values: members.texts("default_acr_values")?.unwrap_or_default(),
    })
}

fn software(members: &Members<'_>) -> Result<Software, BadMember> {
    Ok(Software { software_id: members.text("software_id")?, software_version: members.text("software_version")? })
}

/// The scopes asked for; without any, all that are allowed and fit the grant types.
fn scope(members: &Members<'_>, allowed: ScopeSet, grants: &[GrantType]) -> Result<String, BadMember> {
    let Some(asked) = members.text("scope")? else {
        if GrantType::for_itself_alone(grants) {
            return Ok(String::new());
        }
        let refreshes = grants.contains(&GrantType::RefreshToken);
        return Ok(if refreshes { allowed } else { allowed.without(Scope::OfflineAccess) }.to_string());
    };
    let known = ScopeSet::parse_strict(&asked)
        .map_err(|unknown| BadMember::new("scope", format!("{unknown:?} is no scope of this provider")))?;
    let more = known.minus(allowed);
    if more != ScopeSet::default() {
        return Err(BadMember::new("scope", format!("{more} cannot be had by registering; {allowed} can")));
    }
    Ok(asked)
}

fn host_of(uris: &[String]) -> Option<String> {
    let host = |uri: &String| Some(url::Url::parse(uri).ok()?.host_str()?.to_owned());
    let first = host(uris.first()?)?;
    // One of several hosts would stand for a website that the others are not.
    uris.iter().all(|uri| host(uri).as_ref() == Some(&first)).then_some(first)
}

/// What a client is registered as, without its secrets.
pub fn document(client: &Client) -> Map<String, Value> {
    let mut all = Map::new();
    let mut set = |name: &str, value: Value| drop(all.insert(name.to_owned(), value));
    set("client_id", json!(client.id));
    set("client_name", json!(client.name));
    set("redirect_uris", json!(client.redirect_uris));
    set("response_types", json!(client.response_types));
    set("grant_types", json!(client.grant_types.iter().map(|grant| grant.as_str()).collect::<Vec<_>>()));
    set("token_endpoint_auth_method", json!(client.auth_method.as_str()));
    set("application_type", json!(client.application_type.as_str()));
    set("scope", json!(client.scope));
    set("subject_type", json!(client.subject_type.as_str()));
    set("id_token_signed_response_alg", json!(client.id_token_signed_response_alg.as_str()));
    set("require_pushed_authorization_requests", json!(client.must_push()));
    set("require_signed_request_object", json!(client.requests.require_signed_request_object));
    if let Some(algorithm) = client.userinfo_signed_response_alg {
        set("userinfo_signed_response_alg", json!(algorithm.as_str()));
    }
    if let Some(algorithm) = client.requests.request_object_signing_alg {
        set("request_object_signing_alg", json!(algorithm.as_str()));
    }
    if !client.requests.request_uris.is_empty() {
        set("request_uris", json!(client.requests.request_uris));
    }
    set("dpop_bound_access_tokens", json!(client.dpop_bound_access_tokens));
    set("require_auth_time", json!(client.defaults.require_auth_time));
    if let Some(seconds) = client.defaults.default_max_age {
        set("default_max_age", json!(seconds));
    }
    if !client.defaults.default_acr_values.is_empty() {
        set("default_acr_values", json!(client.defaults.default_acr_values));
    }
    set("backchannel_logout_session_required", json!(client.backchannel_logout_session_required));
    if !client.post_logout_redirect_uris.is_empty() {
        set("post_logout_redirect_uris", json!(client.post_logout_redirect_uris));
    }
    let shown = &client.presentation;
    for (name, value) in [
        ("backchannel_logout_uri", &client.backchannel_logout_uri),
        ("frontchannel_logout_uri", &client.frontchannel_logout_uri),
        ("initiate_login_uri", &client.initiate_login_uri),
        ("sector_identifier_uri", &client.sector_identifier_uri),
        ("software_id", &client.software.software_id),
        ("software_version", &client.software.software_version),
    ] {
        if let Some(value) = value {
            set(name, json!(value));
        }
    }
    if let Some(algorithm) = client.token_endpoint_auth_signing_alg {
        set("token_endpoint_auth_signing_alg", json!(algorithm.as_str()));
    }
    let keys = client.public_keys.as_ref();
    if let Some(jwks) = keys.and_then(|keys| keys.jwks()) {
        set("jwks", jwks.clone());
    }
    if let Some(uri) = keys.and_then(|keys| keys.jwks_uri()) {
        set("jwks_uri", json!(uri));
    }
    if !shown.contacts.is_empty() {
        set("contacts", json!(shown.contacts));
    }
    let localised = [
        ("client_name", &shown.names),
        ("client_uri", &shown.client_uri),
        ("policy_uri", &shown.policy_uri),
        ("tos_uri", &shown.tos_uri),
        ("logo_uri", &shown.logo_uri),
    ];
    for (name, Localised(texts)) in localised {
        for (tag, text) in texts {
            set(&if tag.is_empty() { name.to_owned() } else { format!("{name}#{tag}") }, json!(text));
        }
    }
    all
}

#[cfg(test)]
mod tests;
