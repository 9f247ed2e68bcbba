//! The claims of ID token and UserInfo (OpenID Connect Core 1.0 §2, §5.1, §5.3.2), current at every sign-in and refresh.
//!
//! | scope | claims | where |
//! |---|---|---|
//! | `openid` | `sub`, `auth_time`, `acr`, `amr`, `sid` | ID token |
//! | `identity` | 身分別, and for 公務人員 the agency | ID token and UserInfo |
//! | `profile` `email` `phone` `address` | the standard claims | UserInfo; the ID token where no access token is issued |
//! | `gsp.profile` | `cn`, `account`, `idp` | UserInfo |
//! | `uid` | 身分證字號 | UserInfo |
//!
//! No claim is empty or null: what is not known is not sent.

mod further;

pub use further::{check_further, scope_of};

use super::capacity::{Capacity, OfficialType};
use super::claims_parameter::{self, ClaimSet};
use crate::people::account::{Person, Personal};
use crate::scope::ScopeSet;
use crate::sign_in::authentication::Acr;
use keys::UnixMillis;
use openidconnect::core::CoreGenderClaim;
use openidconnect::{
    AccessTokenHash, AdditionalClaims, Audience, AuthenticationContextClass, AuthenticationMethodReference,
    AuthorizationCodeHash, EndUserEmail, EndUserName, EndUserUsername, IdTokenClaims, IssuerUrl, Nonce, StandardClaims,
    SubjectIdentifier, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// 身分別, and for a civil servant the agency: scope `identity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityClaims {
    /// `natural_person` or `civil_servant`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_type: Option<Cow<'static, str>>,
    /// 自然人 or 公務人員.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_type_name: Option<Cow<'static, str>>,
    /// 機關 OID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency_oid: Option<String>,
    /// 機關名稱.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency_name: Option<String>,
    /// 公務人員, 約聘僱人員 or 教育人員.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub official_type: Option<OfficialType>,
}

impl IdentityClaims {
    fn of(about: &Disclosed<'_>) -> Self {
        let all = Self::all(about.person);
        Self {
            identity_type: all.identity_type.filter(|_| about.gives("identity_type")),
            identity_type_name: all.identity_type_name.filter(|_| about.gives("identity_type_name")),
            agency_oid: all.agency_oid.filter(|_| about.gives("agency_oid")),
            agency_name: all.agency_name.filter(|_| about.gives("agency_name")),
            official_type: all.official_type.filter(|_| about.gives("official_type")),
        }
    }

    fn all(person: &Person) -> Self {
        match &person.capacity {
            None => Self {
                identity_type: Some("natural_person".into()),
                identity_type_name: Some("自然人".into()),
                ..Self::default()
            },
            Some(Capacity { agency_oid, agency_name, official_type }) => Self {
                identity_type: Some("civil_servant".into()),
                identity_type_name: Some("公務人員".into()),
                agency_oid: Some(agency_oid.as_str().to_owned()),
                agency_name: Some(agency_name.clone()),
                official_type: Some(*official_type),
            },
        }
    }
}

/// The claims of ours in an ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenExtra {
    /// See [`IdentityClaims`].
    #[serde(flatten)]
    pub identity: IdentityClaims,
    /// The session, in the words of this client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// See [`Beside::s_hash`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
}

impl AdditionalClaims for IdTokenExtra {}

/// The claims of ours in a UserInfo answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInfoExtra {
    /// See [`IdentityClaims`].
    #[serde(flatten)]
    pub identity: IdentityClaims,
    /// `gsp.profile`: the person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cn: Option<String>,
    /// `gsp.profile`: 帳號.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `gsp.profile`: where the person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp: Option<Cow<'static, str>>,
    /// `uid`: 身分證字號.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// `uid`: whether it was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid_verified: Option<bool>,
}

impl AdditionalClaims for UserInfoExtra {}

/// About whom something is said, and how much.
#[derive(Clone, Copy, Debug)]
pub struct Disclosed<'a> {
    /// Whom.
    pub person: &'a Person,
    /// Opened as far as it is disclosed.
    pub personal: &'a Personal,
    /// What these scopes give.
    pub scope: ScopeSet,
    /// Claims besides, one by one.
    pub claims: ClaimSet,
}

impl Disclosed<'_> {
    /// Whether this claim is told.
    pub fn gives(&self, claim: &str) -> bool {
        claims_parameter::scope(claim).is_some_and(|scope| self.scope.has(scope)) || self.claims.has(claim)
    }
}

/// How a person signed in, for the ID token.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// When.
    pub auth_time: UnixMillis,
    /// How strongly.
    pub acr: Acr,
    /// The session in the words of the client; `None` for a grant that outlived it.
    pub sid: Option<String>,
}

/// For whom and by whom an ID token is.
#[derive(Clone, Debug)]
pub struct Parties<'a> {
    /// `iss`.
    pub issuer: &'a IssuerUrl,
    /// `aud`.
    pub client_id: &'a str,
    /// `sub`.
    pub subject: String,
    /// `nonce`, as the request had it.
    pub nonce: Option<String>,
}

