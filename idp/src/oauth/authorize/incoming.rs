//! Where the parameters of a request are: in its query, in a request object (RFC 9101), or where its client pushed them before
//! (RFC 9126 §4). Found out once, when it arrives; the pages carry what was found.

use super::arrival::{RefusedRequest, find_client, shown};
use crate::directory::Known;
use crate::oauth::{pushed, request_object};
use crate::pages::ErrorKind;
use crate::refusal::{MachineNo, PageNo, log_refused};
use crate::wiring::Ctx;
use idp_core::ClientId;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::authorize::{Stay, identify};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::{URN, Unusable};
use idp_core::oauth::params::Params;

/// The parameters that count, or a refusal that may go to its portal.
pub type Unpacked = Result<InProgress, Box<RefusedRequest>>;

/// Finds the parameters that count. Of a request that names a pushed one those beside `client_id` and `request_uri` do not, of one
/// with a request object those beside it (RFC 9101 §5, §6.3).
///
/// # Errors
/// What has to be shown here: until the parameters are at hand an answer may go nowhere else.
pub async fn unpack(ctx: &Ctx, query: String) -> Result<Unpacked, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let (object, uri) = (params.get("request"), params.get("request_uri"));
    if object.is_none() && uri.is_none() {
        drop(params);
        return Ok(Ok(InProgress::plain(query)));
    }
    if ["client_id", "request", "request_uri"].into_iter().any(|name| params.is_repeated(name))
        || (object.is_some() && uri.is_some())
    {
        let words = "client_id and either request or request_uri stand once each";
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some(words.into())));
    }
    match (object, uri) {
        (None, Some(uri)) if uri.starts_with(URN) => find_pushed(ctx, &params, uri).await.map(Ok),
        (Some(token), _) => signed(ctx, &params, Object::ByValue(token)).await,
        (None, Some(uri)) if ctx.fetch_request_objects.is_some() => signed(ctx, &params, Object::At(uri)).await,
        _ => {
            drop(params);
            Ok(Ok(InProgress::plain(query)))
        }
    }
}

async fn find_pushed(ctx: &Ctx, params: &Params<'_>, request_uri: &str) -> Result<InProgress, PageNo> {
    let Some(client) = params.get("client_id").and_then(ClientId::parse) else {
        return Err(shown(Stay::UnknownClient, params));
    };
    let found = pushed::find(ctx, request_uri, &client).await?;
    found.map_err(|why| {
        let error = OAuthError::new(OAuthErrorCode::InvalidRequestUri, why.words());
        log_refused("/connect/authorize", Some(client.as_str()), params, &error);
        unusable(why)
    })
}

/// The page about a `request_uri` that gives nothing.
pub fn unusable(why: Unusable) -> PageNo {
    PageNo::Shown(ErrorKind::SpentRequest, Some(why.words().into()))
}

/// Where a request object is.
#[derive(Clone, Copy)]
enum Object<'a> {
    ByValue(&'a str),
    At(&'a str),
}

async fn signed(ctx: &Ctx, params: &Params<'_>, object: Object<'_>) -> Result<Unpacked, PageNo> {
    let known = find_client(ctx, params).await?.ok_or_else(|| shown(Stay::UnknownClient, params))?;
    if known.client.disabled {
        return Err(shown(Stay::DisabledClient, params));
    }
    let error = match open(ctx, &known, params, object).await {
        Ok(query) => return Ok(Ok(InProgress { query, came: Came { pushed: None, signed: true } })),
        Err(MachineNo::Failed(failure)) => return Err(failure.into()),
        Err(MachineNo::Refused(error)) => error,
    };
    log_refused("/connect/authorize", Some(known.client.id.as_str()), params, &error);
    // Where to return to stands in an object that nobody believes; what stands beside it will do, if it is registered.
    match identify(Some(&known.client), params) {
        Ok(address) => Ok(Err(Box::new(RefusedRequest { known, address, error }))),
        Err(_) => {
            let words = format!("{}: {}", error.code.as_str(), error.description);
            Err(PageNo::Shown(ErrorKind::BadRequest, Some(words)))
        }
    }
}

async fn open(ctx: &Ctx, known: &Known, params: &Params<'_>, object: Object<'_>) -> Result<String, MachineNo> {
    match (object, &ctx.fetch_request_objects) {
        (Object::ByValue(token), _) => request_object::open(ctx, known, token, params).await,
        (Object::At(uri), Some(by)) => {
            let token = request_object::fetch(ctx, known, by, uri).await?;
            request_object::open(ctx, known, &token, params).await
        }
        (Object::At(_), None) => {
            Err(OAuthError::new(OAuthErrorCode::RequestUriNotSupported, "request_uri is not supported").into())
        }
    }
}
