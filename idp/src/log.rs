//! The log: one line an event on standard error, and of each kind so many within ten seconds, so that a flood of refused
//! requests fills no disk. What is left out is counted and said.

use crate::settings::{Log, LogFormat};
use idp_core::shown_text::one_line;
use std::collections::HashMap;
use std::fmt::Debug;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{self, Writer};
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// How long lines of a kind are counted together.
const INTERVAL: Duration = Duration::from_secs(10);
/// Kinds that are told apart; further ones share one count.
const MOST_KINDS: usize = 1000;

/// Starts the log; gives what counts the lines that are left out.
///
/// # Errors
/// What is wrong with the settings, in words.
pub fn start(settings: &Log) -> Result<Sampled, String> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|why| format!("setting log.filter: {why}"))?;
    let sampled = Sampled::new(settings.lines_of_a_kind);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(colours());
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).with_filter(sampled.clone()).boxed(),
        LogFormat::Text => lines.fmt_fields(fields()).with_filter(sampled.clone()).boxed(),
    };
    let log = Registry::default().with(lines.with_filter(filter));
    log.try_init().map_err(|why| format!("cannot start the log: {why}"))?;
    Ok(sampled)
}

/// Fields for people: each on its line whatever it holds. A value that somebody sent forges no line and gives a terminal nothing
/// to obey.
fn fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    let field = |writer: &mut Writer<'_>, field: &Field, value: &dyn Debug| {
        let value = one_line(&format!("{value:?}"));
        if field.name() == "message" { write!(writer, "{value}") } else { write!(writer, "{}={value}", field.name()) }
    };
    format::debug_fn(field).delimited(" ")
}

/// On a terminal, unless the person wants none (https://no-color.org).
fn colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Lets so many lines of each kind through until the next interval. Cheap to clone.
///
/// A kind is a place in the program and, of refusals, the `error` code. DEBUG and TRACE are asked for by whoever looks for
/// something, and stay whole.
#[derive(Clone)]
pub struct Sampled {
    most: u32,
    kinds: Arc<Mutex<HashMap<Kind, Seen>>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    place: Option<Identifier>,
    error: String,
}

struct Seen {
    message: String,
    lines: u32,
    left_out: u64,
}

impl Sampled {
    fn new(most: u32) -> Self {
        Self { most, kinds: Arc::default() }
    }

    /// Says every ten seconds what was left out. Never done.
    pub async fn report(self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            self.say();
        }
    }

    /// Says what was left out since the last time, and begins to count anew.
    pub fn say(&self) {
        let kinds = std::mem::take(&mut *self.kinds.lock().unwrap_or_else(PoisonError::into_inner));
        for (Kind { error, .. }, Seen { message, left_out, .. }) in kinds {
            if left_out > 0 {
                tracing::warn!(left_out, like = message, error, "lines were left out");
            }
        }
    }

    fn lets_through(&self, event: &Event<'_>) -> bool {
        let meta = event.metadata();
        if self.most == 0 || *meta.level() > Level::INFO || meta.target() == module_path!() {
            return true;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kind = Kind { place: Some(meta.callsite()), error: words.error };
        if kinds.len() >= MOST_KINDS && !kinds.contains_key(&kind) {
            kind = Kind { place: None, error: String::new() };
            words.message = "of many other kinds".into();
        }
        let seen = kinds.entry(kind).or_insert(Seen { message: words.message, lines: 0, left_out: 0 });
        let through = seen.lines < self.most;
        seen.lines += u32::from(through);
        seen.left_out += u64::from(!through);
        through
    }
}

impl<S> Filter<S> for Sampled {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.lets_through(event)
    }
}

/// What tells the kind of a line.
#[derive(Default)]
struct Words {
    message: String,
    error: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "error" {
            value.clone_into(&mut self.error);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;
    use tracing::subscriber::with_default;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    pub(crate) fn logged(most: u32, act: impl FnOnce(&Sampled)) -> Vec<String> {
        let (lines, sampled) = (Lines::default(), Sampled::new(most));
        let writer = lines.clone();
        let layer =
            fmt::layer().with_ansi(false).without_time().fmt_fields(fields()).with_writer(move || writer.clone());
        let filtered = layer.with_filter(sampled.clone()).with_filter(EnvFilter::new("debug"));
        with_default(Registry::default().with(filtered), || act(&sampled));
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    fn refuse(error: &str) {
        tracing::info!(target: "idp::refusal", error, "refused");
    }

    #[test]
    fn a_flood_of_one_kind_writes_so_many_lines_and_one_that_counts_the_rest() {
        let lines = logged(3, |sampled| {
            (0..1000).for_each(|_| refuse("invalid_client"));
            refuse("invalid_grant");
            tracing::error!(target: "idp::failure", "failed");
            sampled.say();
            sampled.say();
        });
        assert_eq!(lines.len(), 3 + 1 + 1 + 1, "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.contains("invalid_grant")).count(), 1);
        let said = lines.last().unwrap();
        for words in ["WARN", "left_out=997", "like=\"refused\"", "error=\"invalid_client\""] {
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn every_interval_begins_anew() {
        let lines = logged(1, |sampled| {
            for _ in 0..3 {
                refuse("invalid_client");
                refuse("invalid_client");
                sampled.say();
            }
        });
        assert_eq!(lines.len(), 6, "{lines:#?}");
    }

    #[test]
    fn what_is_asked_for_stays_whole() {
        let flood = |_: &Sampled| (0..50).for_each(|_| tracing::debug!("looked at"));
        assert_eq!(logged(1, flood).len(), 50);
        assert_eq!(logged(0, |_| (0..50).for_each(|_| refuse("x"))).len(), 50);
    }

    #[test]
    fn what_somebody_sent_writes_no_line_of_its_own_and_no_code_of_a_terminal() {
        let nasty = "a\n2026 ERROR forged \u{1b}[31m\u{9b}2J";
        let lines = logged(9, |_| {
            tracing::warn!(why = %nasty, detail = nasty, debug = ?nasty, "{nasty}");
        });
        assert!(lines.concat().chars().all(|c| !c.is_control()), "{lines:#?}");
        assert_eq!(lines.len(), 1, "{lines:#?}");
    }

    #[test]
    fn kinds_without_end_are_counted_as_one() {
        let lines = logged(1, |sampled| {
            (0..MOST_KINDS + 500).for_each(|number| refuse(&number.to_string()));
            sampled.say();
        });
        assert_eq!(lines.len(), MOST_KINDS + 1 + 1, "{}", lines.len());
        assert!(lines.last().unwrap().contains("left_out=499"), "{:?}", lines.last());
    }
}
