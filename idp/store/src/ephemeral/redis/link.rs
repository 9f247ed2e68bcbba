//! The connection to Redis, kept up in the background. While it is down every question is answered at once.
//!
//! A keeper asks every second for the start of the store. A question without an answer in time takes the connection down, and
//! whoever waits on it with it; the keeper then connects anew, several times a second, until somebody answers.

use super::connect::{Line, connect, start_of};
use crate::Fault;
use crate::ephemeral::{Now, RedisSettings};
use ::redis::{ErrorKind, RedisError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};

/// Nobody waits longer for an answer.
const ANSWER: Duration = Duration::from_millis(500);
/// Nor for a connection that is ready to be asked.
const CONNECT: Duration = Duration::from_secs(1);
/// How often the keeper looks whether all is well.
const LOOK: Duration = Duration::from_secs(1);
/// Between two attempts to connect, and up to as much again, so that nodes do not come all at once.
const PAUSE: Duration = Duration::from_millis(150);

#[derive(Clone)]
enum State {
    Connecting,
    Up(Line),
    Down(Arc<str>),
}

/// The connection. Its keeper ends with it.
pub(super) struct Link {
    shared: Arc<Shared>,
    keeper: AbortHandle,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

struct Shared {
    settings: RedisSettings,
    now: Now,
    state: watch::Sender<State>,
    look_now: Notify,
}

impl Link {
    /// Begins to keep a connection, and waits a little for the first.
    pub(super) async fn open(settings: RedisSettings, now: Now) -> Self {
        let (state, mut changes) = watch::channel(State::Connecting);
        let shared = Arc::new(Shared { settings, now, state, look_now: Notify::new() });
        let keeper = tokio::spawn(keep(shared.clone())).abort_handle();
        let _ = timeout(CONNECT, changes.wait_for(|state| !matches!(state, State::Connecting))).await;
        Self { shared, keeper }
    }

    /// Why nobody answers, if so.
    pub(super) fn problem(&self) -> Option<String> {
        match &*self.shared.state.borrow() {
            State::Up(_) => None,
            State::Connecting => Some("it is being connected to".into()),
            State::Down(why) => Some(why.to_string()),
        }
    }

    /// Asks a question on the connection.
    ///
    /// # Errors
    /// [`Fault::Unavailable`], at once while the connection is down; [`Fault::Busy`] when the server's memory is full.
    pub(super) async fn ask<T>(&self, question: impl AsyncFnOnce(&Line) -> Result<T, RedisError>) -> Result<T, Fault> {
        let line = match &*self.shared.state.borrow() {
            State::Up(line) => line.clone(),
            State::Connecting => return Err(Fault::Unavailable("Redis is being connected to".into())),
            State::Down(why) => return Err(Fault::Unavailable(format!("Redis: {why}"))),
        };
        match timeout(ANSWER, question(&line)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.shared.failed(&line, &error)),
            Err(_) => {
                self.shared.take_down(&line, "it does not answer in time");
                Err(Fault::Unavailable("Redis did not answer in time".into()))
            }
        }
    }
}

impl Shared {
    fn failed(&self, line: &Line, error: &RedisError) -> Fault {
        let words = error.to_string();
        match error.kind() {
            ErrorKind::UnexpectedReturnType | ErrorKind::Parse => {
                return Fault::Ephemeral(format!("Redis holds what makes no sense: {words}"));
            }
            _ if error.code() == Some("OOM") => {
                tracing::error!(why = %words, "the memory of Redis is full");
                return Fault::Busy;
            }
            ErrorKind::Server(_) | ErrorKind::Extension => self.look_now.notify_one(),
            _ => self.take_down(line, &words),
        }
        Fault::Unavailable(format!("Redis: {words}"))
    }

    /// This connection is of no use any more, unless somebody said so before.
    fn take_down(&self, line: &Line, why: &str) {
        line.hang_up();
        let is_up = |state: &State| matches!(state, State::Up(up) if up.is(line));
        let changed = self.state.send_if_modified(|state| {
            let changes = is_up(state);
            if changes {
                *state = State::Down(why.into());
            }
            changes
        });
        if changed {
            tracing::warn!(why, "Redis is lost; going on without");
            self.look_now.notify_one();
        }
    }
}

async fn keep(shared: Arc<Shared>) {
    let prefix = shared.settings.prefix.clone();
    loop {
        let attempt = timeout(CONNECT, async {
            let (line, task) = connect(&shared.settings).await?;
            start_of(&line, &prefix, (shared.now)()).await.map(|epoch| (line, task, epoch))
        });
        match attempt.await.unwrap_or_else(|_| Err("it does not answer in time".into())) {
            Ok((line, task, epoch)) => {
                tracing::info!(epoch, "connected to Redis");
                shared.state.send_replace(State::Up(line.clone()));
                watch_over(&shared, &line, task, epoch).await;
            }
            Err(why) => {
                let news = !matches!(&*shared.state.borrow(), State::Down(before) if **before == *why);
                if news {
                    tracing::warn!(why, "Redis cannot be used; going on without");
                    shared.state.send_replace(State::Down(why.into()));
                }
                sleep(PAUSE + jitter()).await;
            }
        }
    }
}

/// Looks now and then whether all is well; comes back when it is not.
async fn watch_over(shared: &Shared, line: &Line, mut task: JoinHandle<()>, mut epoch: String) {
    loop {
        tokio::select! {
            () = sleep(LOOK) => {}
            () = shared.look_now.notified() => {}
            _ = &mut task => {
                shared.take_down(line, "the connection was closed");
                return;
            }
        }
        let asked = timeout(ANSWER, start_of(line, &shared.settings.prefix, (shared.now)())).await;
        match asked.unwrap_or_else(|_| Err("it does not answer in time".into())) {
            Ok(found) if found != epoch => {
                tracing::warn!(epoch = found, "Redis was emptied; a new start");
                epoch = found;
            }
            Ok(_) => {}
            Err(why) => {
                shared.take_down(line, &why);
                return;
            }
        }
    }
}

fn jitter() -> Duration {
    let random = keys::random::<1>().map_or(0, |[byte]| u32::from(byte));
    PAUSE * random / 256
}
