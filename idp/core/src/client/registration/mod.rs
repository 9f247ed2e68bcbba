//! What a registration must satisfy before a client exists (OpenID Connect Dynamic Client Registration 1.0 §2; RFC 9700).

mod addresses;
mod client_keys;
mod flows;

use super::presentation::Presentation;
use super::public_keys::AssertionAlgorithm;
use super::request_defaults::RequestDefaults;
use super::request_rules::RequestRules;
use super::software::Software;
use super::{ApplicationType, AuthMethod, Client, GrantType, Profile, SubjectType};
use crate::ids::ClientId;
use crate::oauth::authorize::ResponseType;
use crate::scope::{Scope, ScopeSet};
use crate::shown_text;
use keys::Algorithm;
use serde_json::Value;

/// The longest name of a portal, in characters.
pub const LONGEST_NAME: usize = 80;
/// The most clients whose tokens one may ask about.
const MOST_INTROSPECTED: usize = 100;
/// The most URIs of one kind.
pub const MOST_URIS: usize = 20;

/// What an administrator asks for.
#[derive(Clone, Debug)]
pub struct Registration {
    /// `client_id`.
    pub id: String,
    /// Name of the portal as people read it.
    pub name: String,
    /// What people are shown of it besides.
    pub presentation: Presentation,
    /// See [`Profile`].
    pub profile: Profile,
    /// Redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Post-logout redirect URIs.
    pub post_logout_redirect_uris: Vec<String>,
    /// Back-channel logout URI.
    pub backchannel_logout_uri: Option<String>,
    /// Front-channel logout URI.
    pub frontchannel_logout_uri: Option<String>,
    /// Whether logout tokens must name the session.
    pub backchannel_logout_session_required: bool,
    /// Where somebody else may send a person to sign in at it.
    pub initiate_login_uri: Option<String>,
    /// Space-separated scopes.
    pub scope: String,
    /// How the client proves itself.
    pub auth_method: AuthMethod,
    /// What signs its assertions; `None`: any algorithm that the method allows.
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// Its public keys, as a JWK Set.
    pub jwks: Option<Value>,
    /// Where it publishes them instead.
    pub jwks_uri: Option<String>,
    /// What signs its ID tokens.
    pub id_token_signed_response_alg: Algorithm,
    /// `None`: what the profile says.
    pub subject_type: Option<SubjectType>,
    /// `None`: the one host of the redirect URIs.
    pub sector: Option<String>,
    /// Where the redirect URIs of its sector are listed; whoever registers has looked there.
    pub sector_identifier_uri: Option<String>,
    /// Grant types.
    pub grant_types: Vec<GrantType>,
    /// Response types.
    pub response_types: Vec<ResponseType>,
    /// `None`: UserInfo answers are plain JSON.
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// Where it runs.
    pub application_type: ApplicationType,
    /// The operator's own portal.
    pub trusted: bool,
    /// The clients whose access tokens it may ask about; the operator's word alone.
    pub may_introspect: Vec<String>,
    /// Whether it gets no access token without a DPoP proof (RFC 9449 §5.2).
    pub dpop_bound_access_tokens: bool,
    /// How it sends its authorization requests.
    pub requests: RequestRules,
    /// What applies where they say nothing.
    pub defaults: RequestDefaults,
    /// Which program it is.
    pub software: Software,
}

impl Registration {
    /// A portal about which nothing but this was said: the profile `government`, `openid`, all else as it is by default.
    pub fn of(id: impl Into<String>, name: impl Into<String>, redirect_uri: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            presentation: Presentation::default(),
            profile: Profile::Government,
            redirect_uris: vec![redirect_uri.into()],
            post_logout_redirect_uris: vec![],
            backchannel_logout_uri: None,
            frontchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            initiate_login_uri: None,
            scope: Scope::OpenId.as_str().to_owned(),
            auth_method: AuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            jwks_uri: None,
            id_token_signed_response_alg: Algorithm::Rs256,
            subject_type: None,
            sector: None,
            sector_identifier_uri: None,
            grant_types: vec![GrantType::AuthorizationCode],
            response_types: vec![ResponseType::Code],
            userinfo_signed_response_alg: None,
            application_type: ApplicationType::Web,
            trusted: false,
            may_introspect: vec![],
            dpop_bound_access_tokens: false,
            requests: RequestRules::default(),
            defaults: RequestDefaults::default(),
            software: Software::default(),
        }
    }

    /// Whether nobody signs in at it.
    fn for_itself_alone(&self) -> bool {
        GrantType::for_itself_alone(&self.grant_types)
    }
}

