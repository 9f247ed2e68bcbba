//! What a connection is doing, noted by its stream and its requests, asked by whoever decides to end it.
//!
//! hyper's own time-out for heads begins when it first waits for one, counts the silence between two requests as part of the
//! next, and does not hold while it finds out whether a connection speaks HTTP/1 or HTTP/2. These tell the two apart and hold from
//! the first moment.

use super::connection_limits::Places;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a connection may wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// The head of a request, from its first byte; and the first one from the beginning of the connection.
    pub head: Duration,
    /// The next request.
    pub idle: Duration,
}

/// For how long those who say nothing, or let it trickle, are borne when places are few.
pub const CROWDED: Duration = Duration::from_secs(5);
/// How often it is asked whether places are few by now, once something has taken that long.
const ASKED: Duration = Duration::from_secs(1);

/// Waits for what a peer sends piece by piece: for `span`, and no longer than 5 s when places are few. `None`: it took longer.
pub async fn arrival<T>(work: impl Future<Output = T>, span: Duration, places: &Places) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let (mut spent, mut wait) = (Duration::ZERO, span.min(CROWDED));
    loop {
        if let Ok(arrived) = tokio::time::timeout(wait, work.as_mut()).await {
            return Some(arrived);
        }
        spent += wait;
        if spent >= span || places.crowded() {
            return None;
        }
        wait = (span - spent).min(ASKED);
    }
}

/// What a connection is doing. Cheap to clone.
#[derive(Clone)]
pub struct Activity(Arc<State>);

struct State {
    begun: Instant,
    /// Requests that are being answered.
    under_way: AtomicUsize,
    /// Since when, in milliseconds since it began, it does what it does.
    since: AtomicU64,
    /// Some of a head came, or none ever did.
    in_a_head: AtomicBool,
    /// On HTTP/2 bytes may come that are no request.
    many_streams: AtomicBool,
}

impl Activity {
    /// Of a connection that begins now.
    pub fn new() -> Self {
        let state = State {
            begun: now(),
            under_way: AtomicUsize::new(0),
            since: AtomicU64::new(0),
            in_a_head: AtomicBool::new(true),
            many_streams: AtomicBool::new(false),
        };
        Self(Arc::new(state))
    }

    /// A request is there; it is over when what is returned is dropped.
    pub fn request(&self, version: http::Version) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::Relaxed);
        self.0.in_a_head.store(false, Ordering::Relaxed);
        self.0.many_streams.store(version == http::Version::HTTP_2, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    fn bytes_came(&self) {
        let state = &self.0;
        let waits = state.under_way.load(Ordering::Relaxed) == 0 && !state.many_streams.load(Ordering::Relaxed);
        if waits && !state.in_a_head.swap(true, Ordering::Relaxed) {
            self.touch();
        }
    }

    fn touch(&self) {
        let since = u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.since.store(since, Ordering::Relaxed);
    }

    /// Until when it may go on as it does; `None`: a request is being answered.
    pub fn until(&self, timeouts: &Timeouts) -> Option<Instant> {
        let state = &self.0;
        if state.under_way.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let span = if state.in_a_head.load(Ordering::Relaxed) { timeouts.head } else { timeouts.idle };
        state.begun.checked_add(Duration::from_millis(state.since.load(Ordering::Relaxed)).saturating_add(span))
    }
}

/// A request that is being answered.
pub struct UnderWay(Activity);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.touch();
        self.0.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Now, for sockets.
#[expect(clippy::disallowed_methods, reason = "the time-outs of sockets are the machine's; records have the clock's")]
pub fn now() -> Instant {
    Instant::now()
}

/// After our last word: so long, and so many bytes, a peer may go on sending.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 256 << 10;

/// A stream that notes when bytes come, and that ends in order: closed on bytes that nobody read (the body of a request that
/// was refused by its head) TCP would throw our answer away, and a balancer would take this node for dead.
pub struct ObservedStream<S> {
    stream: S,
    activity: Activity,
    /// From our last word on.
    lingering: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> ObservedStream<S> {
    /// Of a connection that begins.
    pub fn new(stream: S, activity: Activity) -> Self {
        Self { stream, activity, lingering: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ObservedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        if polled.is_ready() && into.filled().len() > before {
            self.activity.bytes_came();
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ObservedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        let Self { stream, lingering, .. } = &mut *self;
        let mut stream = Pin::new(stream);
        let (over, left) = match lingering {
            Some(lingering) => lingering,
            None => {
                ready!(stream.as_mut().poll_shutdown(cx))?;
                lingering.insert((Box::pin(sleep(LINGER)), LINGER_BYTES))
            }
        };
        let mut away = [0; 4096];
        loop {
            if over.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut into = ReadBuf::new(&mut away);
            // Whatever goes wrong now: there is nothing left to say.
            if ready!(stream.as_mut().poll_read(cx, &mut into)).is_err() || into.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            *left = left.saturating_sub(into.filled().len());
            if *left == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
