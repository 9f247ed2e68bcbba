//! Where the parameters of a request are: in its query, or where its client pushed them before (RFC 9126 §4).

use crate::oauth::pushed;
use crate::pages::ErrorKind;
use crate::refusal::{PageNo, log_refused};
use crate::wiring::Ctx;
use idp_core::ClientId;
use idp_core::oauth::authorize::in_progress::InProgress;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::{URN, Unusable};
use idp_core::oauth::params::Params;

/// The parameters that count. Of a request that names a pushed one those beside `client_id` and `request_uri` do not
/// (RFC 9101 §5).
///
/// # Errors
/// What has to be shown here: until the parameters are at hand an answer may go nowhere.
pub async fn unpack(ctx: &Ctx, query: String) -> Result<InProgress, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let Some(request_uri) = params.get("request_uri").filter(|uri| uri.starts_with(URN)) else {
        drop(params);
        return Ok(InProgress::plain(query));
    };
    if ["client_id", "request_uri"].into_iter().any(|name| params.is_repeated(name)) || params.get("request").is_some()
    {
        let words = "client_id and request_uri stand once each, and no request beside them";
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some(words.into())));
    }
    let Some(client) = params.get("client_id").and_then(ClientId::parse) else {
        return Err(PageNo::Shown(ErrorKind::UnknownClient, Some("client_id is missing, or nobody's".into())));
    };
    let found = pushed::find(ctx, request_uri, &client).await?;
    found.map_err(|why| {
        let error = OAuthError::new(OAuthErrorCode::InvalidRequestUri, why.words());
        log_refused("/connect/authorize", Some(client.as_str()), &params, &error);
        unusable(why)
    })
}

/// The page about a `request_uri` that gives nothing.
pub fn unusable(why: Unusable) -> PageNo {
    PageNo::Shown(ErrorKind::SpentRequest, Some(why.words().into()))
}
