//! `idp serve` — runs the provider.

use super::{CommandError, Context};
use crate::failure::Failure;
use crate::keystore::prepare::CannotStart;
use crate::log;
use crate::server::{CannotServe, Server, stop_signal};
use idp_store::Fault;
use std::time::Duration;

/// Whether the database is there, and a pause: for half a minute.
const ASKED_AT_MOST: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(context: Context) -> Result<(), CommandError> {
    let sampled = log::start(&context.settings.log).map_err(CommandError::refused)?;
    let reporting = tokio::spawn(sampled.clone().report());
    let server = set_up(&context).await?;
    tracing::info!(issuer = %context.settings.server.issuer, listen = %server.address()?, "serving");
    server.run(stop_signal()).await?;
    reporting.abort();
    sampled.say();
    tracing::info!("stopped");
    Ok(())
}

/// After a power cut a machine may be up before its database: that one is waited for. Everything else is said at once.
async fn set_up(context: &Context) -> Result<Server, CannotServe> {
    let mut asked = 0;
    loop {
        asked += 1;
        match Server::set_up(&context.settings, context.clock.clone()).await {
            Err(CannotServe::Start(CannotStart::Failure(Failure::Fault(fault @ Fault::Unavailable(_)))))
                if asked < ASKED_AT_MOST =>
            {
                tracing::warn!(why = %fault, "waiting for the database");
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
}
