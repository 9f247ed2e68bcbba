//! `[ephemeral]`, checked.

use super::{BadSetting, EphemeralSection, bad};
use crate::secret_file;
use idp_store::ephemeral::RedisSettings;
use idp_store::{EphemeralUrl, tls};
use std::path::Path;
use zeroize::Zeroizing;

/// The longest prefix of keys, in bytes: a key has room for 256 beside it.
const LONGEST_PREFIX: usize = 64;

impl EphemeralSection {
    /// Where ephemeral state is kept, as far as can be said without reading files.
    ///
    /// # Errors
    /// Which setting is wrong, without any password.
    pub fn url(&self) -> Result<EphemeralUrl, BadSetting> {
        let url = self.url.0.parse().map_err(|why: String| bad("ephemeral.url", why))?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.prefix.is_empty() || self.prefix.len() > LONGEST_PREFIX || !plain(&self.prefix) {
            return Err(bad(
                "ephemeral.prefix",
                format!("must be 1 to {LONGEST_PREFIX} printable characters of ASCII"),
            ));
        }
        let EphemeralUrl::Redis(redis) = &url else {
            let given = self.ca_file.is_some() || self.password_file.is_some();
            return if given {
                Err(bad("ephemeral.url", "is memory:, which has no CA and no password"))
            } else {
                Ok(url)
            };
        };
        if self.ca_file.is_some() && !redis.tls {
            return Err(bad("ephemeral.ca_file", "is for rediss:// alone"));
        }
        if self.password_file.is_some() && redis.password.is_some() {
            return Err(bad(
                "ephemeral.password_file",
                "is given, and the URL holds a password as well; take that out",
            ));
        }
        if !redis.tls && !redis.is_loopback() && !self.allow_plain {
            let words = "leads to another machine without TLS; use rediss://, or set ephemeral.allow_plain \
                         if nobody else can listen on that network";
            return Err(bad("ephemeral.url", words));
        }
        Ok(url)
    }

    /// How to reach the Redis, with what its files hold. `None`: state is kept in this process.
    ///
    /// # Errors
    /// Which setting is wrong.
    pub fn redis(&self) -> Result<Option<RedisSettings>, BadSetting> {
        let EphemeralUrl::Redis(mut url) = self.url()? else { return Ok(None) };
        if let Some(path) = &self.password_file {
            url.password = Some(read_secret("ephemeral.password_file", path)?);
        }
        let trusted = |_| tls::client(self.ca_file.as_deref()).map_err(|why| bad("ephemeral.ca_file", why));
        let tls = url.tls.then_some(()).map(trusted).transpose()?;
        Ok(Some(RedisSettings { url, tls, prefix: self.prefix.clone() }))
    }
}

/// A secret in a file that its owner alone can read; a line break at its end does not count.
pub(super) fn read_secret(key: &str, path: &Path) -> Result<Zeroizing<String>, BadSetting> {
    let wrong = |why: &dyn std::fmt::Display| bad(key, format!("{}: {why}", path.display()));
    let text = secret_file::read(path).map_err(|why| wrong(&why))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(wrong(&"is empty"));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}
