//! A portal that signs people in with OpenID Connect, written to be read from top to bottom and copied. It knows the
//! provider by its issuer URL only. The way through it:
//!
//! 1. `routes.rs`: every URL of the portal;
//! 2. `oidc/sign_in.rs`: send the person to the provider;
//! 3. `oidc/callback.rs`, `oidc/tokens.rs`, `oidc/jwks.rs`: take the answer back and check everything about it;
//! 4. `oidc/refresh.rs`: keep what is known about the person current;
//! 5. `oidc/logout.rs`, `oidc/backchannel_logout.rs`: sign out here, and be signed out from elsewhere;
//! 6. `portal.rs`, `home.rs`, `pages.rs`: what is the portal's own.
//!
//! Sessions live in memory: a portal with several nodes, or one whose restart shall sign nobody out, keeps them in a store.

use std::sync::Arc;

use axum::Router;

pub use crate::clock::Clock;
pub use crate::config::{Config, read_secret};

mod bounded;
mod clock;
mod config;
mod failure;
mod home;
mod http;
mod language;
mod oidc;
mod pages;
mod person;
pub mod portal;
mod routes;
mod sessions;
mod visitor;

/// What every request handler can reach.
struct App {
    config: Config,
    clock: Clock,
    provider: oidc::Provider,
    sign_ins: bounded::Bounded<oidc::SignIn>,
    sign_outs: bounded::Bounded<String>,
    sessions: sessions::Sessions,
    used_logout_tokens: bounded::Bounded<()>,
}

/// Builds the portal. It does not contact the provider yet, so that either may be started first.
///
/// `extra_ca` is the PEM of one more certificate authority to trust for the provider's TLS.
///
/// # Errors
/// If `extra_ca` is not PEM or the TLS library refuses to start.
pub fn portal(config: Config, extra_ca: Option<&[u8]>, clock: Clock) -> Result<Router, String> {
    let provider = oidc::Provider::new(config.issuer.clone(), http::Http::new(extra_ca)?, clock.clone());
    Ok(routes::routes(Arc::new(App {
        config,
        provider,
        sign_ins: bounded::Bounded::new(clock.clone(), 10_000),
        sign_outs: bounded::Bounded::new(clock.clone(), 10_000),
        sessions: sessions::Sessions::new(clock.clone()),
        used_logout_tokens: bounded::Bounded::new(clock.clone(), 10_000),
        clock,
    })))
}
