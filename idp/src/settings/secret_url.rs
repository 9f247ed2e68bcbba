//! A URL that may hold a password, which is read and never written.

use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A setting such as `redis://idp:SECRET@10.0.0.5:6379`. Printed, logged and serialised as `redis://idp:…@10.0.0.5:6379`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(pub String);

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last @: a password that was not encoded may hold one itself.
        let hidden = self.0.split_once("//").and_then(|(scheme, rest)| {
            let (who, host) = rest.rsplit_once('@')?;
            let (user, _password) = who.split_once(':')?;
            Some((scheme, user, host))
        });
        match hidden {
            Some((scheme, user, host)) => write!(f, "{scheme}//{user}:…@{host}"),
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::SecretUrl;

    #[test]
    fn a_password_is_shown_by_nothing() {
        for (written, shown) in [
            ("memory:", "memory:"),
            ("sqlite:/srv/a:b@c.db", "sqlite:/srv/a:b@c.db"),
            ("postgres//idp:geheim@h/idp", "postgres//idp:…@h/idp"),
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("redis://idp@h/1", "redis://idp@h/1"),
            ("redis://idp:geheim@h:1/2", "redis://idp:…@h:1/2"),
            ("redis://:geheim@h", "redis://:…@h"),
            ("redis://idp:ge@geheim/x@h", "redis://idp:…@h"),
        ] {
            let url = SecretUrl(written.into());
            assert_eq!(url.to_string(), shown);
            assert_eq!(serde_json::to_value(&url).unwrap(), shown);
            assert!(!format!("{url:?}").contains("geheim"));
        }
    }
}
