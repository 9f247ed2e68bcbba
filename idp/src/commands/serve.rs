//! `idp serve` — runs the provider.

use super::{CommandError, Context};
use crate::log;
use crate::server::{Server, stop_signal};

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(context: Context) -> Result<(), CommandError> {
    let sampled = log::start(&context.settings.log).map_err(CommandError::refused)?;
    let reporting = tokio::spawn(sampled.clone().report());
    let server = Server::set_up(&context.settings, context.clock).await?;
    tracing::info!(issuer = %context.settings.server.issuer, listen = %server.address()?, "serving");
    server.run(stop_signal()).await?;
    reporting.abort();
    sampled.say();
    tracing::info!("stopped");
    Ok(())
}
