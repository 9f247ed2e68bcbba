//! The list at a `sector_identifier_uri` (OpenID Connect Core 1.0 §8.1, Dynamic Client Registration 1.0 §5): whoever is to share
//! subjects with a sector is named by it.

use super::asked;
use crate::failure::Failure;
use crate::outside::fetch::{Fetch, FetchError};
use crate::refusal::MachineNo;
use idp_core::client::Client;
use idp_core::client::metadata::BadMember;

/// Why a client cannot belong to its sector, or not now.
pub(crate) enum NotListed {
    /// For whoever registers it.
    Wrong(BadMember),
    /// Too much is being fetched; trying again later helps.
    Busy,
}

impl From<NotListed> for MachineNo {
    fn from(not: NotListed) -> Self {
        match not {
            NotListed::Wrong(member) => asked::bad(&member).into(),
            NotListed::Busy => Failure::Busy.into(),
        }
    }
}

/// Looks there, unless nothing changed since somebody did.
///
/// # Errors
/// The address cannot be fetched, or its list lacks a redirect URI. What exactly was met there is for the log: whoever registers
/// shall learn nothing of what we can reach. [`NotListed::Busy`] when too much is being fetched.
pub(crate) async fn check(fetch: &Fetch, client: &Client, before: Option<&Client>) -> Result<(), NotListed> {
    let Some(uri) = &client.sector_identifier_uri else { return Ok(()) };
    let same = |before: &Client| {
        before.sector_identifier_uri == client.sector_identifier_uri && before.redirect_uris == client.redirect_uris
    };
    if before.is_some_and(same) {
        return Ok(());
    }
    let wrong = |why: &str| NotListed::Wrong(BadMember { member: "sector_identifier_uri".into(), why: why.into() });
    let url = uri.parse().map_err(|_| wrong("is not a URL"))?;
    fetch.check_url(&url).map_err(|why| wrong(&why.to_string()))?;
    // One that is new has no places of its own: its address has so many registrations within an hour.
    let answer = match before {
        Some(before) => fetch.get_for(before.id.as_str(), &url).await,
        None => fetch.get(&url).await,
    };
    let list = match answer {
        Ok(fetched) if fetched.status == 200 => serde_json::from_slice::<Vec<String>>(&fetched.body).ok(),
        Ok(fetched) => {
            tracing::info!(status = fetched.status, "a sector_identifier_uri was not answered");
            None
        }
        Err(FetchError::Busy) => return Err(NotListed::Busy),
        Err(why) => {
            tracing::info!(%why, detail = why.detail(), "a sector_identifier_uri was not fetched");
            None
        }
    };
    let list = list.ok_or_else(|| wrong("could not be fetched, or gives no JSON list of texts"))?;
    match client.redirect_uris.iter().find(|uri| !list.contains(uri)) {
        Some(missing) => Err(wrong(&format!("has a list that lacks {missing}"))),
        None => Ok(()),
    }
}
