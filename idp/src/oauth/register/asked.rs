//! What somebody asks to be registered as: read, and looked at with all that it names.

use super::{RegistrationCtx, sector};
use crate::directory::Snapshot;
use crate::refusal::MachineNo;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use idp_core::client::metadata::{self, BadMember, Given};
use idp_core::client::registration::register;
use idp_core::client::{Client, SubjectType};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::shown_text::look::Look;
use keys::json::JsonError;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The longest words about what is wrong.
const LONGEST_WORDS: usize = 400;

/// The JSON object in a body (RFC 7591 §3.1).
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>, OAuthError> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(OAuthError::invalid_request("the body must be application/json"));
    }
    match keys::json::parse(body) {
        Ok(Value::Object(document)) => Ok(document),
        Ok(_) => Err(OAuthError::invalid_request("the body must be one JSON object")),
        Err(JsonError::Repeated(name)) => {
            let words = plain(&format!("{name} stands twice in one object"));
            Err(OAuthError::new(OAuthErrorCode::InvalidClientMetadata, words))
        }
        Err(JsonError::Syntax(_)) => Err(OAuthError::invalid_request("the body is no JSON")),
    }
}

/// In the characters that a description can have (RFC 6749 §5.2).
fn plain(words: &str) -> String {
    let plain = |c: char| match c {
        '"' | '\\' => '\'',
        ' '..='~' => c,
        _ => '?',
    };
    words.chars().take(LONGEST_WORDS).map(plain).collect()
}

/// RFC 7591 §3.2.2.
pub(super) fn bad(member: &BadMember) -> OAuthError {
    let code = match member.member.as_str() {
        "redirect_uris" => OAuthErrorCode::InvalidRedirectUri,
        metadata::STATEMENT => OAuthErrorCode::UnapprovedSoftwareStatement,
        _ => OAuthErrorCode::InvalidClientMetadata,
    };
    OAuthError::new(code, plain(&format!("{} {}", member.member, member.why)))
}

/// The client that somebody would be: by the rule of registrations, by what it names elsewhere, and beside the others.
pub(super) async fn judge(
    ctx: &RegistrationCtx,
    document: &Map<String, Value>,
    given: &Given<'_>,
) -> Result<Client, MachineNo> {
    let mut registration = metadata::read(document, given).map_err(|member| bad(&member))?;
    // The one member that stays when nothing is said of it: it cannot be changed.
    registration.subject_type = registration.subject_type.or(given.before.map(|before| before.subject_type));
    let client = register(registration).map_err(|wrong| match wrong.into_iter().next() {
        Some(first) => bad(&first.into()),
        None => OAuthError::new(OAuthErrorCode::InvalidClientMetadata, "the registration breaks a rule"),
    })?;
    let snapshot = ctx.base.directory.for_issuing(ctx.base.clock.now())?;
    check_beside_others(ctx, &snapshot, &client).map_err(|member| bad(&member))?;
    check_offered(ctx, &snapshot, &client).map_err(|member| bad(&member))?;
    check_reachable(ctx, &client).map_err(|member| bad(&member))?;
    let client = match given.before {
        Some(before) => keeping_sector(before, client).map_err(|member| bad(&member))?,
        None => client,
    };
    sector::check(&ctx.fetch, &client, given.before).await?;
    Ok(client)
}

/// A person's subject is made for the sector, which follows from addresses that anybody can claim: who could move to another's
/// would read, with the tokens it has, as whom people are known there (OpenID Connect Core 1.0 §8.1 and §12.2).
fn keeping_sector(before: &Client, client: Client) -> Result<Client, BadMember> {
    if client.subject_type != before.subject_type {
        return Err(wrong("subject_type", "cannot be changed; register anew"));
    }
    let listed = client.sector_identifier_uri != before.sector_identifier_uri;
    let moved = listed || hosts(&client) != hosts(before);
    if moved && client.subject_type == SubjectType::Pairwise && client.sector != before.sector {
        let member = if listed { "sector_identifier_uri" } else { "redirect_uris" };
        let words =
            format!("would make people strangers at the client: its sector is {}; register anew", before.sector);
        return Err(wrong(member, words));
    }
    // The operator may have moved it, and kept its sector.
    let sector = if moved { client.sector } else { before.sector.clone() };
    Ok(Client { sector, ..client })
}

