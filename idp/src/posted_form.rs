//! What a page of ours sends: a form, or the query of an address. Read in one place, so that no page forgets who may send it.

use crate::pages::ErrorKind;
use crate::wiring::Ctx;
use http::HeaderMap;
use idp_core::oauth::params::Params;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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

/// What stands in an address as it is (RFC 3986 §2.3).
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An address of ours with a key that somebody sent: whatever it is made of, it stays one parameter.
pub fn with_key(path: &str, key: &str) -> String {
    format!("{path}?key={}", utf8_percent_encode(key, &UNRESERVED))
}

/// The parameters of an address, each once.
///
/// # Errors
/// The page to show instead.
pub fn query(query: &[u8]) -> Result<Params<'_>, ErrorKind> {
    let params = Params::parse(query).map_err(|_| ErrorKind::TooLarge)?;
    if params.repeated().is_some() { Err(ErrorKind::BadRequest) } else { Ok(params) }
}
