//! Identifiers as types, so that one kind is never taken for another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keys::UnixMillis;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes an id that was made by this program before: from the database or out of a sealed value.
            pub fn from_trusted(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id as stored and sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A person's account: 16 random bytes, base64url. Never sent to a portal (see [`crate::identity::subject`]).
    AccountId
}
text_id! {
    /// A browser's session: 16 random bytes, base64url. Never sent: the cookie holds the session's secret instead.
    SessionId
}
text_id! {
    /// A grant, and the authorization code that gave birth to it. Time-ordered, see [`time_ordered`].
    GrantId
}
text_id! {
    /// A relying party's `client_id` (RFC 6749 §2.2): 1 to 64 characters of `A-Z a-z 0-9 . _ ~ -`.
    ClientId
}

impl AccountId {
    /// A new id out of 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }
}

impl SessionId {
    /// A new id out of 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }
}

impl GrantId {
    /// A new id: the moment of its code and 10 random bytes.
    pub fn new(now: UnixMillis, random: [u8; 10]) -> Self {
        Self(time_ordered(now, random))
    }

    /// When its code was issued. 1970 for an id that this program did not make.
    pub fn issued_at(&self) -> UnixMillis {
        let digits = self.0.get(..11).and_then(|digits| i64::from_str_radix(digits, 16).ok());
        UnixMillis(digits.unwrap_or_default())
    }
}

/// The longest `client_id`: an authorization code carries it and stays within 512 characters.
pub const LONGEST_CLIENT_ID: usize = 64;

impl ClientId {
    /// Reads what an administrator or a request calls a client. `None`: it can name no client of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
        ((1..=LONGEST_CLIENT_ID).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }
}

/// An id whose order is that of time: 11 hexadecimal digits of milliseconds and 80 random bits. Rows written at every
/// sign-in then fall on the same page of their index.
pub fn time_ordered(now: UnixMillis, random: [u8; 10]) -> String {
    format!("{:011x}{}", now.0.max(0), URL_SAFE_NO_PAD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_rows_written_at_sign_in_sort_by_time() {
        let early = time_ordered(UnixMillis(1_763_000_000_000), [255; 10]);
        let late = time_ordered(UnixMillis(1_763_000_000_001), [0; 10]);
        assert!(early < late);
        assert_eq!(early.len(), 25);
        assert_eq!(GrantId(late).issued_at(), UnixMillis(1_763_000_000_001));
        assert_eq!(GrantId("short".into()).issued_at(), UnixMillis(0));
    }

    #[test]
    fn a_client_id_is_short_and_needs_no_escaping() {
        assert!(ClientId::parse("emic").is_some());
        assert!(ClientId::parse(&"a".repeat(64)).is_some());
        for bad in ["", "a b", "é", "a/b", "a%20", "<script>", &"a".repeat(65)] {
            assert!(ClientId::parse(bad).is_none(), "{bad:?}");
        }
    }
}