/// Where answers go: hosts, and schemes of apps, which may be called as a host is.
fn hosts(client: &Client) -> BTreeSet<String> {
    let parsed = client.redirect_uris.iter().filter_map(|uri| url::Url::parse(uri).ok());
    parsed.map(|uri| uri.host_str().map_or_else(|| format!("{}:", uri.scheme()), str::to_owned)).collect()
}

/// Whether people who agreed to the one, in whatever language, would have to be asked again.
pub(super) fn is_another(before: &Client, after: &Client) -> bool {
    let named = |client: &Client| (client.name.clone(), client.presentation.names.clone());
    named(before) != named(after) || hosts(before) != hosts(after)
}

fn wrong(member: &str, why: impl Into<String>) -> BadMember {
    BadMember { member: member.to_owned(), why: why.into() }
}

/// A name in whatever language is no name of the provider, nor of a portal that the operator registered.
fn check_beside_others(ctx: &RegistrationCtx, snapshot: &Snapshot, client: &Client) -> Result<(), BadMember> {
    let brand = Look::of(&ctx.base.provider.brand);
    let names: Vec<_> = client.presentation.names.0.values().chain([&client.name]).map(|name| Look::of(name)).collect();
    if names.iter().any(|name| name.holds(&brand)) {
        return Err(wrong("client_name", "looks like the name of this provider"));
    }
    let operators = snapshot.clients().filter(|known| !known.self_registered && known.client.id != client.id);
    for known in operators {
        let theirs = known.client.presentation.names.0.values().chain([&known.client.name]);
        if theirs.map(|name| Look::of(name)).any(|theirs| names.iter().any(|name| name.is_like(&theirs))) {
            return Err(wrong("client_name", "looks like the name of another portal"));
        }
    }
    Ok(())
}

/// What the operator allows, and has keys for.
fn check_offered(ctx: &RegistrationCtx, snapshot: &Snapshot, client: &Client) -> Result<(), BadMember> {
    if let Some(kind) = client.response_types.iter().find(|kind| !ctx.policy.allowed.response_type(**kind)) {
        return Err(wrong("response_types", format!("holds {kind}, which this provider does not offer")));
    }
    let now = ctx.base.clock.now();
    let signs = |algorithm| snapshot.signing_key(client, algorithm, now).is_ok();
    for (member, algorithm) in [
        ("id_token_signed_response_alg", Some(client.id_token_signed_response_alg)),
        ("userinfo_signed_response_alg", client.userinfo_signed_response_alg),
    ] {
        if algorithm.is_some_and(|algorithm| !signs(algorithm)) {
            return Err(wrong(member, "has no key at this provider"));
        }
    }
    Ok(())
}

/// An address that we are to call is one that we may call.
fn check_reachable(ctx: &RegistrationCtx, client: &Client) -> Result<(), BadMember> {
    let keys = client.public_keys.as_ref().and_then(|keys| keys.jwks_uri());
    let called = [("backchannel_logout_uri", client.backchannel_logout_uri.as_deref()), ("jwks_uri", keys)];
    let called = called.into_iter().filter_map(|(member, uri)| Some((member, uri?)));
    let fetched = client.requests.request_uris.iter().map(|uri| ("request_uris", uri.as_str()));
    for (member, uri) in called.chain(fetched) {
        let url = uri.parse().map_err(|_| wrong(member, "is not a URL"))?;
        ctx.fetch.check_url(&url).map_err(|why| wrong(member, why.to_string()))?;
    }
    Ok(())
}
