//! What a page of ours sends: a form, or the query of an address. Read in one place, so that no page forgets who may send it.

use crate::pages::ErrorKind;
use crate::wiring::Ctx;
use http::HeaderMap;
use idp_core::oauth::params::Params;

/// The fields of a form, if a page of ours sent it in this browser, and each once.
///
/// # Errors
/// The page to show instead.
pub fn fields<'a>(ctx: &Ctx, headers: &HeaderMap, body: &'a [u8]) -> Result<Params<'a>, ErrorKind> {
    if !ctx.cookies.form_is_ours(headers) {
        return Err(ErrorKind::ForeignForm);
    }
    query(body)
}

/// The parameters of an address, each once.
///
/// # Errors
/// The page to show instead.
pub fn query(query: &[u8]) -> Result<Params<'_>, ErrorKind> {
    let params = Params::parse(query).map_err(|_| ErrorKind::TooLarge)?;
    if params.repeated().is_some() { Err(ErrorKind::BadRequest) } else { Ok(params) }
}