/// One field that has to be corrected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as the command line calls it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Makes a client of a registration.
///
/// # Errors
/// Every field that has to be corrected, at once.
pub fn register(asked: Registration) -> Result<Client, Vec<FieldError>> {
    let mut wrong = Wrong(Vec::new());
    let id = ClientId::parse(&asked.id);
    wrong.unless(id.is_some(), "client-id", "needs 1 to 64 characters of A-Z a-z 0-9 . _ ~ -");
    let name = shown_text::name(&asked.name, LONGEST_NAME).map(str::to_owned);
    if let Err(why) = &name {
        wrong.add("name", why.to_string());
    }
    addresses::check(&asked, &mut wrong);
    wrong.0.extend(asked.presentation.check());
    let scope = check_scope(&asked, &mut wrong);
    flows::check_grants(&asked, &mut wrong);
    let subject_type = asked.subject_type.unwrap_or(match asked.profile {
        Profile::Government | Profile::Fapi2 => SubjectType::Pairwise,
        Profile::Standard => SubjectType::Public,
    });
    let pairwise_kept = asked.profile != Profile::Government || subject_type == SubjectType::Pairwise;
    wrong.unless(pairwise_kept, "subject-type", "is pairwise in the profile government");
    let sector = addresses::choose_sector(&asked, subject_type, &mut wrong);
    let public_keys = client_keys::check(&asked, &mut wrong);
    flows::check_fapi2(&asked, &mut wrong);
    flows::check_requests(&asked.requests, public_keys.is_some(), &mut wrong);
    wrong.0.extend(asked.defaults.check());
    wrong.0.extend(asked.software.check());
    let may_introspect = check_introspection(&asked, &mut wrong);
    match (id, name, scope, sector) {
        (Some(id), Ok(name), Some(scope), Some(sector)) if wrong.0.is_empty() => Ok(Client {
            id,
            name,
            presentation: asked.presentation,
            profile: asked.profile,
            redirect_uris: asked.redirect_uris,
            post_logout_redirect_uris: asked.post_logout_redirect_uris,
            backchannel_logout_uri: asked.backchannel_logout_uri,
            frontchannel_logout_uri: asked.frontchannel_logout_uri,
            backchannel_logout_session_required: asked.backchannel_logout_session_required,
            initiate_login_uri: asked.initiate_login_uri,
            scope,
            auth_method: asked.auth_method,
            token_endpoint_auth_signing_alg: asked.token_endpoint_auth_signing_alg,
            public_keys,
            id_token_signed_response_alg: asked.id_token_signed_response_alg,
            subject_type,
            sector,
            sector_identifier_uri: asked.sector_identifier_uri,
            grant_types: asked.grant_types,
            response_types: asked.response_types,
            userinfo_signed_response_alg: asked.userinfo_signed_response_alg,
            application_type: asked.application_type,
            trusted: asked.trusted,
            may_introspect,
            // FAPI 2.0 Security Profile §5.3.2.1: only sender-constrained access tokens.
            dpop_bound_access_tokens: asked.dpop_bound_access_tokens || asked.profile == Profile::Fapi2,
            requests: asked.requests,
            defaults: asked.defaults,
            software: asked.software,
            pinned_kid: None,
            disabled: false,
        }),
        _ => Err(wrong.0),
    }
}

struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field, message: message.into() });
    }

    fn unless(&mut self, fine: bool, field: &'static str, message: &str) {
        if !fine {
            self.add(field, message);
        }
    }
}

fn check_scope(asked: &Registration, wrong: &mut Wrong) -> Option<ScopeSet> {
    match ScopeSet::parse_strict(&asked.scope) {
        Ok(scope) if asked.for_itself_alone() => {
            let words = "is about people: a client of the grant type client_credentials alone has none";
            wrong.unless(scope.is_empty(), "scope", words);
            Some(scope)
        }
        Ok(scope) if scope.has(Scope::OpenId) => Some(scope),
        Ok(_) => {
            wrong.add("scope", "must hold openid");
            None
        }
        Err(unknown) => {
            let known: Vec<_> = Scope::ALL.into_iter().map(Scope::as_str).collect();
            wrong.add("scope", format!("{unknown:?} is not one of {}", known.join(" ")));
            None
        }
    }
}

fn check_introspection(asked: &Registration, wrong: &mut Wrong) -> Vec<ClientId> {
    let named: Vec<_> = asked.may_introspect.iter().filter_map(|id| ClientId::parse(id)).collect();
    let field = "may-introspect";
    wrong.unless(named.len() == asked.may_introspect.len(), field, "names a client_id that can be none");
    wrong.unless(named.len() <= MOST_INTROSPECTED, field, "can be given 100 times at most");
    let proves_itself = asked.auth_method != AuthMethod::None || named.is_empty();
    wrong.unless(proves_itself, field, "is for a client that proves who it is: a public one may not ask");
    named
}

#[cfg(test)]
mod tests;
