//! The parameters of a request: decoded once, bounded, each at most once (RFC 6749 §3.1, §3.2).

use super::error::OAuthError;
use std::borrow::Cow;

/// The longest query or form body that is read, in bytes.
pub const LONGEST: usize = 16 * 1024;
/// The most parameters that are read.
pub const MOST: usize = 64;

/// Why parameters could not be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// More than [`LONGEST`] bytes.
    TooLong,
    /// More than [`MOST`] parameters.
    TooMany,
}

impl From<Unreadable> for OAuthError {
    fn from(why: Unreadable) -> Self {
        OAuthError::invalid_request(match why {
            Unreadable::TooLong => "the parameters are longer than 16384 bytes",
            Unreadable::TooMany => "there are more than 64 parameters",
        })
    }
}

/// Decoded parameters. One without a value counts as not sent (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Params<'a> {
    /// Decodes `application/x-www-form-urlencoded` text: a query or a form body.
    ///
    /// # Errors
    /// When it exceeds the bounds.
    pub fn parse(text: &'a [u8]) -> Result<Self, Unreadable> {
        if text.len() > LONGEST {
            return Err(Unreadable::TooLong);
        }
        let mut pairs = Vec::with_capacity(12);
        for pair in form_urlencoded::parse(text) {
            if pairs.len() == MOST {
                return Err(Unreadable::TooMany);
            }
            pairs.push(pair);
        }
        Ok(Self { pairs })
    }

    /// The value of a parameter, the first if it was repeated: whoever decides anything by it has asked
    /// [`Self::repeated`] before.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }

    /// Whether a parameter of this name was sent more than once.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.pairs.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// The first name that was sent more than once.
    pub fn repeated(&self) -> Option<&str> {
        let twice =
            |(at, (key, _)): (usize, &(Cow<'a, str>, _))| self.pairs.iter().take(at).any(|(other, _)| other == key);
        self.pairs.iter().enumerate().find(|entry| twice(*entry)).map(|(_, (key, _))| key.as_ref())
    }

    /// The value of a parameter at an endpoint that answers directly.
    ///
    /// # Errors
    /// `invalid_request` if it is missing.
    pub fn require(&self, name: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::invalid_request(format!("the parameter {name} is missing")))
    }

    /// Refuses repeated parameters at an endpoint that answers directly.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn refuse_repeated(&self) -> Result<(), OAuthError> {
        match self.repeated() {
            // The name is the client's own text: it stays out of the answer.
            Some(_) => Err(OAuthError::invalid_request("a parameter was sent more than once")),
            None => Ok(()),
        }
    }

    /// Every pair, in the order sent.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_once_and_no_more() {
        let params = Params::parse(b"redirect_uri=https%3A%2F%2Fa%252e%252e%2Fcb&scope=a+b").unwrap();
        assert_eq!(params.get("redirect_uri"), Some("https://a%2e%2e/cb"));
        assert_eq!(params.get("scope"), Some("a b"));
    }

    #[test]
    fn a_parameter_without_a_value_was_not_sent() {
        let params = Params::parse(b"state=&prompt").unwrap();
        assert_eq!((params.get("state"), params.get("prompt"), params.get("nonce")), (None, None, None));
    }

    #[test]
    fn a_repeated_parameter_is_found_wherever_it_stands() {
        let params = Params::parse(b"a=1&b=2&a=1").unwrap();
        assert_eq!(params.repeated(), Some("a"));
        assert!(params.is_repeated("a") && !params.is_repeated("b"));
        assert!(params.refuse_repeated().is_err());
    }

    #[test]
    fn oversized_parameters_are_refused_before_they_are_decoded() {
        assert_eq!(Params::parse(&[b'a'; LONGEST + 1]).unwrap_err(), Unreadable::TooLong);
        assert_eq!(Params::parse("a=1&".repeat(MOST + 1).as_bytes()).unwrap_err(), Unreadable::TooMany);
    }
}
