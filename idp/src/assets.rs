//! GET /style.css, /password.js, /address.js, /favicon.svg, /favicon.ico — what pages fetch besides themselves, the same for everybody.

use crate::answer;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use std::io::Write;
use std::sync::LazyLock;

/// The style sheet, compressed once. Nothing secret stands in it: BREACH has nothing to guess here, as it would have in pages.
static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/css; charset=utf-8", include_str!("../static/style.css")));
static PASSWORD_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("../static/password.js")));
static ADDRESS_SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("text/javascript; charset=utf-8", include_str!("../static/address.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("image/svg+xml", include_str!("../static/favicon.svg")));

struct Asset {
    kind: &'static str,
    text: &'static str,
    /// As gzip. `None`: it could not be made, so that everybody gets the text.
    compressed: Option<Bytes>,
}

impl Asset {
    fn new(kind: &'static str, text: &'static str) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let compressed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).ok().map(Bytes::from);
        Self { kind, text, compressed }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let compressed = self.compressed.as_ref().filter(|_| takes_gzip(asked));
        let mut response =
            compressed.map_or_else(|| answer::json(200, self.text), |bytes| answer::json(200, bytes.clone()));
        let headers = response.headers_mut();
        if compressed.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        response
    }
}

/// Whether the browser names gzip among what it takes (RFC 9110 §12.5.3). `*` alone is not relied on.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

/// GET /style.css.
pub async fn style(headers: HeaderMap) -> Response {
    STYLE.answer(&headers)
}

/// GET /password.js.
pub async fn password_script(headers: HeaderMap) -> Response {
    PASSWORD_SCRIPT.answer(&headers)
}

/// GET /address.js.
pub async fn address_script(headers: HeaderMap) -> Response {
    ADDRESS_SCRIPT.answer(&headers)
}

/// GET /favicon.svg, /favicon.ico.
pub async fn icon(headers: HeaderMap) -> Response {
    ICON.answer(&headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_browsers_that_name_it() {
        for (said, takes) in [
            (None, false),
            (Some(""), false),
            (Some("gzip, deflate, br, zstd"), true),
            (Some("br;q=1.0, GZIP;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("gzip; q=0.000"), false),
            (Some("gzip;q=much"), false),
            (Some("identity, *"), false),
            (Some("xgzip"), false),
        ] {
            let headers = said.map(|said| (ACCEPT_ENCODING, HeaderValue::from_static(said)));
            let asked: HeaderMap = headers.into_iter().collect();
            assert_eq!(takes_gzip(&asked), takes, "{said:?}");
            let response = STYLE.answer(&asked);
            assert_eq!(response.headers().contains_key(CONTENT_ENCODING), takes, "{said:?}");
            assert_eq!(response.headers()[VARY], "accept-encoding");
        }
    }

    #[test]
    fn what_is_compressed_is_the_same_and_a_third_of_it() {
        let compressed = STYLE.compressed.as_ref().expect("compressed");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&compressed[..]), &mut text).expect("gzip");
        assert_eq!(text, STYLE.text);
        assert!(compressed.len() * 3 < text.len() + 600, "{} of {}", compressed.len(), text.len());
    }
}
