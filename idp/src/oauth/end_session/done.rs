//! GET /connect/end_session/done — back to the portal, or a page that says where the sign-out arrived.

use super::farewell::{Farewell, Portal, Return};
use crate::answer;
use crate::browser::language;
use crate::directory::Snapshot;
use crate::language as language_endpoint;
use crate::pages::{Arrived, ErrorKind, Frame, LoggedOutPage};
use crate::refusal::PageNo;
use crate::text::Language;
use crate::wiring::Ctx;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::client::shown_host;
use idp_core::oauth::params::Params;
use idp_store::outbox::{self, Delivery, State as Standing};
use std::collections::{BTreeMap, HashMap};

/// Its path.
pub(super) const PATH: &str = "/connect/end_session/done";
/// How often the page looks again by itself while a portal is being told, and after how many seconds.
const LOOKS: u8 = 4;
const LOOK_AFTER_SECONDS: u8 = 2;

/// What the page shows.
#[derive(Default)]
pub(super) struct Shown {
    /// Names of portals, with what became of telling them.
    portals: Vec<(String, Arrived)>,
    /// This page's own address, if it can be shown again.
    here: Option<String>,
    /// How often it was shown.
    look: u8,
    /// Where a website that registered itself wants the person back.
    wanted_back: Option<String>,
}

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let answered = end(&ctx, &headers, &query.unwrap_or_default()).await;
    answered.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn end(ctx: &Ctx, headers: &HeaderMap, query: &str) -> Result<Response, PageNo> {
    let params = Params::parse(query.as_bytes()).map_err(|_| ErrorKind::TooLarge)?;
    let farewell = Farewell::of(ctx, &params).await?;
    let loaded = params.get("answered").unwrap_or_default();
    let answered: Vec<String> = loaded.split('.').filter_map(|number| row(&farewell, number)).collect();
    if !answered.is_empty() {
        ctx.db.write(move |tx| outbox::answered(tx, &answered)).await?;
    }
    if let Some(Return::AtOnce(uri)) = &farewell.return_to {
        return Ok(answer::redirect(uri));
    }
    let snapshot = ctx.directory.snapshot();
    let rows: Vec<String> = farewell.portals.iter().map(|portal| portal.row.clone()).collect();
    let now = ctx.clock.now();
    let found = if rows.is_empty() {
        HashMap::new()
    } else {
        ctx.db.read(move |conn| outbox::of_rows(conn, &rows, now)).await?
    };
    let shown = Shown {
        portals: arrivals(&snapshot, &farewell.portals, &found, language(&ctx.cookies, headers, None)),
        here: (!found.is_empty() || farewell.return_to.is_some())
            .then(|| farewell.address(&snapshot, PATH))
            .transpose()?,
        wanted_back: farewell.return_to.map(|(Return::AtOnce(uri) | Return::IfWanted(uri))| uri),
        look: params.get("look").and_then(|look| look.parse().ok()).unwrap_or(0),
    };
    show(ctx, headers, shown)
}

/// The row of the portal whose frame had this number.
fn row(farewell: &Farewell, number: &str) -> Option<String> {
    farewell.by_browser().nth(number.parse().ok()?).map(|portal| portal.row.clone())
}

/// One line for each portal: of two ways of telling it, the better.
fn arrivals(
    snapshot: &Snapshot,
    portals: &[Portal],
    found: &HashMap<String, Delivery>,
    lang: Language,
) -> Vec<(String, Arrived)> {
    let mut best: BTreeMap<&str, (String, Arrived)> = BTreeMap::new();
    for portal in portals {
        let Some(arrived) = found.get(&portal.row).map(arrived) else { continue };
        let Some(known) = snapshot.client(&portal.client) else { continue };
        let line = best
            .entry(portal.client.as_str())
            .or_insert_with(|| (known.client.name_for(lang.reads()).to_owned(), arrived));
        line.1 = line.1.min(arrived);
    }
    best.into_values().collect()
}

fn arrived(delivery: &Delivery) -> Arrived {
    match delivery.state {
        Standing::Delivered { .. } => Arrived::SignedOut,
        Standing::Sent { .. } | Standing::Answered { .. } => Arrived::Told,
        Standing::UnderWay => Arrived::Telling,
        Standing::Waiting { .. } if delivery.attempts == 0 => Arrived::Telling,
        Standing::Waiting { .. } => Arrived::NoAnswer,
        Standing::NotDelivered { .. } | Standing::NotSupported { .. } => Arrived::NotTold,
    }
}

/// The page. While a portal is being told it is shown again after a moment.
pub(super) fn show(ctx: &Ctx, headers: &HeaderMap, shown: Shown) -> Result<Response, PageNo> {
    let snapshot = ctx.directory.snapshot();
    let here = shown.here.as_deref().unwrap_or(super::PATH);
    let return_to = language_endpoint::seal_return(&snapshot.sealer, here)?;
    let telling = shown.portals.iter().any(|(_, arrived)| *arrived == Arrived::Telling);
    let host = shown.wanted_back.as_deref().map(shown_host).unwrap_or_default();
    let page = LoggedOutPage {
        frame: Frame::new(language(&ctx.cookies, headers, None), ctx.provider.house()).returning_to(&return_to),
        portals: shown.portals.iter().map(|(name, arrived)| (name.as_str(), *arrived)).collect(),
        again: shown.here.as_deref().filter(|_| telling),
        wanted_back: shown.wanted_back.as_deref().map(|uri| (host.as_str(), uri)),
    };
    let response = answer::page(200, page.html());
    Ok(match &shown.here {
        Some(here) if telling && shown.look < LOOKS => {
            answer::refreshed(response, LOOK_AFTER_SECONDS, &format!("{here}&look={}", shown.look + 1))
        }
        _ => response,
    })
}
