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
//! Sessions are in a file of the portal's own (`store.rs`, `sessions.rs`) and sign-ins in progress travel sealed through the
//! browser (`sealed.rs`): a restart signs nobody out and interrupts no sign-in. One process has the file; a portal with
//! several nodes puts a database that they share in its place.

use std::sync::Arc;

use axum::Router;

pub use crate::clock::Clock;
pub use crate::config::{Config, read_secret};
pub use crate::store::Store;

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
mod sealed;
mod sessions;
mod store;
mod visitor;

/// What every request handler can reach.
struct App {
    config: Config,
    clock: Clock,
    provider: oidc::Provider,
    sealer: sealed::Sealer,
    sessions: sessions::Sessions,
    store: Store,
}

/// Builds the portal. It does not contact the provider yet, so that either may be started first.
///
/// `extra_ca` is the PEM of one more certificate authority to trust for the provider's TLS.
///
/// # Errors
/// If `extra_ca` is not PEM, the TLS library refuses to start, or the key in the file cannot be read or made.
pub fn portal(config: Config, store: Store, extra_ca: Option<&[u8]>, clock: Clock) -> Result<Router, String> {
    let provider = oidc::Provider::new(config.issuer.clone(), http::Http::new(extra_ca)?, clock.clone());
    Ok(routes::routes(Arc::new(App {
        config,
        provider,
        sealer: sealed::Sealer::new(&store.sealing_key()?)?,
        sessions: sessions::Sessions::new(clock.clone(), store.clone()),
        store,
        clock,
    })))
}
