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

/// The beginning of every [`time_ordered`] id of a moment. It sorts before all of them, and behind those of the millisecond
/// before.
pub fn first_of(moment: UnixMillis) -> String {
    format!("{:011x}", moment.0.max(0))
}

/// The moment of a [`time_ordered`] id, by the clock of the node that made it. `None`: it is no such id.
pub fn moment_of(id: &str) -> Option<UnixMillis> {
    let (digits, random) = id.split_at_checked(MOMENT)?;
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let whole = random.len() == 14 && digits.bytes().all(plain);
    whole.then(|| i64::from_str_radix(digits, 16).ok().map(UnixMillis)).flatten()
}

/// Digits of the moment in a [`time_ordered`] id.
const MOMENT: usize = 11;

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
    fn the_beginning_of_a_moment_sorts_before_its_ids_and_behind_those_of_the_moment_before() {
        let moment = UnixMillis(1_763_000_000_000);
        for random in [[0; 10], [255; 10], [0xfb; 10], [0x33; 10]] {
            let id = time_ordered(moment, random);
            assert!(first_of(moment) < id && id < first_of(UnixMillis(moment.0 + 1)), "{id}");
            assert_eq!(moment_of(&id), Some(moment));
        }
        for none in ["", "x", "0019a7f2d2c0", "0019a7f2d2cAAAAAAAAAAAAAAA", "+19a7f2d2c0AAAAAAAAAAAAAA"] {
            assert_eq!(moment_of(none), None, "{none}");
        }
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