/// What is issued with an ID token by the authorization endpoint, and bound to it (OpenID Connect Core 1.0 §3.2.2.9,
/// §3.3.2.11). The default: it comes from the token endpoint.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// `at_hash`, of the access token.
    pub at_hash: Option<String>,
    /// `c_hash`, of the code.
    pub c_hash: Option<String>,
    /// `s_hash`, of `state` (Financial-grade API Security Profile 1.0 Part 2 §5.1.1): whoever checks the signature knows that the
    /// answer belongs to the request.
    pub s_hash: Option<String>,
    /// Nothing, and nothing will be: what the scopes give stands in the ID token itself (§5.4).
    pub nothing: bool,
}

/// The payload of an ID token: what the scope `identity` gives, and the standard claims that were asked for one by one.
///
/// # Errors
/// When the stored further claims are not of the types OpenID Connect Core 1.0 §5.1 gives them.
pub fn id_token(
    parties: Parties<'_>,
    signed_in: SignedIn,
    (about, beside): (&Disclosed<'_>, Beside),
    now: UnixMillis,
    life: Duration,
) -> Result<Vec<u8>, serde_json::Error> {
    let extra = IdTokenExtra { identity: IdentityClaims::of(about), sid: signed_in.sid, s_hash: beside.s_hash };
    // §5.4: beside an access token the scopes of a person's data are answered by UserInfo.
    let told = if beside.nothing { *about } else { Disclosed { scope: ScopeSet::default(), ..*about } };
    let amr = signed_in.acr.amr().iter().map(|method| AuthenticationMethodReference::new((*method).to_owned()));
    let claims: IdTokenClaims<IdTokenExtra, CoreGenderClaim> = IdTokenClaims::new(
        parties.issuer.clone(),
        vec![Audience::new(parties.client_id.to_owned())],
        date(now.plus(life)),
        date(now),
        standard_claims(parties.subject, &told)?,
        extra,
    )
    .set_auth_time(Some(date(signed_in.auth_time)))
    .set_auth_context_ref(Some(AuthenticationContextClass::new(signed_in.acr.as_str().to_owned())))
    .set_auth_method_refs(Some(amr.collect()))
    .set_nonce(parties.nonce.map(Nonce::new))
    .set_access_token_hash(beside.at_hash.map(AccessTokenHash::new))
    .set_code_hash(beside.c_hash.map(AuthorizationCodeHash::new));
    serde_json::to_vec(&claims)
}

/// A UserInfo answer that is signed says who speaks and to whom (OpenID Connect Core 1.0 §5.3.2).
///
/// * `claims`: what [`userinfo`] wrote.
///
/// # Errors
/// Never in practice: `claims` is an object.
pub fn userinfo_for(claims: &[u8], issuer: &str, client_id: &str) -> Result<Vec<u8>, serde_json::Error> {
    let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(claims)?;
    object.insert("iss".into(), issuer.into());
    object.insert("aud".into(), client_id.into());
    serde_json::to_vec(&object)
}

/// The body of a UserInfo answer.
///
/// # Errors
/// When the stored further claims are not of the types OpenID Connect Core 1.0 §5.1 gives them.
pub fn userinfo(subject: String, about: &Disclosed<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let Disclosed { person, personal, .. } = about;
    let known = personal.national_id.is_some();
    let extra = UserInfoExtra {
        identity: IdentityClaims::of(about),
        cn: about.gives("cn").then(|| person.name.clone()),
        account: about.gives("account").then(|| person.account.clone()),
        idp: about.gives("idp").then(|| "shenfen".into()),
        uid: personal.national_id.clone().filter(|_| about.gives("uid")),
        uid_verified: (known && about.gives("uid_verified")).then_some(personal.national_id_verified),
    };
    let standard = standard_claims(subject, about)?;
    serde_json::to_vec(&UserInfoClaims::<UserInfoExtra, CoreGenderClaim>::new(standard, extra))
}

fn standard_claims(
    subject: String,
    about: &Disclosed<'_>,
) -> Result<StandardClaims<CoreGenderClaim>, serde_json::Error> {
    let Disclosed { person, personal, .. } = about;
    let mut claims = if personal.claims.is_empty() {
        StandardClaims::new(SubjectIdentifier::new(subject))
    } else {
        // A language tag belongs to its claim (§5.2).
        let bare = |name: &str| name.split('#').next().unwrap_or(name).to_owned();
        let allowed = personal.claims.iter().filter(|(name, _)| scope_of(name).is_some() && about.gives(&bare(name)));
        let mut object: serde_json::Map<_, _> = allowed.map(|(name, value)| (name.clone(), value.clone())).collect();
        object.insert("sub".into(), subject.into());
        serde_json::from_value(object.into())?
    };
    if about.gives("name") {
        claims = claims.set_name(Some(EndUserName::new(person.name.clone()).into()));
    }
    if about.gives("preferred_username") {
        claims = claims.set_preferred_username(Some(EndUserUsername::new(person.account.clone())));
    }
    if let Some(email) = person.email.clone().filter(|_| about.gives("email")) {
        claims = claims.set_email(Some(EndUserEmail::new(email)));
    }
    if person.email.is_some() && about.gives("email_verified") {
        claims = claims.set_email_verified(Some(person.email_verified));
    }
    Ok(claims)
}

fn date(at: UnixMillis) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(at.seconds(), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests;
