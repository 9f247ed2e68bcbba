//! JSON whose objects name each member once (RFC 7515 §4, RFC 7517 §4, RFC 7519 §4): two readers that choose differently among
//! duplicates are how one of them is deceived.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;
use thiserror::Error;

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Not JSON. The words say where.
    #[error("no JSON: {0}")]
    Syntax(String),
    /// An object, however deep, that names this member twice.
    #[error("the member {0:?} stands twice in one object")]
    Repeated(String),
}

/// Reads one JSON value.
///
/// # Errors
/// [`JsonError`].
pub fn parse(json: &[u8]) -> Result<Value, JsonError> {
    let repeated = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = Distinct(&repeated).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|why| match repeated.into_inner() {
        Some(name) => JsonError::Repeated(name),
        None => JsonError::Syntax(why.to_string()),
    })
}

/// For readers of a larger whole: `#[serde(deserialize_with = "keys::json::distinct")]`.
///
/// # Errors
/// Those of the reader, and a member that stands twice.
pub fn distinct<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    Distinct(&RefCell::new(None)).deserialize(from)
}

/// A value; notes the first member that is named twice.
#[derive(Clone, Copy)]
struct Distinct<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Distinct<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Distinct<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if members.contains_key(&name) {
                let words = format!("the member {name:?} stands twice in one object");
                *self.0.borrow_mut() = Some(name);
                return Err(de::Error::custom(words));
            }
            members.insert(name, object.next_value_seed(self)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_each_member_once_is_read_as_any_reader_would() {
        for json in [
            "null",
            "true",
            "-1",
            "18446744073709551615",
            "0.5",
            "\"a\\u0000\"",
            "[]",
            "{}",
            "[{\"a\":1},{\"a\":2}]",
            "{\"a\":{\"a\":{\"a\":[null]}}}",
        ] {
            assert_eq!(parse(json.as_bytes()).unwrap(), serde_json::from_str::<Value>(json).unwrap(), "{json}");
        }
    }

    #[test]
    fn a_member_that_stands_twice_is_named_however_deep_and_however_it_is_spelt() {
        for (json, name) in [
            ("{\"a\":1,\"a\":1}", "a"),
            ("{\"a\":1,\"\\u0061\":2}", "a"),
            ("{\"x\":[0,{\"kid\":1,\"b\":2,\"kid\":3}]}", "kid"),
            ("{\"x\":{\"y\":{\"\":1,\"\":2}}}", ""),
        ] {
            assert_eq!(parse(json.as_bytes()), Err(JsonError::Repeated(name.into())), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_apart() {
        for json in ["", "{", "{} {}", "{\"a\":1,}", "\u{feff}{}", "NaN"] {
            assert!(matches!(parse(json.as_bytes()), Err(JsonError::Syntax(_))), "{json}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(parse(deep.as_bytes()), Err(JsonError::Syntax(_))));
    }
}
