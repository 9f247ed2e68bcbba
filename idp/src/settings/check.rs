//! What can be checked of settings without starting: bounds, and what one says beside another.

use super::{BadSetting, Settings, Span, bad};
use crate::client_address::TrustedProxies;
use idp_core::shown_text;
use std::net::SocketAddr;

/// The longest name of the provider, in characters.
const LONGEST_BRAND: usize = 80;
const LONGEST_SERVICE_DESK: usize = 200;

impl Settings {
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let issuer = self.issuer()?;
        self.database_url()?;
        TrustedProxies::parse(&self.server.trusted_proxies)?;
        self.ephemeral.url()?;
        self.check_server()?;
        match (&self.server.tls_certificate_file, &self.server.tls_key_file) {
            (Some(_), None) => return Err(bad("server.tls_key_file", "is needed beside server.tls_certificate_file")),
            (None, Some(_)) => return Err(bad("server.tls_certificate_file", "is needed beside server.tls_key_file")),
            (Some(_), Some(_)) if issuer.scheme() != "https" => {
                return Err(bad("server.issuer", "must be https, since a certificate is given"));
            }
            _ => {}
        }
        if !(1..=1000).contains(&self.database.connections) {
            return Err(bad("database.connections", "must be 1 to 1000"));
        }
        self.registration.scopes()?;
        self.mail.check((&issuer, self.server.listen))?;
        self.texts.check()?;
        self.membership.check()?;
        self.check_numbers()
    }

    fn check_server(&self) -> Result<(), BadSetting> {
        let server = &self.server;
        shown_text::name(&server.brand, LONGEST_BRAND).map_err(|why| bad("server.brand", why))?;
        if let Some(desk) = &server.service_desk {
            shown_text::name(desk, LONGEST_SERVICE_DESK).map_err(|why| bad("server.service_desk", why))?;
        }
        let (people, figures) = (server.listen, server.metrics_listen);
        let same = |figures: SocketAddr| {
            let hosts = [people.ip(), figures.ip()].map(|ip| ip.to_canonical());
            let anywhere = people.ip().is_unspecified() || figures.ip().is_unspecified();
            people.port() == figures.port() && people.port() != 0 && (hosts[0] == hosts[1] || anywhere)
        };
        match figures.filter(|figures| same(*figures)) {
            Some(on) => Err(bad(
                "server.metrics_listen",
                format!("{on} is taken by server.listen ({people}); give it another port, such as 127.0.0.1:9464"),
            )),
            None => Ok(()),
        }
    }

    fn check_numbers(&self) -> Result<(), BadSetting> {
        let at_least = |key: &str, span: &Span, least: u64| {
            let fine = span.0.as_secs() >= least;
            if fine { Ok(()) } else { Err(bad(key, format!("must be {least} s at least"))) }
        };
        at_least("server.handshake_timeout", &self.server.handshake_timeout, 1)?;
        at_least("server.head_timeout", &self.server.head_timeout, 1)?;
        at_least("server.body_timeout", &self.server.body_timeout, 1)?;
        at_least("server.idle_timeout", &self.server.idle_timeout, 1)?;
        if self.server.max_connections < 16 {
            return Err(bad("server.max_connections", "must be 16 at least"));
        }
        if self.server.connections_per_address < 1 || self.server.connections_per_network < 1 {
            return Err(bad("server.connections_per_address", "and server.connections_per_network must be 1 at least"));
        }
        at_least("keys.jwks_max_age", &self.keys.jwks_max_age, 1)?;
        at_least("lifetimes.code", &self.lifetimes.code, 5)?;
        at_least("lifetimes.access_token", &self.lifetimes.access_token, 5)?;
        at_least("lifetimes.id_token", &self.lifetimes.id_token, 5)?;
        at_least("lifetimes.logout_token", &self.lifetimes.logout_token, 5)?;
        at_least("lifetimes.session", &self.lifetimes.session, 60)?;
        at_least("lifetimes.session_idle", &self.lifetimes.session_idle, 60)?;
        at_least("lifetimes.refresh", &self.lifetimes.refresh, 60)?;
        at_least("lifetimes.refresh_idle", &self.lifetimes.refresh_idle, 60)?;
        at_least("lifetimes.pushed_request", &self.lifetimes.pushed_request, 5)?;
        at_least("lifetimes.sign_in_page", &self.lifetimes.sign_in_page, 1)?;
        if self.registration.unused_kept().is_some() {
            at_least("registration.keep_unused", &self.registration.keep_unused, 3600)?;
        }
        if self.audit.kept().is_some() {
            at_least("audit.keep", &self.audit.keep, 86_400)?;
        }
        if self.lifetimes.code.0.as_secs() > 600 {
            return Err(bad("lifetimes.code", "must be 10 minutes at most (RFC 6749 §4.1.2)"));
        }
        if self.lifetimes.pushed_request.0.as_secs() > 600 {
            return Err(bad("lifetimes.pushed_request", "must be 10 minutes at most (RFC 9126 §2.2)"));
        }
        if self.requests.pushed_per_minute < 1 {
            return Err(bad("requests.pushed_per_minute", "must be 1 at least"));
        }
        if self.keys.jwks_max_age.0.as_secs() > 3600 {
            return Err(bad("keys.jwks_max_age", "must be 1 hour at most"));
        }
        if self.passwords.argon2_memory_kib < 7 * 1024 || self.passwords.argon2_passes < 1 {
            return Err(bad("passwords.argon2_memory_kib", "must be 7168 at least, with 1 pass at least (OWASP)"));
        }
        if self.passwords.lock_at < 1 || self.passwords.longer_from < 1 {
            return Err(bad("passwords.lock_at", "and passwords.longer_from must be 1 at least"));
        }
        Ok(())
    }
}
