//! Reading an authorization request afresh: to whom an answer may go, what is asked, who is there, what comes next.

use super::to_portal::{self, Refused};
use crate::answer;
use crate::browser::owns;
use crate::directory::{Known, Snapshot};
use crate::failure::Failure;
use crate::oauth::pushed;
use crate::pages::ErrorKind;
use crate::refusal::{PageNo, log_refused};
use crate::session::{self, SignedIn};
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::identity::subject::subject;
use idp_core::oauth::authorize::checks::{Endpoint, read};
use idp_core::oauth::authorize::hint::IdTokenHint;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::authorize::prompt::{Browser, NextStep, next_step};
use idp_core::oauth::authorize::request::{AuthorizationRequest, LONGEST_REQUEST};
use idp_core::oauth::authorize::{ReturnAddress, Stay, identify};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::params::Params;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::{ClientId, UnixMillis};
use keys::Typ;
use std::sync::Arc;

/// A request on its way in.
pub struct Arrival {
    /// Its parameters, and how they came.
    pub request: InProgress,
    /// The sign-in in progress that it belongs to, if it is this browser's.
    pub interaction: Option<Interaction>,
}

impl Visit {
    /// Its portal, should it be refused.
    pub fn refused(&self) -> Refused<'_> {
        Refused { known: &self.known, address: &self.address, ui_locales: self.request.ui_locales.as_deref() }
    }

    /// The request, for the next page.
    pub fn in_progress(&self) -> InProgress {
        InProgress { query: self.query.clone(), came: self.came.clone() }
    }
}

/// A request whose answer may go to its portal.
pub enum Arrived {
    /// It is refused.
    Refused(Box<RefusedRequest>),
    /// It is fine, and this is what comes next.
    Read(Box<Visit>),
}

/// A request that is refused, and whose it is.
pub struct RefusedRequest {
    /// Whose.
    pub known: Arc<Known>,
    /// Where the refusal may go.
    pub address: ReturnAddress,
    /// Why.
    pub error: OAuthError,
}

/// A request that was read, and who sent it.
pub struct Visit {
    /// Its parameters, as a query.
    pub query: String,
    /// How they came.
    pub came: Came,
    /// Whose request.
    pub known: Arc<Known>,
    /// Where an answer may go.
    pub address: ReturnAddress,
    /// What is asked.
    pub request: AuthorizationRequest,
    /// Who is signed in on the browser.
    pub who: Option<SignedIn>,
    /// What was done in this sign-in already.
    pub done: Done,
    /// Since when that is so.
    pub since: UnixMillis,
    /// What comes next.
    pub step: NextStep,
}

/// Reads a request.
///
/// # Errors
/// What has to be shown here, because the answer may go nowhere; or a failure of ours.
pub async fn arrive(ctx: &Ctx, headers: &HeaderMap, arrival: Arrival) -> Result<Arrived, PageNo> {
    let Arrival { request: InProgress { query, came }, interaction } = arrival;
    if query.len() > LONGEST_REQUEST {
        return Err(ErrorKind::TooLarge.into());
    }
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let known = find_client(ctx, &params).await?;
    let address =
        identify(known.as_deref().map(|known| &known.client), &params).map_err(|stay| shown(stay, &params))?;
    let Some(known) = known else { return Err(shown(Stay::UnknownClient, &params)) };
    let request = match read(&known.client, &params, Endpoint::Authorize, &came) {
        Ok(request) => request,
        Err(error) => return Ok(refused(known, &params, address, error)),
    };
    let now = ctx.clock.now();
    if let Some(hint) = &request.id_token_hint {
        ctx.directory.learn_signing_key(hint).await?;
    }
    let snapshot = ctx.directory.for_issuing(now)?;
    let (who, consent) = session::current_at(ctx, headers, &known.client.id, now).await?;
    let hinted = match &request.id_token_hint {
        None => None,
        Some(hint) => match hint_fits(ctx, &snapshot, hint, &known, who.as_ref()) {
            Ok(fits) => Some(fits),
            Err(error) => return Ok(refused(known, &params, address, error)),
        },
    };
    let hinted = match &request.subject {
        None => hinted,
        // §5.5.1: nobody else may answer, as for a hint.
        Some(wanted) => Some(hinted.unwrap_or(true) && is_subject(&snapshot, wanted, &known, who.as_ref())),
    };
    let session = who.as_ref().map(|who| &who.session);
    let in_progress = interaction.filter(|interaction| !interaction.is_expired(now, &ctx.lifetimes));
    let since = in_progress.as_ref().map_or(now, |interaction| interaction.shown_at);
    let done = in_progress.map_or_else(Done::default, |interaction| {
        interaction.done_in(session.map(|session| &session.id), now, &ctx.lifetimes)
    });
    let step = next_step(&request, &known.client, &Browser { session, consent, hinted, done, now });
    drop(params);
    Ok(Arrived::Read(Box::new(Visit { query, came, known, address, request, who, done, since, step })))
}

