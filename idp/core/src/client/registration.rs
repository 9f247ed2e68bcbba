//! What a registration must satisfy before a client exists (OpenID Connect Dynamic Client Registration 1.0 §2; RFC 9700).

use super::presentation::Presentation;
use super::public_keys::{AssertionAlgorithm, PublicKeys, RegisteredSet};
use super::request_rules::RequestRules;
use super::{ApplicationType, AuthMethod, Client, GrantType, Profile, SubjectType, redirect_uri};
use crate::ids::ClientId;
use crate::oauth::authorize::ResponseType;
use crate::scope::{Scope, ScopeSet};
use crate::shown_text;
use keys::Algorithm;
use serde_json::Value;
use std::collections::BTreeSet;

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
    check_uris(&asked, &mut wrong);
    wrong.0.extend(asked.presentation.check());
    let scope = check_scope(&asked.scope, &mut wrong);
    check_grants(&asked, &mut wrong);
    let subject_type = asked.subject_type.unwrap_or(match asked.profile {
        Profile::Government | Profile::Fapi2 => SubjectType::Pairwise,
        Profile::Standard => SubjectType::Public,
    });
    let pairwise_kept = asked.profile != Profile::Government || subject_type == SubjectType::Pairwise;
    wrong.unless(pairwise_kept, "subject-type", "is pairwise in the profile government");
    let sector = choose_sector(&asked, subject_type, &mut wrong);
    let public_keys = check_keys(&asked, &mut wrong);
    check_fapi2(&asked, &mut wrong);
    check_requests(&asked.requests, public_keys.is_some(), &mut wrong);
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

fn check_uris(asked: &Registration, wrong: &mut Wrong) {
    wrong.unless(!asked.redirect_uris.is_empty(), "redirect-uri", "is needed at least once");
    let lists = [
        ("redirect-uri", asked.redirect_uris.as_slice()),
        ("post-logout-redirect-uri", asked.post_logout_redirect_uris.as_slice()),
    ];
    for (field, uris) in lists {
        wrong.unless(uris.len() <= MOST_URIS, field, "can be given 20 times at most");
        for uri in uris {
            if let Err(why) = redirect_uri::check(uri, asked.application_type) {
                wrong.add(field, why);
            }
        }
    }
    // Logout tokens are posted server to server, and other sites send browsers to the beginning of a sign-in: always a web
    // address, whatever the application type.
    let web = [
        ("backchannel-logout-uri", &asked.backchannel_logout_uri),
        ("initiate-login-uri", &asked.initiate_login_uri),
        ("sector-identifier-uri", &asked.sector_identifier_uri),
    ];
    for (field, uri) in web {
        if let Some(Err(why)) = uri.as_deref().map(|uri| redirect_uri::check(uri, ApplicationType::Web)) {
            wrong.add(field, why);
        }
    }
    check_frontchannel(asked, wrong);
}

/// OpenID Connect Front-Channel Logout 1.0 §2: scheme, host and port are those of a redirect URI. A portal cannot have
/// people's browsers open somebody else's address.
fn check_frontchannel(asked: &Registration, wrong: &mut Wrong) {
    const FIELD: &str = "frontchannel-logout-uri";
    let Some(uri) = &asked.frontchannel_logout_uri else { return };
    match redirect_uri::check(uri, ApplicationType::Web) {
        Err(why) => wrong.add(FIELD, why),
        Ok(parsed) => {
            let own = asked.redirect_uris.iter().filter_map(|uri| url::Url::parse(uri).ok());
            let same = own.map(|uri| uri.origin()).any(|origin| origin == parsed.origin());
            wrong.unless(same, FIELD, "must have the scheme, host and port of a redirect URI");
        }
    }
}

