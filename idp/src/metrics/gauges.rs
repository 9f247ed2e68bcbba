//! GET /metrics — what has been counted, and what is so now.

use super::PREFIX;
use super::process::Process;
use crate::server::connection_limits::{Full, Places};
use crate::server::tls::Certificate;
use crate::wiring::{HealthCtx, JobsCtx, SignInCtx};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use idp_core::UnixMillis;
use idp_core::ids::moment_of;
use idp_store::{messages, outbox};
use keys::{Algorithm, SigningKeyRecord};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

type Float = Gauge<f64, AtomicU64>;
type ByLabel<M> = Family<[(&'static str, &'static str); 1], M>;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the figures are asked of.
#[derive(Clone)]
pub struct Watched {
    /// Everything that is counted.
    pub registry: Arc<Registry>,
    /// What is so now.
    pub gauges: Arc<Gauges>,
    /// Keys, records, the directory.
    pub jobs: JobsCtx,
    /// Whether it may be given traffic.
    pub health: HealthCtx,
    /// Hashing.
    pub sign_in: SignInCtx,
    /// Connections.
    pub places: Places,
    /// The certificate.
    pub certificate: Option<Arc<Certificate>>,
}

/// What is so now: set when the figures are fetched.
#[derive(Default)]
pub struct Gauges {
    connections: Gauge,
    turned_away: ByLabel<Counter>,
    hash_queue: Gauge,
    hashed: Counter,
    outbox_depth: Gauge,
    outbox_oldest: Float,
    messages_depth: Gauge,
    messages_oldest: Float,
    directory_age: Float,
    keys: Family<[(&'static str, &'static str); 2], Gauge>,
    ready: Gauge,
    key_change: ByLabel<Float>,
    ephemeral_up: Gauge,
    certificate_expiry: Float,
    cpu: Counter<f64, AtomicU64>,
    resident: Gauge,
    open_files: Gauge,
    most_open_files: Gauge,
}

impl Gauges {
    /// Names them; those of the process as every program names them, without our prefix.
    pub fn register(self, root: &mut Registry, with_certificate: bool) -> Arc<Self> {
        let registry = root.sub_registry_with_prefix(PREFIX);
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        registry.register("connections_open", "Open connections", self.connections.clone());
        registry.register(
            "connections_turned_away",
            "Connections for which there was no place",
            self.turned_away.clone(),
        );
        registry.register(
            "password_hash_queue",
            "Passwords that wait for a thread or are hashed",
            self.hash_queue.clone(),
        );
        registry.register("passwords_hashed", "Passwords hashed, decoys included", self.hashed.clone());
        registry.register(
            "outbox_depth",
            "Logout tokens that wait to be delivered, on all nodes",
            self.outbox_depth.clone(),
        );
        let age = "How long the oldest of them has waited";
        registry.register_with_unit("outbox_oldest", age, Unit::Seconds, self.outbox_oldest.clone());
        registry.register(
            "messages_depth",
            "Mails that wait to be delivered, on all nodes",
            self.messages_depth.clone(),
        );
        let age = "How long the oldest of them has waited";
        registry.register_with_unit("messages_oldest", age, Unit::Seconds, self.messages_oldest.clone());
        let age = "Since clients and keys were last compared with the database";
        registry.register_with_unit("directory_age", age, Unit::Seconds, self.directory_age.clone());
        registry.register("signing_keys", "Signing keys, by algorithm and state", self.keys.clone());
        let days = "Until the next key signs by itself; less than 0: it should have; without rotation there is none";
        registry.register("signing_key_change_days", days, self.key_change.clone());
        registry.register("ready", "1 while /readyz says so, as of the last look at the database", self.ready.clone());
        registry.register("ephemeral_up", "1 while ephemeral state (Redis) answers", self.ephemeral_up.clone());
        if with_certificate {
            let expiry = "When the TLS certificate expires, in seconds since 1970";
            registry.register("certificate_expiry_timestamp_seconds", expiry, self.certificate_expiry.clone());
        }
        let process = root;
        process.register("process_cpu_seconds", "CPU time, user and system", self.cpu.clone());
        process.register("process_resident_memory_bytes", "Resident memory", self.resident.clone());
        process.register("process_open_fds", "Open files", self.open_files.clone());
        process.register("process_max_fds", "Open files that are allowed", self.most_open_files.clone());
        Arc::new(self)
    }
}

