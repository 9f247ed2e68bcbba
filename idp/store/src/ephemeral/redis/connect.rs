//! Making a connection: TCP, TLS, who we are, which run of which server answers, and whether it may be relied on.

use super::super::RedisSettings;
use super::script;
use crate::Fault;
use ::redis::aio::{AsyncStream, MultiplexedConnection};
use ::redis::{AsyncConnectionConfig, Cmd, InfoDict, RedisConnectionInfo, cmd};
use idp_core::UnixMillis;
use keys::b64;
use rustls::pki_types::ServerName;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_rustls::TlsConnector;

/// A connection that answered.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) connection: MultiplexedConnection,
    /// Which run of the server this is: a restarted server, or one that took over, has another.
    pub(super) run: Arc<str>,
    driver: Arc<Driver>,
}

/// The task that drives a connection, for as long as anybody needs it.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    /// Ends the connection: whoever waits for an answer waits no longer.
    pub(super) fn hang_up(&self) {
        self.driver.0.abort();
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.driver, &other.driver)
    }
}

/// Connects. The task ends when the connection does.
///
/// # Errors
/// Why not, in words for the log.
pub(super) async fn connect(settings: &RedisSettings) -> Result<(Line, JoinHandle<()>), String> {
    let url = &settings.url;
    let tcp = TcpStream::connect((url.host.as_str(), url.port)).await.map_err(|why| why.to_string())?;
    tcp.set_nodelay(true).map_err(|why| why.to_string())?;
    let stream: Pin<Box<dyn AsyncStream + Send + Sync>> = match &settings.tls {
        None => Box::pin(tcp),
        Some(config) => {
            let name = ServerName::try_from(url.host.clone()).map_err(|why| why.to_string())?;
            let tls = TlsConnector::from(config.clone()).connect(name, tcp).await;
            Box::pin(tls.map_err(|why| format!("TLS: {why}"))?)
        }
    };
    let mut who = RedisConnectionInfo::default().set_db(url.database.into()).set_skip_set_lib_name();
    if let Some(user) = &url.user {
        who = who.set_username(user);
    }
    if let Some(password) = &url.password {
        who = who.set_password(password.as_str());
    }
    // Deadlines are the caller's.
    let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
    let made = MultiplexedConnection::new_with_config(&who, stream, config).await;
    let (connection, driver) = made.map_err(|why| why.to_string())?;
    let task = tokio::spawn(driver);
    let mut line = Line { connection, run: "".into(), driver: Arc::new(Driver(task.abort_handle())) };
    line.run = examine(&mut line.connection).await?.into();
    Ok((line, task))
}

/// Which run of the server it is. A server that drops entries to make room is refused: a replay guard that was dropped
/// is a replay that is let pass.
async fn examine(connection: &mut MultiplexedConnection) -> Result<String, String> {
    let server: InfoDict = info(connection, "server").await?;
    let run = server.get::<String>("run_id").filter(|run| !run.is_empty());
    let run = run.ok_or("INFO does not name its run_id, by which a restart is noticed")?;
    let memory: InfoDict = info(connection, "memory").await?;
    let policy = memory.get::<String>("maxmemory_policy").unwrap_or_default();
    let bounded = memory.get::<u64>("maxmemory").is_none_or(|bytes| bytes > 0);
    if bounded && policy != "noeviction" {
        return Err(format!("its maxmemory-policy is {policy:?}, which drops replay guards; set noeviction"));
    }
    Ok(run)
}

async fn info(connection: &mut MultiplexedConnection, section: &str) -> Result<InfoDict, String> {
    cmd("INFO").arg(section).query_async(connection).await.map_err(|why| format!("INFO {section}: {why}"))
}

/// Asks for the start of the store, and makes it if there is none; by this a node notices that it was emptied.
///
/// # Errors
/// What the connection or the server says.
pub(super) async fn start_of(line: &Line, prefix: &str, now: UnixMillis) -> Result<String, String> {
    let fresh = fresh_epoch().map_err(|why| why.to_string())?;
    let fill = |cmd: &mut Cmd| {
        cmd.arg(1).arg(format!("{prefix}start")).arg(now.0).arg(&*line.run).arg(&fresh);
    };
    let asked = script::START.run::<(String, String)>(&mut line.connection.clone(), fill).await;
    Ok(asked.map_err(|why| why.to_string())?.0)
}

/// A name for a start that may have to be written.
///
/// # Errors
/// When there is no randomness.
pub(super) fn fresh_epoch() -> Result<String, Fault> {
    Ok(b64::encode(&keys::random::<9>()?))
}