fn check_scope(text: &str, wrong: &mut Wrong) -> Option<ScopeSet> {
    match ScopeSet::parse_strict(text) {
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

fn check_grants(asked: &Registration, wrong: &mut Wrong) {
    check_response_types(asked, wrong);
    let offline = ScopeSet::parse_known(&asked.scope).has(Scope::OfflineAccess);
    let refresh = asked.grant_types.contains(&GrantType::RefreshToken);
    wrong.unless(!offline || refresh, "grant-type", "must hold refresh_token when the scope holds offline_access");
}

fn check_keys(asked: &Registration, wrong: &mut Wrong) -> Option<PublicKeys> {
    let algorithm = asked.token_endpoint_auth_signing_alg;
    if let Some(other) = algorithm.map(AssertionAlgorithm::method).filter(|method| *method != asked.auth_method) {
        let words = format!("is for the auth method {}", other.as_str());
        wrong.add("token-endpoint-auth-signing-alg", words);
    }
    let keys = match (&asked.jwks, &asked.jwks_uri) {
        (Some(_), Some(_)) => {
            wrong.add("jwks-uri", "cannot be given beside the set itself: the keys are in one place or the other");
            return None;
        }
        (Some(set), None) => match RegisteredSet::parse(set.clone()) {
            Ok(set) => Some(PublicKeys::Jwks(set)),
            Err(why) => {
                wrong.add("jwks", why);
                return None;
            }
        },
        (None, Some(uri)) => {
            if let Err(why) = redirect_uri::check(uri, ApplicationType::Web) {
                wrong.add("jwks-uri", why);
                return None;
            }
            Some(PublicKeys::JwksUri(uri.clone()))
        }
        (None, None) => None,
    };
    if asked.auth_method == AuthMethod::PrivateKeyJwt {
        match &keys {
            None => wrong.add("jwks", "or an address of the keys is needed for the auth method private_key_jwt"),
            Some(PublicKeys::Jwks(set)) => {
                let fits = |one: Algorithm| algorithm.is_none_or(|wanted| wanted == AssertionAlgorithm::Signature(one));
                let any = set.verifying_keys().iter().any(|key| fits(key.algorithm()));
                wrong.unless(any, "jwks", "holds no key that can verify an assertion of this client");
            }
            Some(PublicKeys::JwksUri(_)) => {}
        }
    }
    keys
}

/// FAPI 2.0 Security Profile §5.3.2.1, §5.4.1.
fn check_fapi2(asked: &Registration, wrong: &mut Wrong) {
    if asked.profile != Profile::Fapi2 {
        return;
    }
    let by_key = asked.auth_method == AuthMethod::PrivateKeyJwt;
    wrong.unless(by_key, "auth-method", "is private_key_jwt in the profile fapi2");
    let words = "is PS256, ES256 or EdDSA in the profile fapi2";
    let rsa = Some(Algorithm::Rs256);
    wrong.unless(Some(asked.id_token_signed_response_alg) != rsa, "id-token-signed-response-alg", words);
    wrong.unless(asked.requests.request_object_signing_alg != rsa, "request-object-signing-alg", words);
    let assertions = asked.token_endpoint_auth_signing_alg != rsa.map(AssertionAlgorithm::Signature);
    wrong.unless(assertions, "token-endpoint-auth-signing-alg", words);
    wrong.unless(asked.application_type == ApplicationType::Web, "application-type", "is web in the profile fapi2");
}

fn check_requests(requests: &RequestRules, has_keys: bool, wrong: &mut Wrong) {
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

/// RFC 7591 §2.1: each response type goes with its grant types. Tokens from the authorization endpoint are for the profile
/// standard alone, and never for a web address that somebody on the way can read (OpenID Connect Dynamic Client Registration
/// 1.0 §2, `application_type`).
fn check_response_types(asked: &Registration, wrong: &mut Wrong) {
    wrong.unless(!asked.response_types.is_empty(), "response-type", "is needed at least once");
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

fn check_introspection(asked: &Registration, wrong: &mut Wrong) -> Vec<ClientId> {
    let named: Vec<_> = asked.may_introspect.iter().filter_map(|id| ClientId::parse(id)).collect();
    let field = "may-introspect";
    wrong.unless(named.len() == asked.may_introspect.len(), field, "names a client_id that can be none");
    wrong.unless(named.len() <= MOST_INTROSPECTED, field, "can be given 100 times at most");
    let proves_itself = asked.auth_method != AuthMethod::None || named.is_empty();
    wrong.unless(proves_itself, field, "is for a client that proves who it is: a public one may not ask");
    named
}

fn choose_sector(asked: &Registration, subject: SubjectType, wrong: &mut Wrong) -> Option<String> {
    if let Some(sector) = &asked.sector {
        let host = url::Host::parse(sector).is_ok_and(|host| host.to_string() == *sector);
        wrong.unless(host, "sector", "must be a host name in lower case, such as portal.example.gov.tw");
        return host.then(|| sector.clone());
    }
    if let Some(uri) = &asked.sector_identifier_uri {
        // One that cannot be read was said to be wrong already.
        return url::Url::parse(uri).ok()?.host_str().map(str::to_owned);
    }
    let parsed = asked.redirect_uris.iter().filter_map(|uri| url::Url::parse(uri).ok());
    // A private-use scheme has no host: the scheme is the app's own reversed domain and serves as its sector.
    let hosts: BTreeSet<String> =
        parsed.map(|uri| uri.host_str().map_or_else(|| uri.scheme().to_owned(), str::to_owned)).collect();
    if hosts.len() > 1 && subject == SubjectType::Pairwise {
        let list = hosts.into_iter().collect::<Vec<_>>().join(", ");
        wrong.add("sector", format!("is needed, since the redirect URIs are on several hosts: {list}"));
        return None;
    }
    hosts.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Registration {
        Registration {
            id: "emic".into(),
            name: "EMIC 應變管理資訊雲端服務".into(),
            presentation: Presentation::default(),
            profile: Profile::Government,
            redirect_uris: vec!["https://emic.example.gov.tw/callback".into()],
            post_logout_redirect_uris: vec![],
            backchannel_logout_uri: None,
            frontchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            initiate_login_uri: None,
            scope: "openid identity".into(),
            auth_method: AuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            jwks_uri: None,
            id_token_signed_response_alg: Algorithm::Es256,
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
}
