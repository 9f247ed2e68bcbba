//! GET, POST /connect/end_session — OpenID Connect RP-Initiated Logout 1.0.
//! POST /connect/end_session/confirm — the person says yes.

use crate::answer;
use crate::browser::{Cookie, language};
use crate::directory::{Known, Snapshot};
use crate::failure::Failure;
use crate::language as language_endpoint;
use crate::oauth::authorize::arrival::read_hint;
use crate::oauth::posted;
use crate::pages::{ErrorKind, Frame, LoggedOutPage, LogoutPage};
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::sign_out;
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::EndedBy;
use idp_core::identity::subject::session_at_client;
use idp_core::oauth::end_session::{Afterwards, EndSession, with_state};
use idp_core::oauth::params::Params;
use idp_core::{ClientId, SessionId};
use keys::Purpose;
use keys::sealing::fields::{Reader, Writer};
use std::sync::Arc;

const CONFIRMATION: Purpose = Purpose::new("sign_out_confirmation");
const PATH: &str = "/connect/end_session";
const CONFIRM_AT: &str = "/connect/end_session/confirm";

/// What was asked, with what the person has to say yes to.
struct Plan {
    session: Option<SessionId>,
    client: Option<ClientId>,
    return_to: Option<String>,
}

/// GET.
pub async fn get(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answered = ask(&ctx, &headers, query.unwrap_or_default()).await;
    answered.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// POST. A cross-site POST carries no cookie of ours: the same request goes on by GET, its parameters kept here, since an
/// ID token does not belong in a URL.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    post_as_get(&ctx, &headers, body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// POST, from our own page.
pub async fn confirm(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    confirmed(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn post_as_get(ctx: &Ctx, headers: &HeaderMap, body: Bytes) -> Result<Response, PageNo> {
    posted::check(headers, &body)?;
    Ok(posted::send_on(ctx, PATH, &body).await?)
}

async fn ask(ctx: &Ctx, headers: &HeaderMap, query: String) -> Result<Response, PageNo> {
    let here = format!("{PATH}?{query}");
    let query = posted::parameters(ctx, PATH, query).await?;
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    if params.repeated().is_some() {
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some("a parameter was sent more than once".into())));
    }
    let who = session::current(ctx, headers, ctx.clock.now()).await?;
    if let Some(hint) = params.get("id_token_hint") {
        ctx.directory.learn_signing_key(hint).await?;
    }
    let snapshot = ctx.directory.snapshot();
    let (plan, must_confirm) = read(ctx, &snapshot, &params, who.as_ref()).await?;
    match who {
        Some(who) if must_confirm => show_question(ctx, headers, &who, &plan, &here),
        who => finish(ctx, headers, who, plan).await,
    }
}

async fn read(
    ctx: &Ctx,
    snapshot: &Snapshot,
    params: &Params<'_>,
    who: Option<&SignedIn>,
) -> Result<(Plan, bool), PageNo> {
    let sent = params.get("id_token_hint");
    let hint = sent.and_then(|hint| read_hint(ctx, snapshot, hint));
    let named = params.get("client_id");
    let client_id = hint.as_ref().map(|hint| hint.client_id.as_str()).or(named).and_then(ClientId::parse);
    let known: Option<Arc<Known>> = match &client_id {
        Some(id) => ctx.directory.client(id).await?,
        None => None,
    };
    let sid = match (who, &known) {
        (Some(who), Some(known)) => Some(session_at_client(&snapshot.secrets.sid, &who.session.id, &known.client.id)),
        // Nobody to name it for, and yet there is a session.
        (Some(_), None) => Some(String::new()),
        (None, _) => None,
    };
    let asked = EndSession {
        bad_hint: sent.is_some() && hint.is_none(),
        client: known.as_ref().map(|known| &known.client),
        contradiction: matches!((&hint, named), (Some(hint), Some(named)) if hint.client_id != named),
        return_to: params.get("post_logout_redirect_uri"),
        current_sid: sid.as_deref(),
        hint: hint.as_ref(),
    };
    let return_to = match asked.afterwards() {
        Afterwards::Stay => None,
        Afterwards::Return(uri) => Some(with_state(&uri, params.get("state"))),
    };
    let client = known.as_ref().map(|known| known.client.id.clone());
    let must_confirm = asked.must_confirm();
    Ok((Plan { session: who.map(|who| who.session.id.clone()), client, return_to }, must_confirm))
}

fn show_question(ctx: &Ctx, headers: &HeaderMap, who: &SignedIn, plan: &Plan, here: &str) -> Result<Response, PageNo> {
    let snapshot = ctx.directory.snapshot();
    let token = seal(&snapshot, plan)?;
    let return_to = language_endpoint::seal_return(&snapshot.sealer, here)?;
    let portal = plan.client.as_ref().and_then(|id| snapshot.client(id));
    let page = LogoutPage {
        frame: Frame::new(language(&ctx.cookies, headers, None), &ctx.provider.brand)
            .signed_in_as(Some(&who.person.name))
            .returning_to(&return_to),
        person_name: &who.person.name,
        token: &token,
        action_path: CONFIRM_AT,
        portal_name: portal.map(|known| known.client.name.as_str()),
    };
    Ok(answer::page(200, page.html()))
}

fn seal(snapshot: &Snapshot, plan: &Plan) -> Result<String, Failure> {
    let contents = Writer::new(1)
        .option(plan.session.as_ref().map(SessionId::as_str), Writer::text)
        .option(plan.client.as_ref().map(ClientId::as_str), Writer::text)
        .option(plan.return_to.as_deref(), Writer::text);
    Ok(snapshot.sealer.seal(CONFIRMATION, &contents.finish())?)
}

fn open(snapshot: &Snapshot, token: &str) -> Option<Plan> {
    let plain = snapshot.sealer.open(CONFIRMATION, token).ok()?;
    let mut from = Reader::new(&plain, 1).ok()?;
    let plan = Plan {
        session: from.option(Reader::text).ok()?.map(SessionId::from_trusted),
        client: from.option(Reader::text).ok()?.map(ClientId::from_trusted),
        return_to: from.option(Reader::text).ok()?.map(str::to_owned),
    };
    from.finish().ok()?;
    Some(plan)
}

async fn confirmed(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    if !ctx.cookies.form_is_ours(headers) {
        return Err(ErrorKind::ForeignForm.into());
    }
    let form = Params::parse(body).map_err(|_| ErrorKind::TooLarge)?;
    let token = form.get("confirmation").ok_or(ErrorKind::ExpiredPage)?;
    ctx.directory.learn_sealing_key(token).await?;
    let plan = open(&ctx.directory.snapshot(), token).ok_or(ErrorKind::ExpiredPage)?;
    let who = session::current(ctx, headers, ctx.clock.now()).await?;
    match &who {
        // Somebody else is signed in by now: that session was not asked about.
        Some(who) if plan.session.as_ref() != Some(&who.session.id) => Err(ErrorKind::ExpiredPage.into()),
        _ => finish(ctx, headers, who, plan).await,
    }
}

/// Ends the session, if there is one, and lets the person go.
async fn finish(ctx: &Ctx, headers: &HeaderMap, who: Option<SignedIn>, plan: Plan) -> Result<Response, PageNo> {
    let now = ctx.clock.now();
    let snapshot = ctx.directory.snapshot();
    let mut told = Vec::new();
    if let Some(who) = who {
        let for_unit = snapshot.clone();
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            sign_out::end(tx, &|client| for_unit.tells(client), &who.session, EndedBy::Person, now)
        };
        told = ctx.db.write(unit).await?;
        ctx.outbox_bell.notify_one();
    }
    let mut response = match &plan.return_to {
        Some(uri) => answer::redirect(uri),
        None => show_done(ctx, headers, &snapshot, &told)?,
    };
    ctx.cookies.clear(&mut response, Cookie::Session);
    Ok(response)
}

fn show_done(ctx: &Ctx, headers: &HeaderMap, snapshot: &Snapshot, told: &[ClientId]) -> Result<Response, PageNo> {
    let return_to = language_endpoint::seal_return(&snapshot.sealer, "/connect/end_session")?;
    let names = told.iter().filter_map(|id| snapshot.client(id)).map(|known| known.client.name.as_str());
    let page = LoggedOutPage {
        frame: Frame::new(language(&ctx.cookies, headers, None), &ctx.provider.brand).returning_to(&return_to),
        portals: names.collect(),
    };
    Ok(answer::page(200, page.html()))
}
