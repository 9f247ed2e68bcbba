//! The certificate of the listener: read at the start, and again when its files change or SIGHUP comes. A pair that does not
//! fit is refused, and the one in use stays; connections go on with what they began with.

use crate::clock::Clock;
use crate::secret_file;
use crate::settings::{self, BadSetting};
use arc_swap::ArcSwap;
use idp_core::UnixMillis;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOKED_AT: Duration = Duration::from_secs(2);
/// From when on it is said that the certificate is about to expire, and how often.
const WARN_BEFORE: Duration = Duration::from_secs(14 * 86_400);
const WARN_EVERY: Duration = Duration::from_secs(86_400);

/// The certificate in use.
pub struct Certificate {
    files: Files,
    clock: Clock,
    current: ArcSwap<Pair>,
    /// What the files looked like when they were last tried.
    tried: Mutex<Looks>,
    warned_at: AtomicI64,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

struct Pair {
    config: Arc<ServerConfig>,
    expires_at: UnixMillis,
}

/// What tells that a file was changed: device, inode, length, time of its last change, be it of its mode alone, in nanoseconds.
type Looks = [Option<(u64, u64, u64, i64, i64)>; 2];

impl Certificate {
    /// Reads the certificate that the settings name, if they do.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(settings: &settings::Server, clock: &Clock) -> Result<Option<Arc<Self>>, BadSetting> {
        let (Some(certificate), Some(key)) = (&settings.tls_certificate_file, &settings.tls_key_file) else {
            return Ok(None);
        };
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let tried = Mutex::new(files.looks());
        let current = ArcSwap::from_pointee(files.read()?);
        let warned_at = AtomicI64::new(i64::MIN);
        Ok(Some(Arc::new(Self { files, clock: clock.clone(), current, tried, warned_at })))
    }

    /// Speaks TLS with the certificate in use.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load().config.clone())
    }

    /// When the certificate in use expires.
    pub fn expires_at(&self) -> UnixMillis {
        self.current.load().expires_at
    }

    /// Looks at the files every two seconds, and whenever the bell rings. Never done.
    pub async fn keep_fresh(self: Arc<Self>, bell: Arc<Notify>) {
        let mut ticks = tokio::time::interval(LOOKED_AT);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                _ = ticks.tick() => false,
                () = bell.notified() => true,
            };
            let this = self.clone();
            let looked = tokio::task::spawn_blocking(move || this.look(asked)).await;
            if looked.is_err() {
                tracing::error!("looking at the TLS certificate panicked; it is tried again");
            }
        }
    }

    /// Reads the pair if its files changed, or if asked to.
    fn look(&self, asked: bool) {
        let looks = self.files.looks();
        let before = std::mem::replace(&mut *self.tried.lock().unwrap_or_else(PoisonError::into_inner), looks);
        if asked || before != looks {
            match self.files.read().and_then(|pair| self.check(pair)) {
                Ok(pair) => {
                    tracing::info!(expires = %words(pair.expires_at), "the TLS certificate was read anew");
                    self.current.store(Arc::new(pair));
                    self.warned_at.store(i64::MIN, Ordering::Relaxed);
                }
                Err(why) => tracing::error!(%why, "the new TLS certificate cannot be used; the one in use stays"),
            }
        }
        self.warn();
    }

    /// One that is over is no better than the one in use.
    fn check(&self, pair: Pair) -> Result<Pair, BadSetting> {
        if pair.expires_at <= self.clock.now() {
            return Err(wrong(
                "certificate",
                &self.files.certificate,
                &format!("expired at {}", words(pair.expires_at)),
            ));
        }
        Ok(pair)
    }

    fn warn(&self) {
        let (now, expires_at) = (self.clock.now(), self.expires_at());
        let warned_at = UnixMillis(self.warned_at.load(Ordering::Relaxed));
        if expires_at.minus(WARN_BEFORE) <= now && warned_at.plus(WARN_EVERY) <= now {
            self.warned_at.store(now.0, Ordering::Relaxed);
            tracing::warn!(expires = %words(expires_at), "the TLS certificate is about to expire, or did; renew it");
        }
    }
}

