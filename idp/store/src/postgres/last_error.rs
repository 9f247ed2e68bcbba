//! The SQLSTATE of the server's last error, read off the line.
//!
//! diesel keeps an error's words, which are in the server's language, and of its code only whether it is one of a few. What
//! to try again, and what to call unavailable, hangs on the code ([`super::sqlstate`]).

use super::sqlstate::SqlState;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Longer than any code stands behind the beginning of an error.
const MOST_OF_AN_ERROR: usize = 256;

/// What the server said last. Shared between a connection and whoever asks.
#[derive(Clone, Default)]
pub(super) struct LastError(Arc<AtomicU64>);

impl LastError {
    fn set(&self, SqlState([a, b, c, d, e]): SqlState) {
        self.0.store(u64::from_be_bytes([0, 0, 1, a, b, c, d, e]), Ordering::Relaxed);
    }

    /// The last error since somebody asked.
    pub(super) fn take(&self) -> Option<SqlState> {
        let [.., set, a, b, c, d, e] = self.0.swap(0, Ordering::Relaxed).to_be_bytes();
        (set == 1).then_some(SqlState([a, b, c, d, e]))
    }
}

/// A stream from a server, on which errors are noted as they pass.
pub(super) struct Watched<S> {
    inner: S,
    messages: Messages,
    last: LastError,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, last: LastError) -> Self {
        Self { inner, messages: Messages::default(), last }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
        let arrived = buf.filled().get(before..).unwrap_or_default();
        this.messages.read(arrived, |state| this.last.set(state));
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Where in the server's messages we are: a letter, four bytes of length (with themselves), the body.
#[derive(Default)]
struct Messages {
    head: Vec<u8>,
    /// Of the body.
    left: usize,
    /// The beginning of the body, while it is that of an error.
    error: Option<Vec<u8>>,
}

impl Messages {
    fn read(&mut self, mut bytes: &[u8], mut tell: impl FnMut(SqlState)) {
        while !bytes.is_empty() {
            if self.left == 0 {
                let (head, rest) = bytes.split_at((5 - self.head.len()).min(bytes.len()));
                self.head.extend_from_slice(head);
                bytes = rest;
                let [kind, a, b, c, d] = self.head[..] else { return };
                self.head.clear();
                self.left = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(4);
                self.error = (kind == b'E').then(Vec::new);
            }
            let (body, rest) = bytes.split_at(self.left.min(bytes.len()));
            self.left -= body.len();
            bytes = rest;
            if let Some(error) = &mut self.error {
                error.extend(body.iter().take(MOST_OF_AN_ERROR.saturating_sub(error.len())));
                if self.left == 0 {
                    code(error).map(&mut tell);
                    self.error = None;
                }
            }
        }
    }
}

/// The fields of an error are a letter and text that ends with zero; `C` is the code.
fn code(error: &[u8]) -> Option<SqlState> {
    let field = error.split(|byte| *byte == 0).find(|field| field.starts_with(b"C"))?;
    Some(SqlState(field.get(1..)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