/// GET /metrics.
pub async fn get(State(watched): State<Watched>) -> Response {
    watched.refresh().await;
    let mut text = String::new();
    match encode(&mut text, &watched.registry) {
        Ok(()) => ([(CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the figures cannot be written").into_response(),
    }
}

impl Watched {
    async fn refresh(&self) {
        let (gauges, base) = (&self.gauges, &self.jobs.base);
        let now = base.clock.now();
        gauges.connections.set(whole(self.places.open()));
        let limits = [
            ("everywhere", Full::Everywhere),
            ("one_address", Full::ForThisAddress),
            ("one_network", Full::ForThisNetwork),
        ];
        for (label, why) in limits {
            gauges.turned_away.get_or_create(&[("limit", label)]).inner().store(self.places.turned_away(why), RELAXED);
        }
        gauges.hash_queue.set(whole(self.sign_in.passwords.waiting()));
        gauges.hashed.inner().store(self.sign_in.passwords.hashed(), RELAXED);
        gauges.directory_age.set(base.directory.age(now).as_secs_f64());
        gauges.ready.set(i64::from(self.health.is_ready(now)));
        gauges.ephemeral_up.set(i64::from(base.ephemeral.problem().is_none()));
        if let Some(certificate) = &self.certificate {
            gauges.certificate_expiry.set(certificate.expires_at().0 as f64 / 1000.0);
        }
        self.refresh_keys(now);
        // While the database does not answer, what it said last stays; its faults are counted.
        if let Ok((depth, oldest)) = base.db.scan(outbox::depth).await {
            gauges.outbox_depth.set(depth);
            gauges.outbox_oldest.set(waited(oldest, now));
        }
        if let Ok((depth, oldest)) = base.db.scan(messages::depth).await {
            gauges.messages_depth.set(depth);
            gauges.messages_oldest.set(waited(oldest, now));
        }
        self.refresh_process();
    }

    fn refresh_keys(&self, now: UnixMillis) {
        let snapshot = self.jobs.base.directory.snapshot();
        for algorithm in Algorithm::ALL {
            for state in ["next", "active", "retiring", "retired", "compromised"] {
                let of_it = |record: &&SigningKeyRecord| record.algorithm == *algorithm && record.state.name() == state;
                let count = snapshot.ring.records().iter().filter(of_it).count();
                let labels = [("algorithm", algorithm.as_str()), ("state", state)];
                self.gauges.keys.get_or_create(&labels).set(whole(count));
            }
            let due = keys::ring::next_activation(snapshot.ring.records(), &self.jobs.key_policy, *algorithm);
            if let Some(due) = due {
                let days = (due.0 - now.0) as f64 / 86_400_000.0;
                self.gauges.key_change.get_or_create(&[("algorithm", algorithm.as_str())]).set(days);
            }
        }
    }

    fn refresh_process(&self) {
        let Some(process) = Process::now() else { return };
        self.gauges.cpu.inner().store(process.cpu_seconds.to_bits(), RELAXED);
        self.gauges.resident.set(i64::try_from(process.resident_bytes).unwrap_or(i64::MAX));
        self.gauges.open_files.set(i64::try_from(process.open_files).unwrap_or(i64::MAX));
        self.gauges
            .most_open_files
            .set(process.most_open_files.and_then(|most| i64::try_from(most).ok()).unwrap_or(-1));
    }
}

const RELAXED: std::sync::atomic::Ordering = std::sync::atomic::Ordering::Relaxed;

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How long what was noted under a time-ordered id has waited, in seconds.
fn waited(oldest: Option<String>, now: UnixMillis) -> f64 {
    oldest.and_then(|id| moment_of(&id)).map_or(0.0, |at| now.since(at).as_secs_f64())
}
