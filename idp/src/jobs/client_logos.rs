//! Fetches the logos of clients, each once: soon after a client was registered or changed, whoever did that.
//!
//! Beside the requests, so that a registration waits for nobody's server. A fetch that failed is tried again with growing pauses, and
//! given up in the end; why stands beside the client (`idp clients show`). Of all nodes one takes each try.

mod picture;

use super::outage::Outage;
use crate::directory::addresses;
use crate::failure::Failure;
use crate::outside::fetch::FetchError;
use crate::wiring::JobsCtx;
use idp_core::ClientId;
use idp_core::audit::Event;
use idp_core::client::logo::PictureName;
use idp_store::client_logos::{self, ClientLogo, Outcome};
use idp_store::{audit, clients};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

/// How often it is asked what is due.
const EVERY: Duration = Duration::from_secs(2);
/// Fetches under way at once.
const AT_ONCE: i64 = 8;
/// Longer than a try can take: then another node may.
const LEASE: Duration = Duration::from_secs(60);
/// Addresses noted, or forgotten, in one transaction.
const BATCH: usize = 100;

/// What a try is given.
#[derive(Clone)]
struct Trying {
    ctx: JobsCtx,
    /// Pictures are decoded one at a time: each may take much of the memory.
    decoding: Arc<Mutex<()>>,
}

/// Runs until told to stop. Woken by whoever registers itself or changes what it registered.
pub(super) async fn run(ctx: JobsCtx, mut stopped: watch::Receiver<bool>, outage: Outage) {
    let trying = Trying { ctx, decoding: Arc::default() };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let rung = tokio::select! {
            _ = ticks.tick() => false,
            () = trying.ctx.base.logo_bell.notified() => true,
            _ = stopped.changed() => return,
        };
        outage.over("logos of clients", round(&trying, &stopped, rung).await);
    }
}

async fn round(trying: &Trying, stopped: &watch::Receiver<bool>, rung: bool) -> Result<(), Failure> {
    let base = &trying.ctx.base;
    base.directory.for_issuing(base.clock.now())?;
    if rung {
        base.directory.check().await?;
    }
    note(trying).await?;
    while !*stopped.borrow() {
        let now = base.clock.now();
        // A round among slow hosts is long: this node may have lost its right to act for all meanwhile.
        base.directory.for_issuing(now)?;
        let due = base.db.scan(move |conn| client_logos::due(conn, now, AT_ONCE)).await?;
        if due.is_empty() {
            break;
        }
        let mut tries: JoinSet<_> = due.into_iter().map(|logo| attempt(trying.clone(), logo)).collect();
        let mut outcome = Ok(());
        while let Some(tried) = tries.join_next().await {
            let tried = tried.unwrap_or_else(|why| Err(Failure::Other(format!("fetching a logo: {why}"))));
            outcome = outcome.and(tried);
        }
        outcome?;
        base.directory.check().await?;
    }
    Ok(())
}

/// Writes down what clients have that the database has otherwise. Most rounds find nothing, by looking at memory alone.
async fn note(trying: &Trying) -> Result<(), Failure> {
    let base = &trying.ctx.base;
    let (snapshot, now) = (base.directory.snapshot(), base.clock.now());
    let work = &snapshot.logo_work;
    if work.missing.is_empty() && work.unwanted.is_empty() {
        return Ok(());
    }
    let each = |list: &[(ClientId, String)]| list.chunks(BATCH).map(<[_]>::to_vec).collect::<Vec<_>>();
    for (batch, wanted) in each(&work.missing)
        .into_iter()
        .map(|batch| (batch, true))
        .chain(each(&work.unwanted).into_iter().map(|batch| (batch, false)))
    {
        let unit = move |tx: &mut idp_store::Tx<'_>| {
            for (id, uri) in &batch {
                // It may have been changed, or removed, since memory read of it.
                let Some(stored) = clients::find(tx.conn(), id)? else { continue };
                let has = addresses(&stored.client).iter().any(|(_, address)| address == uri);
                match (wanted, has) {
                    (true, true) => client_logos::add(tx, id, uri, now)?,
                    (false, false) => client_logos::remove(tx, id, uri)?,
                    _ => {}
                }
            }
            Ok(())
        };
        base.db.write(unit).await?;
    }
    base.directory.check().await
}

async fn attempt(trying: Trying, logo: ClientLogo) -> Result<(), Failure> {
    let base = &trying.ctx.base;
    let until = base.clock.now().plus(LEASE);
    let due = logo.clone();
    if !base.db.write(move |tx| client_logos::take(tx, &due, until)).await? {
        return Ok(());
    }
    let outcome = fetch(&trying, &logo).await?;
    if let Outcome::Failed(why) = &outcome {
        tracing::warn!(client = %logo.client_id, uri = logo.uri, why, failures = logo.failures + 1, "a logo was not fetched");
    }
    let now = base.clock.now();
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let settled = client_logos::settle(tx, (&logo, until), &outcome, now)?;
        if let (true, Outcome::Fetched(png)) = (settled, &outcome) {
            let event = Event::LogoFetched {
                client: logo.client_id.clone(),
                uri: logo.uri.clone(),
                picture: PictureName::of(png),
            };
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(())
    };
    Ok(base.db.write(unit).await?)
}

async fn fetch(trying: &Trying, logo: &ClientLogo) -> Result<Outcome, Failure> {
    let failed = |why: &str| Ok(Outcome::Failed(why.to_owned()));
    let Some(known) = trying.ctx.base.directory.client(&logo.client_id).await? else {
        return failed("this program cannot read the client's registration");
    };
    if !known.logo.shown {
        return failed("logos of clients of open registration are not shown (setting registration.show_logos)");
    }
    let Ok(url) = logo.uri.parse() else { return failed("the address is no URL") };
    match trying.ctx.reach.of(known.self_registered).get_for(logo.client_id.as_str(), &url).await {
        Ok(fetched) if fetched.status == 200 => Ok(decoded(trying, fetched.body.to_vec()).await),
        Ok(fetched) => failed(&format!("the host answered with status {}", fetched.status)),
        Err(FetchError::Busy) => Ok(Outcome::NotNow),
        Err(why) => {
            tracing::info!(client = %logo.client_id, detail = why.detail(), "a logo's host could not be reached");
            failed(&why.to_string())
        }
    }
}

async fn decoded(trying: &Trying, bytes: Vec<u8>) -> Outcome {
    let _alone = trying.decoding.lock().await;
    match tokio::task::spawn_blocking(move || picture::make_anew(&bytes)).await {
        Ok(Ok(png)) => Outcome::Fetched(png),
        Ok(Err(why)) => Outcome::Failed(why.to_string()),
        // A decoder that panics has met something that is no honest picture.
        Err(_) => Outcome::Failed(picture::NoPicture::Broken.to_string()),
    }
}