/// A form of a sign-in in progress: the interaction, and whether this browser may use it.
///
/// # Errors
/// When this provider did not make it.
pub async fn revisit(ctx: &Ctx, headers: &HeaderMap, sealed: &str) -> Result<(Interaction, bool), PageNo> {
    ctx.directory.learn_sealing_key(sealed).await?;
    let snapshot = ctx.directory.snapshot();
    let interaction = Interaction::open(&snapshot.sealer, sealed).map_err(|_| ErrorKind::ExpiredPage)?;
    let mine = owns(&ctx.cookies, headers, &interaction);
    let usable = mine && !interaction.is_expired(ctx.clock.now(), &ctx.lifetimes);
    Ok((interaction, usable))
}

/// The person said no: back to the portal with `access_denied`, or home if no portal asked.
///
/// # Errors
/// When the request's answer may go nowhere any more.
pub async fn deny(ctx: &Ctx, headers: &HeaderMap, request: Option<InProgress>) -> Result<Response, PageNo> {
    let Some(request) = request else { return Ok(answer::redirect("/")) };
    let denied = OAuthError::new(OAuthErrorCode::AccessDenied, "the person did not go on");
    Ok(match arrive(ctx, headers, Arrival { request, interaction: None }).await? {
        Arrived::Refused(refusal) => {
            let RefusedRequest { known, address, error } = &*refusal;
            to_portal::refuse(ctx, headers, &Refused { known, address, ui_locales: None }, error)
        }
        Arrived::Read(visit) => {
            // A no is an answer, too; who was answered already hears it once more.
            let _ = pushed::use_up(ctx, &visit.came).await?;
            to_portal::refuse(ctx, headers, &visit.refused(), &denied)
        }
    })
}

/// Says in the log whose request is refused.
fn refused(known: Arc<Known>, params: &Params<'_>, address: ReturnAddress, error: OAuthError) -> Arrived {
    log_refused("/connect/authorize", Some(known.client.id.as_str()), params, &error);
    Arrived::Refused(Box::new(RefusedRequest { known, address, error }))
}

pub(super) async fn find_client(ctx: &Ctx, params: &Params<'_>) -> Result<Option<Arc<Known>>, Failure> {
    match params.get("client_id").and_then(ClientId::parse) {
        Some(id) => ctx.directory.client(&id).await,
        None => Ok(None),
    }
}

/// What a person is shown when the answer may go nowhere, with words for the portal's developer.
pub(super) fn shown(stay: Stay, params: &Params<'_>) -> PageNo {
    let said = |name: &str| params.get(name).unwrap_or_default().chars().take(200).collect::<String>();
    let (kind, words) = match stay {
        Stay::UnknownClient => (ErrorKind::UnknownClient, format!("client_id={:?}", said("client_id"))),
        Stay::DisabledClient => (ErrorKind::DisabledClient, format!("client_id={:?}", said("client_id"))),
        Stay::NoRedirectUri => (ErrorKind::BadRedirectUri, "the parameter redirect_uri is missing".into()),
        Stay::ForeignRedirectUri => {
            let words =
                format!("redirect_uri={:?} is not registered for this client, byte for byte", said("redirect_uri"));
            (ErrorKind::BadRedirectUri, words)
        }
    };
    PageNo::Shown(kind, Some(words))
}

/// Whether the person signed in is the one the hint speaks of.
fn hint_fits(
    ctx: &Ctx,
    snapshot: &Snapshot,
    hint: &str,
    known: &Known,
    who: Option<&SignedIn>,
) -> Result<bool, OAuthError> {
    let foreign = || OAuthError::invalid_request("id_token_hint is no ID token of this provider for this client");
    let hint = read_hint(ctx, snapshot, hint).filter(|hint| hint.is_for(&known.client)).ok_or_else(foreign)?;
    Ok(is_subject(snapshot, &hint.sub, known, who))
}

/// Whether the person signed in has this `sub` at the client.
fn is_subject(snapshot: &Snapshot, sub: &str, known: &Known, who: Option<&SignedIn>) -> bool {
    who.is_some_and(|who| {
        let theirs = subject(&snapshot.secrets.subject, &known.client, &who.person.account_id);
        keys::same(theirs.as_bytes(), sub.as_bytes())
    })
}

/// An ID token of ours, expired ones too. `None`: it is not ours.
pub fn read_hint(ctx: &Ctx, snapshot: &Snapshot, hint: &str) -> Option<IdTokenHint> {
    let verified = snapshot.ring.verifier_for_hints().verify(hint, Typ::AbsentOr(&["JWT"])).ok()?;
    IdTokenHint::read(&verified.payload, &ctx.provider.issuer)
}
