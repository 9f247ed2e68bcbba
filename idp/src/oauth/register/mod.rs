//! POST /connect/register — RFC 7591 §3, OpenID Connect Dynamic Client Registration 1.0 §3.
//!
//! Open to everybody, to holders of an initial access token, or to nobody (`registration.mode`). What a client may be is the
//! rule of `idp_core::client::registration`; [`asked`] reads it and looks at what it names, [`told`] writes the answer,
//! [`client`] is what a client does with its registration afterwards.

mod asked;
pub mod client;
pub(crate) mod sector;
mod told;

use crate::client_address::ClientAddress;
use crate::directory::{StoredSecret, seal_secrets};
use crate::failure::Failure;
use crate::outside::fetch::Fetch;
use crate::refusal::{Asked, MachineNo};
use crate::retry_after;
use crate::settings::{BadSetting, RegistrationMode, Settings};
use crate::sign_in::address_limit::AddressLimit;
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::{FromRef, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use idp_core::audit::Event;
use idp_core::client::Profile;
use idp_core::client::metadata::{self, Given};
use idp_core::oauth::authorize::response_type::Allowed;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::scope::ScopeSet;
use idp_core::{ClientId, UnixMillis};
use idp_store::clients::StoredClient;
use idp_store::registration_tokens::RegistrationToken;
use idp_store::registrations::Registered;
use idp_store::{Fault, audit, clients, registration_tokens, registrations};
use keys::{b64, sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use told::Made;

const ROUTE: &str = "/connect/register";
/// How long registrations from one address are counted together.
const WINDOW: Duration = Duration::from_secs(3600);

/// Who may register, and what.
pub struct RegistrationPolicy {
    /// Who.
    pub mode: RegistrationMode,
    /// The scopes that can be had by registering.
    pub scope: ScopeSet,
    /// Clients of open registration at once.
    pub most_clients: i64,
    /// The response types that can be had.
    pub allowed: Allowed,
}

/// What registration is given.
#[derive(Clone)]
pub struct RegistrationCtx {
    /// What every endpoint is given.
    pub base: Ctx,
    /// What leaves the house for clients that register themselves.
    pub fetch: Fetch,
    /// Who may register, and what.
    pub policy: Arc<RegistrationPolicy>,
    /// Open registrations from one address.
    pub limit: AddressLimit,
}

impl FromRef<RegistrationCtx> for Ctx {
    fn from_ref(area: &RegistrationCtx) -> Self {
        area.base.clone()
    }
}

impl RegistrationCtx {
    /// As the settings say.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn new(settings: &Settings, base: Ctx, fetch: Fetch) -> Result<Self, BadSetting> {
        let rule = &settings.registration;
        let policy = RegistrationPolicy {
            mode: rule.mode,
            scope: rule.scopes()?,
            most_clients: rule.most_clients.into(),
            allowed: settings.allowed(),
        };
        let (together, now) = (base.ephemeral.clone(), base.clock.now());
        let limit = AddressLimit::new("register", rule.per_address.into(), together, now).within(WINDOW);
        Ok(Self { base, fetch, policy: Arc::new(policy), limit })
    }
}

/// The endpoint.
pub async fn post(
    State(ctx): State<RegistrationCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match register(&ctx, &headers, &body, from).await {
        Ok(response) => response,
        Err(no) => {
            let now = ctx.base.clock.now();
            let full = ctx.limit.room(from, now).await.ok().and_then(Result::err);
            let wait = full.map_or(WINDOW.as_secs(), |until| retry_after::seconds(until, now));
            refuse(no, &headers, wait)
        }
    }
}

/// RFC 6750 §3: a refusal for want of a token names the scheme.
///
/// * `wait`: seconds to wait for who comes too often.
fn refuse(no: MachineNo, headers: &HeaderMap, wait: u64) -> Response {
    let (challenge, later) = match &no {
        MachineNo::Refused(error) => {
            (error.code == OAuthErrorCode::InvalidToken, error.code == OAuthErrorCode::TooMany)
        }
        MachineNo::Failed(_) => (false, false),
    };
    let mut response = no.into_response(&Asked { route: ROUTE, headers, form: &[] });
    let headers = response.headers_mut();
    if challenge {
        let value = HeaderValue::from_static("Bearer realm=\"shenfen\", error=\"invalid_token\"");
        headers.insert(WWW_AUTHENTICATE, value);
    }
    if later {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// The token of the `Authorization` header (RFC 6750 §2.1). One that is longer than any of ours is a wrong one, not a malformed
/// header: a developer who sends an access token or an ID token learns that it is not valid here.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let malformed = || OAuthError::invalid_request("the Authorization header must be: Bearer TOKEN");
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    let plain = scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty();
    if values.next().is_some() || !plain { Err(malformed()) } else { Ok(Some(token.trim())) }
}

/// Words that are the same whatever is wrong with it: nobody learns which tokens and clients there are.
fn bad_token(detail: &'static str) -> OAuthError {
    OAuthError { detail: Some(detail), ..OAuthError::new(OAuthErrorCode::InvalidToken, "the token is not valid here") }
}

async fn register(
    ctx: &RegistrationCtx,
    headers: &HeaderMap,
    body: &[u8],
    from: IpAddr,
) -> Result<Response, MachineNo> {
    let now = ctx.base.clock.now();
    let by = who_may(ctx, headers, from, now).await?;
    let document = asked::read(headers, body)?;
    let id = format!("c{}", b64::encode(&keys::random::<16>()?));
    let profile = by.as_ref().map_or(Profile::Standard, |token| token.profile);
    let given = Given { id, profile, scope: ctx.policy.scope, for_itself: by.is_some(), before: None };
    let client = asked::judge(ctx, &document, &given).await?;
    let made = Made {
        secret: client.auth_method.has_secret().then(secret).transpose()?,
        access_token: secret()?,
        registered_at: now,
        client,
    };
    keep(ctx, &made, by.map(|token| token.id)).await?;
    if !made.client.presentation.logo_uri.is_empty() {
        ctx.base.logo_bell.notify_one();
    }
    told::response(&ctx.base, 201, &made)
}

fn secret() -> Result<String, Failure> {
    Ok(b64::encode(&keys::random::<32>()?))
}

/// By what right somebody registers: an initial access token, or that everybody may (`None`).
async fn who_may(
    ctx: &RegistrationCtx,
    headers: &HeaderMap,
    from: IpAddr,
    now: UnixMillis,
) -> Result<Option<RegistrationToken>, MachineNo> {
    let off = || OAuthError::new(OAuthErrorCode::AccessDenied, "this provider registers no clients by itself");
    match (ctx.policy.mode, bearer(headers)?) {
        (RegistrationMode::Off, _) => Err(off().into()),
        (_, Some(token)) => {
            let digest = sha256(token.as_bytes());
            let found = ctx.base.db.read(move |conn| registration_tokens::find(conn, &digest)).await?;
            let good = found.filter(|token| token.is_good(now));
            Ok(Some(good.ok_or_else(|| bad_token("no initial access token, or one that is over"))?))
        }
        (RegistrationMode::InitialAccessToken, None) => Err(bad_token("no initial access token was sent").into()),
        (RegistrationMode::Open, None) => match ctx.limit.take(from, now).await? {
            Ok(()) => Ok(None),
            Err(_) => Err(too_many("too many registrations from this address; try again later").into()),
        },
    }
}

fn too_many(words: &'static str) -> OAuthError {
    OAuthError::new(OAuthErrorCode::TooMany, words)
}

/// Stores a new client, with the right by which it came to be, in one transaction.
async fn keep(ctx: &RegistrationCtx, made: &Made, token: Option<String>) -> Result<(), MachineNo> {
    let (base, now) = (&ctx.base, made.registered_at);
    let snapshot = base.directory.for_issuing(now)?;
    let id: ClientId = made.client.id.clone();
    let secrets: Vec<_> =
        made.secret.iter().map(|secret| StoredSecret { secret: secret.clone(), expires_at: None }).collect();
    let stored =
        StoredClient { secrets_sealed: seal_secrets(&snapshot.sealer, &id, &secrets)?, client: made.client.clone() };
    let registered = Registered {
        client_id: id.clone(),
        access_digest: sha256(made.access_token.as_bytes()).to_vec(),
        registration_token: token.clone(),
        registered_at: now,
    };
    let (most, document) = (ctx.policy.most_clients, metadata::document(&made.client).into());
    let event = Event::ClientRegistered { client: id, token: token.clone(), document };
    let kept = base.db.write(move |tx| {
        match &token {
            Some(token) if !registration_tokens::spend(tx, token, now)? => {
                return Ok(Err(bad_token("the initial access token has no use left")));
            }
            None if registrations::count_open(tx.conn())? >= most => {
                return Ok(Err(too_many("this provider has as many registered clients as it takes")));
            }
            _ => {}
        }
        if !clients::insert(tx, &stored, now)? {
            return Err(Fault::corrupt("a client_id that nobody has was taken"));
        }
        registrations::insert(tx, &registered)?;
        audit::write(tx, event.clone(), now, keys::random()?)?;
        Ok(Ok(()))
    });
    Ok(kept.await??)
}
