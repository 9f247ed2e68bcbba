//! Ephemeral state in a Redis. What the verbs promise stands in [`super`].

mod connect;
mod link;
mod script;

use self::link::Link;
use self::script::Script;
use super::{AHEAD, Counted, Now, Once, RedisSettings, SLOW_CLOCKS, kind};
use crate::Fault;
use ::redis::{Cmd, FromRedisValue};
use idp_core::UnixMillis;
use std::sync::Arc;
use std::time::Duration;

/// How much of one kind is stored within [`WINDOW`]: keys, values and what an entry costs. What strangers post must not
/// fill the server: a kind of entries that live for 10 minutes stays below 60 times this.
const MOST_BYTES: u64 = 8 << 20;
/// See [`MOST_BYTES`].
const WINDOW: Duration = Duration::from_secs(10);

/// The store in a Redis. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    link: Arc<Link>,
    prefix: Arc<str>,
}

/// What a verb of one entry says besides: its key, and the moment it is.
#[derive(Clone, Copy)]
struct Entry<'a> {
    key: &'a str,
    now: UnixMillis,
}

impl Redis {
    pub(super) async fn open(settings: RedisSettings, now: Now) -> Self {
        let prefix = settings.prefix.as_str().into();
        Self { link: Arc::new(Link::open(settings, now).await), prefix }
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.link.problem()
    }

    pub(super) async fn put(&self, key: &str, value: &[u8], life: Duration, now: UnixMillis) -> Result<(), Fault> {
        let fill = |cmd: &mut Cmd| {
            cmd.arg(value);
            stored(cmd, now.plus(life), life);
        };
        match self.run::<u8>(&script::PUT, Entry { key, now }, fill).await? {
            0 => Err(Fault::Busy),
            _ => Ok(()),
        }
    }

    pub(super) async fn get(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, Fault> {
        self.run(&script::GET, Entry { key, now }, |_| {}).await
    }

    pub(super) async fn take(&self, key: &str, now: UnixMillis) -> Result<Option<Vec<u8>>, Fault> {
        self.run(&script::TAKE, Entry { key, now }, |_| {}).await
    }

    pub(super) async fn once(
        &self,
        key: &str,
        issued_at: UnixMillis,
        life: Duration,
        now: UnixMillis,
    ) -> Result<Once, Fault> {
        let fill = |cmd: &mut Cmd| {
            cmd.arg(issued_at.minus(AHEAD).0);
            stored(cmd, now.plus(life), life.saturating_add(SLOW_CLOCKS));
        };
        match self.run::<u8>(&script::ONCE, Entry { key, now }, fill).await? {
            0 => Err(Fault::Busy),
            1 => Ok(Once::First),
            2 => Ok(Once::Seen),
            _ => Ok(Once::BeforeStart),
        }
    }

    pub(super) async fn bump(&self, key: &str, window: Duration, now: UnixMillis) -> Result<u64, Fault> {
        let fill = |cmd: &mut Cmd| {
            cmd.arg("");
            stored(cmd, now.plus(window), window);
        };
        match self.run(&script::BUMP, Entry { key, now }, fill).await? {
            0 => Err(Fault::Busy),
            count => Ok(count),
        }
    }

    pub(super) async fn unbump(&self, key: &str, now: UnixMillis) -> Result<(), Fault> {
        self.run::<u64>(&script::UNBUMP, Entry { key, now }, |_| {}).await.map(drop)
    }

    pub(super) async fn count(&self, key: &str, now: UnixMillis) -> Result<Counted, Fault> {
        let (count, until) = self.run(&script::COUNT, Entry { key, now }, |_| {}).await?;
        Ok(Counted { count, until: UnixMillis(until) })
    }

    async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        entry: Entry<'_>,
        fill: impl Fn(&mut Cmd),
    ) -> Result<T, Fault> {
        let epoch = connect::fresh_epoch()?;
        self.link
            .ask(async |line| {
                let fill = |cmd: &mut Cmd| {
                    cmd.arg(3);
                    cmd.arg(format!("{}start", self.prefix));
                    cmd.arg(format!("{}{}", self.prefix, entry.key));
                    cmd.arg(format!("{}room:{}", self.prefix, kind(entry.key)));
                    cmd.arg(entry.now.0).arg(&*line.run).arg(&epoch);
                    fill(cmd);
                };
                script.run(&mut line.connection.clone(), fill).await
            })
            .await
    }
}

/// The arguments of a verb that stores something.
fn stored(cmd: &mut Cmd, over: UnixMillis, life: Duration) {
    // Redis refuses a life of zero.
    let life = life.as_millis().clamp(1, 1 << 50) as u64;
    cmd.arg(over.0).arg(life).arg(WINDOW.as_millis() as u64).arg(MOST_BYTES);
}
