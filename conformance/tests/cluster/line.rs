//! The line between a node and its database, which can go dead: connections stay, and nothing comes through.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A line to a server.
pub struct Line {
    pub port: u16,
    dead: watch::Sender<bool>,
}

impl Line {
    /// A line to a port of this machine.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let (dead, is_dead) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                tokio::spawn(forward(here, port, is_dead.clone()));
            }
        });
        Self { port: own, dead }
    }

    /// Nothing comes through any more, in either direction.
    pub fn cut(&self) {
        self.dead.send_replace(true);
    }

    /// Everything that waits goes on.
    pub fn mend(&self) {
        self.dead.send_replace(false);
    }
}

async fn forward(here: TcpStream, port: u16, mut dead: watch::Receiver<bool>) {
    let _ = dead.wait_for(|dead| !dead).await;
    let Ok(there) = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await else { return };
    let ((here_in, here_out), (there_in, there_out)) = (here.into_split(), there.into_split());
    tokio::join!(pass(here_in, there_out, dead.clone()), pass(there_in, here_out, dead));
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut dead: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        let _ = dead.wait_for(|dead| !dead).await;
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            let _ = to.shutdown().await;
            return;
        }
    }
}
