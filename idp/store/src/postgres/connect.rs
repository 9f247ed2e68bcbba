//! One connection: a socket, TLS where it leads over a network, the start-up, all within a second.

use super::last_error::{LastError, Watched};
use super::url::{PostgresUrl, Server};
use crate::Fault;
use rustls::pki_types::ServerName;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls};
use tokio_rustls::TlsConnector;

/// A server that takes longer is not there.
const CONNECT: Duration = Duration::from_secs(1);
/// Length 8 and the number that asks for TLS, before anything else is said.
const ASK_FOR_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Whatever leads to the server.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What has to be polled for anything to happen.
pub(super) type Driver = Connection<Watched<Box<dyn Stream>>, NoTlsStream>;

/// How to connect.
pub(super) struct Target {
    url: PostgresUrl,
    config: Config,
    tls: Option<TlsConnector>,
}

impl Target {
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, Fault> {
        let mut config = Config::new();
        // TLS, if any, is ours: what the library speaks goes through it.
        config.user(&url.user).dbname(&url.database).application_name(&url.application_name).ssl_mode(SslMode::Disable);
        if let Some(password) = &url.password {
            config.password(&password.0);
        }
        let tls = url.tls.then(|| crate::tls::client(url.ca_file.as_deref())).transpose();
        let tls =
            tls.map_err(|why| Fault::Database(format!("setting database.ca_file: {why}")))?.map(TlsConnector::from);
        Ok(Self { url: url.clone(), config, tls })
    }

    /// Connects. The words of the fault say to whom, and what to do where we know.
    pub(super) async fn connect(&self, last: LastError) -> Result<(Client, Driver), Fault> {
        let connecting = async {
            let stream = Watched::new(self.open().await?, last);
            self.config.connect_raw(stream, NoTls).await.map_err(|why| words(&why))
        };
        let connected = tokio::time::timeout(CONNECT, connecting).await;
        let connected = connected.unwrap_or_else(|_| Err("it did not answer within a second".into()));
        connected.map_err(|why| Fault::Unavailable(format!("cannot connect to {}: {why}", self.url)))
    }

    async fn open(&self) -> Result<Box<dyn Stream>, String> {
        let said = |why: io::Error| why.to_string();
        match &self.url.server {
            Server::Unix { folder, port } => {
                Ok(Box::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.map_err(said)?))
            }
            Server::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(said)?;
                stream.set_nodelay(true).map_err(said)?;
                match &self.tls {
                    None => Ok(Box::new(stream)),
                    Some(tls) => encrypt(stream, tls, host).await,
                }
            }
        }
    }
}

async fn encrypt(mut stream: TcpStream, tls: &TlsConnector, host: &str) -> Result<Box<dyn Stream>, String> {
    let said = |why: io::Error| why.to_string();
    stream.write_all(&ASK_FOR_TLS).await.map_err(said)?;
    // One byte and no more: what somebody on the line put behind it would otherwise count as said under TLS.
    let answer = stream.read_u8().await.map_err(said)?;
    if answer != b'S' {
        return Err("the server speaks no TLS, and what leads over a network is encrypted; switch it on there (ssl = on), or write sslmode=disable into database.url if nobody else can be on the line".into());
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| format!("{host:?} is no name of a server"))?;
    match tls.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(why) => Err(format!(
            "the server did not prove that it is {host} ({why}); its certificate must name it and come from an authority of the system, or of setting database.ca_file"
        )),
    }
}

/// tokio-postgres says what it was doing, and its source what went wrong.
fn words(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(why)) => format!("{error}: {why}"),
        (None, None) => error.to_string(),
    }
}