impl Files {
    fn looks(&self) -> Looks {
        [&self.certificate, &self.key].map(|path| {
            let meta = std::fs::metadata(path).ok()?;
            Some((meta.dev(), meta.ino(), meta.len(), meta.ctime(), meta.ctime_nsec()))
        })
    }

    fn read(&self) -> Result<Pair, BadSetting> {
        let Self { certificate, key } = self;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
        let chain = chain.map_err(|why| wrong("certificate", certificate, &why))?;
        let expires_at = chain.first().map_or(Err("it holds no certificate".to_owned()), |first| expiry(first));
        let expires_at = expires_at.map_err(|why| wrong("certificate", certificate, &why))?;
        let private = secret_file::read(key).map_err(|why| wrong("key", key, &why))?;
        let private = PrivateKeyDer::from_pem_slice(private.as_bytes()).map_err(|why| wrong("key", key, &why))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = versions.map_err(|why| BadSetting(format!("TLS: {why}")))?.with_no_client_auth();
        let mut config =
            builder.with_single_cert(chain, private).map_err(|why| wrong("certificate", certificate, &why))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Pair { config: Arc::new(config), expires_at })
    }
}

fn expiry(certificate: &CertificateDer<'_>) -> Result<UnixMillis, String> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).map_err(|why| why.to_string())?;
    Ok(UnixMillis(parsed.validity().not_after.timestamp().saturating_mul(1000)))
}

fn wrong(which: &str, path: &Path, why: &dyn Display) -> BadSetting {
    BadSetting(format!("setting server.tls_{which}_file: {}: {why}", path.display()))
}

/// For the log.
fn words(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| "a time beyond reckoning".into(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt;

    /// Puts a pair in the place of the one that is there.
    fn put(files: &Files, key_mode: u32) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        write(&files.certificate, made.cert.pem()).unwrap();
        write(&files.key, made.signing_key.serialize_pem()).unwrap();
        set_permissions(&files.key, Permissions::from_mode(key_mode)).unwrap();
    }

    #[test]
    fn fourteen_days_before_it_expires_it_is_said_once_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        put(&Files { certificate: path("certificate.pem"), key: path("key.pem") }, 0o600);
        let settings = settings::Server {
            tls_certificate_file: Some(path("certificate.pem")),
            tls_key_file: Some(path("key.pem")),
            ..settings::Server::default()
        };
        let clock = Clock::manual();
        let certificate = Certificate::of(&settings, &clock).unwrap().unwrap();
        let days = |count: u64| Duration::from_secs(count * 86_400);
        let warned = || crate::log::tests::logged(0, |_| certificate.look(false)).len();
        let left = certificate.expires_at().since(clock.now());
        clock.advance(left - days(14) - Duration::from_secs(60));
        assert_eq!(warned(), 0, "not yet");
        clock.advance(Duration::from_secs(120));
        assert_eq!((warned(), warned()), (1, 0));
        clock.advance(days(1));
        assert_eq!((warned(), warned()), (1, 0), "a day later");
        clock.advance(days(20));
        assert_eq!(warned(), 1, "it is over");
    }

    #[test]
    fn what_the_log_says_to_do_about_a_key_that_others_can_read_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = || Files { certificate: path("certificate.pem"), key: path("key.pem") };
        put(&files(), 0o600);
        let settings = settings::Server {
            tls_certificate_file: Some(files().certificate),
            tls_key_file: Some(files().key),
            ..settings::Server::default()
        };
        let certificate = Certificate::of(&settings, &Clock::System).unwrap().unwrap();
        let first = certificate.current.load_full();
        put(&files(), 0o640);
        certificate.look(false);
        assert!(Arc::ptr_eq(&first, &certificate.current.load_full()), "a key that others can read is not used");
        set_permissions(files().key, Permissions::from_mode(0o600)).unwrap();
        certificate.look(false);
        assert!(!Arc::ptr_eq(&first, &certificate.current.load_full()), "chmod 600 was not noticed");
        let second = certificate.current.load_full();
        certificate.look(false);
        assert!(Arc::ptr_eq(&second, &certificate.current.load_full()), "nothing changed");
    }
}
