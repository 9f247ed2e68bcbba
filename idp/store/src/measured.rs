//! What units of work take, for those who watch the program: durations by kind, faults by kind, how many are under way.

use crate::Fault;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Instant;

/// Seconds: a read by key on SQLite takes microseconds, the deadline of PostgreSQL is 8 s.
const BUCKETS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

/// One label: its name and its value.
type Label = [(&'static str, &'static str); 1];

/// What kind of unit it is.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Read,
    Scan,
    Write,
}

/// The figures of one database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Measured {
    seconds: [Histogram; 3],
    by_kind: Family<Label, Histogram, fn() -> Histogram>,
    faults: Family<Label, Counter>,
    under_way: Gauge,
}

impl Measured {
    pub(crate) fn new() -> Self {
        let make: fn() -> Histogram = || Histogram::new(BUCKETS);
        let by_kind = Family::new_with_constructor(make);
        let seconds = ["read", "scan", "write"].map(|kind| by_kind.get_or_create_owned(&[("kind", kind)]));
        Self { seconds, by_kind, faults: Family::default(), under_way: Gauge::default() }
    }

    /// Names the figures.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "database_unit_seconds",
            "Units of work on the database, waiting included",
            self.by_kind.clone(),
        );
        registry.register("database_faults", "Units of work that failed", self.faults.clone());
        registry.register("database_units_under_way", "Units of work waiting or running", self.under_way.clone());
    }

    /// Runs a unit and notes what it took.
    pub(crate) async fn unit<T>(&self, kind: Kind, unit: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let under_way = UnderWay::new(&self.under_way);
        let begun = now();
        let out = unit.await;
        drop(under_way);
        let [read, scan, write] = &self.seconds;
        let histogram = match kind {
            Kind::Read => read,
            Kind::Scan => scan,
            Kind::Write => write,
        };
        histogram.observe(begun.elapsed().as_secs_f64());
        if let Err(fault) = &out {
            self.faults.get_or_create(&[("kind", fault.kind())]).inc();
        }
        out
    }
}

/// Counted until dropped: whoever asked may go away while the unit waits.
struct UnderWay<'a>(&'a Gauge);

impl<'a> UnderWay<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Now, for what something takes.
#[expect(clippy::disallowed_methods, reason = "what a unit takes is measured by the machine's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
