//! The same three exchanges without the database: the provider's own parsing, rules, sealing and signing, with one session
//! and one person as constants in memory and nothing written. What a login costs more than this is what its records cost.

use crate::Outcome;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use clap::Args;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use idp::answer;
use idp::clock::Clock;
use idp::directory::Known;
use idp::keystore::prepare;
use idp::oauth::client_authentication::{authenticate, read_form};
use idp::oauth::cors;
use idp::oauth::issue::{self, Issue};
use idp::pages::ErrorKind;
use idp::refusal::{Asked, MachineNo, PageNo};
use idp::session::presented;
use idp::settings::Settings;
use idp::wiring::{Ctx, wire};
use idp_core::identity::claims::{self, Beside, Disclosed};
use idp_core::identity::subject::subject;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::authorize::checks::{Endpoint, read};
use idp_core::oauth::authorize::in_progress::Came;
use idp_core::oauth::authorize::prompt::{Browser, Consent, NextStep, next_step};
use idp_core::oauth::authorize::{Sent, identify};
use idp_core::oauth::code::{Code, Nonce};
use idp_core::oauth::dpop::Holder;
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::gate::{self, Bound, Grant};
use idp_core::oauth::params::Params;
use idp_core::oauth::token::authorization_code::{Presented, Verdict, grant_of, judge};
use idp_core::people::account::{Person, Personal};
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::interaction::Done;
use idp_core::sign_in::session::Session;
use idp_core::{ClientId, GrantId, SessionId};
use keys::{b64, sha256};
use std::net::SocketAddr;
use std::sync::Arc;

/// The secret of the one session there is.
const SECRET: [u8; 32] = [7; 32];

/// The value of its cookie.
pub fn cookie() -> String {
    b64::encode(&SECRET)
}

/// What `load floor` takes.
#[derive(Args)]
pub struct Options {
    /// The portal's client_id
    #[arg(long)]
    client_id: String,
    /// The account of the one person there is
    #[arg(long)]
    account: String,
}

/// What stands in the place of the database.
struct Constants {
    secret_digest: [u8; 32],
    session: Session,
    person: Person,
    grant: Grant,
}

#[derive(Clone)]
struct Floor {
    ctx: Ctx,
    constants: Arc<Constants>,
}

/// Serves until it is killed.
pub fn serve(options: &Options) -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(options))
}

async fn run(options: &Options) -> Outcome<()> {
    let (settings, clock) = (Settings::read(None)?, Clock::System);
    let prepared = prepare(&settings, &clock).await?;
    let ctx = wire(&settings, prepared, clock).await?.base;
    let constants = Arc::new(constants(&ctx, options).await?);
    let floor = Floor { ctx: ctx.clone(), constants };
    let machine: Router = Router::new()
        .route("/connect/token", post(token))
        .route("/connect/userinfo", get(userinfo))
        .layer(from_fn_with_state(ctx, cors::layer))
        .with_state(floor.clone());
    let router = Router::new().route("/connect/authorize", get(authorize)).with_state(floor).merge(machine);
    let nodelay = axum_server::accept::NoDelayAcceptor::new();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum_server::bind(settings.server.listen).acceptor(nodelay).serve(service).await?)
}

async fn constants(ctx: &Ctx, options: &Options) -> Outcome<Constants> {
    let (now, key) = (ctx.clock.now(), options.account.to_ascii_lowercase());
    let login = ctx.db.read(move |conn| idp_store::accounts::login(conn, &key)).await?;
    let person = login.ok_or("there is no such account")?.person;
    let client_id = ClientId::parse(&options.client_id).ok_or("no client_id")?;
    let known = ctx.directory.client(&client_id).await?.ok_or("there is no such client")?;
    let session = Session {
        id: SessionId::new(keys::random()?),
        account_id: person.account_id.clone(),
        security_epoch: person.security_epoch,
        auth_time: now,
        acr: Acr::Password,
        last_used_at: now,
        expires_at: now.plus(ctx.lifetimes.session),
        ended_at: None,
    };
    let grant = Grant {
        id: GrantId::new(now, keys::random()?),
        account_id: person.account_id.clone(),
        session_id: session.id.clone(),
        client_id,
        scope: known.client.scope,
        bound: Bound::ToSession,
        security_epoch: person.security_epoch,
        capacity_epoch: person.capacity_epoch,
        auth_time: now,
        acr: Acr::Password,
        generation: 0,
        refreshed_at: now,
        expires_at: session.expires_at,
        revoked_at: None,
    };
    Ok(Constants { secret_digest: sha256(&SECRET), session, person, grant })
}

async fn authorize(State(floor): State<Floor>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let code = give_code(&floor, &headers, &query.unwrap_or_default()).await;
    code.unwrap_or_else(|no| no.into_response(&floor.ctx, &headers))
}

