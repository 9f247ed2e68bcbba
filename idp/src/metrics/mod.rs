//! Figures for those who watch the program, in Prometheus' text format, on a listener of their own (`server.metrics_listen`).
//!
//! A handler notes on its answer what came of a request ([`Noted`]); it is counted where the answer leaves. What something is
//! now, [`gauges`] asks when the figures are fetched. Labels have few values: never accounts, addresses or paths as sent; nor
//! clients, of which there may be thousands (the audit trail and the outbox tell those).

pub mod gauges;
mod process;

use crate::routes::PATHS;
use axum::response::Response;
use http::StatusCode;
use idp_core::client::GrantType;
use idp_core::oauth::error::OAuthErrorCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What every name begins with, but those of the process.
pub const PREFIX: &str = "idp";
/// One label: its name and its value.
type Label = [(&'static str, &'static str); 1];
/// Seconds: a single sign-on takes less than one millisecond, a password fifty.
const BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// What stands for a path that is none of ours.
const OTHER: &str = "other";
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// What came of a request, noted on its answer.
#[derive(Clone, Copy, Debug)]
pub enum Noted {
    /// Tokens.
    Tokens(GrantType),
    /// A refusal of the protocol.
    Refused(OAuthErrorCode),
    /// A failure of ours, in one word.
    Failed(&'static str),
}

impl Noted {
    /// Notes it on an answer.
    pub fn on(self, response: &mut Response) {
        response.extensions_mut().insert(self);
    }
}

/// What is counted while requests are answered. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Counters>);

struct Counters {
    /// Where in `routes` a path is counted.
    paths: HashMap<&'static str, usize>,
    /// One for each path, and the last for every other.
    routes: Vec<Route>,
    sign_ins: Family<Label, Counter>,
    tokens: Family<Label, Counter>,
    refused: Family<Label, Counter>,
    failed: Family<Label, Counter>,
    deliveries: Family<Label, Counter>,
    messages: Family<Label, Counter>,
}

/// One URL: requests by class of their status, and what they took.
struct Route {
    by_class: [Counter; CLASSES.len()],
    seconds: Histogram,
}

impl Metrics {
    /// Nothing counted yet; names the figures.
    pub fn new(root: &mut Registry) -> Self {
        let registry = root.sub_registry_with_prefix(PREFIX);
        let requests = Family::<[(&'static str, &'static str); 2], Counter>::default();
        let make: fn() -> Histogram = || Histogram::new(BUCKETS);
        let seconds = Family::<Label, Histogram, fn() -> Histogram>::new_with_constructor(make);
        let route = |path: &'static str| Route {
            by_class: CLASSES.map(|class| requests.get_or_create_owned(&[("route", path), ("status", class)])),
            seconds: seconds.get_or_create_owned(&[("route", path)]),
        };
        let counters = Counters {
            paths: PATHS.iter().enumerate().map(|(at, path)| (*path, at)).collect(),
            routes: PATHS.iter().chain(&[OTHER]).map(|path| route(path)).collect(),
            sign_ins: Family::default(),
            tokens: Family::default(),
            refused: Family::default(),
            failed: Family::default(),
            deliveries: Family::default(),
            messages: Family::default(),
        };
        registry.register("http_requests", "Requests answered, by URL and class of status", requests);
        registry.register("http_request_seconds", "From the head of a request to its answer", seconds);
        registry.register("sign_ins", "Guesses at passwords, by outcome", counters.sign_ins.clone());
        registry.register("tokens_issued", "Token answers, by grant", counters.tokens.clone());
        registry.register(
            "requests_refused",
            "Refusals of the protocol, by OAuth error code",
            counters.refused.clone(),
        );
        registry.register("requests_failed", "Failures of ours (500, 503), by kind", counters.failed.clone());
        registry.register(
            "backchannel_logouts",
            "Attempts to deliver a logout token, by outcome",
            counters.deliveries.clone(),
        );
        registry.register(
            "messages",
            "Attempts to deliver a mail or text message, by outcome",
            counters.messages.clone(),
        );
        // Those that alerts ask for are there from the start.
        for outcome in ["ok", "wrong_password", "waiting", "locked", "captcha", "throttled", "busy", "unusable"] {
            let _ = counters.sign_ins.get_or_create(&[("outcome", outcome)]);
        }
        for outcome in ["delivered", "retried", "given_up", "dropped"] {
            let _ = counters.deliveries.get_or_create(&[("outcome", outcome)]);
        }
        for outcome in ["sent", "retried", "refused", "given_up", "held", "dropped"] {
            let _ = counters.messages.get_or_create(&[("outcome", outcome)]);
        }
        for kind in
            ["database", "unavailable", "busy", "ephemeral", "keys", "not_ready", "outdated", "wrong_clock", "other"]
        {
            let _ = counters.failed.get_or_create(&[("kind", kind)]);
        }
        Self(Arc::new(counters))
    }

    /// Where requests for a path are counted.
    pub fn route(&self, path: &str) -> usize {
        self.0.paths.get(path).copied().unwrap_or(PATHS.len())
    }

    /// Counts an answer.
    pub fn answered(&self, route: usize, response: &Response, took: Duration) {
        let counters = &self.0;
        if let Some(route) = counters.routes.get(route) {
            route.seconds.observe(took.as_secs_f64());
            route.by_class.get(class_of(response.status())).map(Counter::inc);
        }
        let Some(noted) = response.extensions().get::<Noted>() else { return };
        let (family, label) = match noted {
            Noted::Tokens(grant) => (&counters.tokens, [("grant", grant.as_str())]),
            Noted::Refused(error) => (&counters.refused, [("error", error.as_str())]),
            Noted::Failed(kind) => (&counters.failed, [("kind", *kind)]),
        };
        family.get_or_create(&label).inc();
    }

    /// Counts a guess at a password, when it is judged: whoever hangs up is counted too.
    pub fn guess(&self, outcome: &'static str) {
        self.0.sign_ins.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Counts an attempt to deliver a mail or text message.
    pub fn message(&self, outcome: &'static str) {
        self.0.messages.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Counts an attempt to deliver a logout token.
    pub fn delivery(&self, outcome: &'static str) {
        self.0.deliveries.get_or_create(&[("outcome", outcome)]).inc();
    }
}

fn class_of(status: StatusCode) -> usize {
    usize::from(status.as_u16() / 100).saturating_sub(1)
}
