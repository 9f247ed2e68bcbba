//! `idp serve` — runs the provider.

use super::{CommandError, Context};
use crate::server::{Server, stop_signal};
use crate::settings::LogFormat;
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(context: Context) -> Result<(), CommandError> {
    start_log(&context)?;
    let server = Server::set_up(&context.settings, context.clock).await?;
    tracing::info!(issuer = %context.settings.server.issuer, listen = %server.address()?, "serving");
    server.run(stop_signal()).await?;
    tracing::info!("stopped");
    Ok(())
}

fn start_log(context: &Context) -> Result<(), CommandError> {
    let log = &context.settings.log;
    let filter =
        EnvFilter::try_new(&log.filter).map_err(|why| CommandError::refused(format!("setting log.filter: {why}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    started.map_err(|why| CommandError::refused(format!("cannot start the log: {why}")))
}