async fn give_code(Floor { ctx, constants }: &Floor, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let id = params.get("client_id").and_then(ClientId::parse).ok_or(ErrorKind::UnknownClient)?;
    let known = ctx.directory.client(&id).await?.ok_or(ErrorKind::UnknownClient)?;
    let address = identify(Some(&known.client), &params).map_err(|_| ErrorKind::BadRedirectUri)?;
    let request =
        read(&known.client, &params, Endpoint::Authorize, &Came::default()).map_err(|_| ErrorKind::BadRequest)?;
    let (now, snapshot) = (ctx.clock.now(), ctx.directory.snapshot());
    let is_it = presented(ctx, headers).is_some_and(|digest| keys::same(&digest, &constants.secret_digest));
    let session = Some(&constants.session).filter(|_| is_it);
    let consent = Some(Consent { scope: ScopeSet::default(), told_at: Some(now) });
    let browser = Browser { session, consent, hinted: None, done: Done::default(), now };
    let NextStep::Issue { scope, .. } = next_step(&request, &known.client, &browser) else {
        return Err(ErrorKind::BadRequest.into());
    };
    gate::session_may_give(&known.client, &constants.session, &constants.person, now, &ctx.lifetimes)
        .map_err(|_| ErrorKind::BadRequest)?;
    let code = Code {
        grant_id: GrantId::new(now, keys::random()?),
        session_id: constants.session.id.clone(),
        client_id: known.client.id.clone(),
        redirect_uri: Code::redirect_digest(address.redirect_uri()),
        challenge: request.challenge,
        nonce: request.nonce.map_or(Nonce::None, Nonce::Inside),
        scope,
        claims: request.claims,
        key: request.dpop_key,
        auth_time: constants.session.auth_time,
        acr: constants.session.acr,
        expires_at: now.plus(ctx.lifetimes.code),
    };
    let sealed = code.seal(&snapshot.sealer)?;
    match address.with_answer(&[("code", &sealed)], &ctx.provider.issuer) {
        Sent::Redirect(url) => Ok(answer::redirect(&url)),
        Sent::Form { .. } => Err(ErrorKind::BadRequest.into()),
    }
}

async fn token(State(floor): State<Floor>, headers: HeaderMap, body: Bytes) -> Response {
    let tokens = give_tokens(&floor, &headers, &body).await;
    let asked = Asked { route: "/connect/token", headers: &headers, form: &body };
    tokens.map_or_else(|no| no.into_response(&asked), |tokens| answer::json(200, tokens))
}

async fn give_tokens(Floor { ctx, constants }: &Floor, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, MachineNo> {
    let Constants { session, person, .. } = &**constants;
    let form = read_form(headers, body)?;
    let known: Arc<Known> = authenticate(ctx, headers, &form, "/connect/token").await?;
    let (now, snapshot) = (ctx.clock.now(), ctx.directory.snapshot());
    let refused = |_| OAuthError::invalid_grant("the floor does not know it");
    let code = Code::open(&snapshot.sealer, form.require("code")?).map_err(refused)?;
    let holder = Holder::of(&known.client, None)?;
    let presented = Presented {
        client: &known.client,
        redirect_uri: form.get("redirect_uri"),
        code_verifier: form.get("code_verifier"),
        holder,
    };
    if let Verdict::Leave(error) | Verdict::Burn(error) = judge(&code, &presented, now, &idp_core::Lifetimes::default())
    {
        return Err(error.into());
    }
    gate::session_may_give(&known.client, session, person, now, &ctx.lifetimes)
        .map_err(|refusal| OAuthError::invalid_grant(refusal.detail()))?;
    let grant = grant_of(&code, &known.client, (session, person), now, &ctx.lifetimes);
    let nonce = if let Nonce::Inside(nonce) = code.nonce { Some(nonce) } else { None };
    let (scope, generation) = (grant.scope, grant.generation);
    let (claims, personal) = (code.claims, Personal::default());
    let (client, grant) = (&known.client, &grant);
    let beside = Beside::default();
    let issue = Issue { client, grant, person, scope, claims, personal, nonce, generation, beside };
    Ok(serde_json::to_vec(&issue::tokens(ctx, &snapshot, issue, holder, now)?)?)
}

async fn userinfo(State(floor): State<Floor>, headers: HeaderMap) -> Response {
    let claims = give_claims(&floor, &headers);
    let asked = Asked { route: "/connect/userinfo", headers: &headers, form: &[] };
    claims.map_or_else(|no| no.into_response(&asked), |claims| answer::json(200, claims))
}

fn give_claims(Floor { ctx, constants }: &Floor, headers: &HeaderMap) -> Result<Vec<u8>, MachineNo> {
    let Constants { session, person, grant, .. } = &**constants;
    let (now, snapshot) = (ctx.clock.now(), ctx.directory.snapshot());
    let unknown = || OAuthError::invalid_token("the floor does not know it");
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(unknown)?;
    let sealed = header.strip_prefix("Bearer ").ok_or_else(unknown)?;
    let token = AccessToken::open(&snapshot.sealer, sealed).map_err(|_| unknown())?;
    let known = snapshot.client(&grant.client_id).filter(|_| token.expires_at > now).ok_or_else(unknown)?;
    gate::grant_may_give(&known.client, grant, (session, person), now, &ctx.lifetimes)
        .map_err(|refusal| OAuthError::invalid_token(refusal.detail()))?;
    let scope = token.scope.and(grant.scope).and(known.client.scope);
    let subject = subject(&snapshot.secrets.subject, &known.client, &person.account_id);
    let about = Disclosed { person, personal: &Personal::default(), scope, claims: token.claims.userinfo };
    Ok(claims::userinfo(subject, &about)?)
}
