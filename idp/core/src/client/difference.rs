//! What changed in a client's record, for the audit.

use super::Client;
use keys::{b64, sha256};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The fields of a client that changed, each with `from` and `to`, for the audit. The record holds no secret.
///
/// # Errors
/// Never in practice: serialisation of plain values.
pub fn difference(before: &Client, after: &Client) -> Result<Map<String, Value>, serde_json::Error> {
    let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let fields = |document: &Value| document.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let names: BTreeSet<String> = fields(&old);
    let names = names.union(&fields(&new)).cloned().collect::<Vec<_>>();
    let differing = names.into_iter().filter(|name| old.get(name) != new.get(name));
    Ok(differing.map(|name| (name.clone(), json!({ "from": old.get(&name), "to": new.get(&name) }))).collect())
}

/// The most characters of a value, as JSON, that a client may put into the audit whole.
const LONGEST_NOTED: usize = 200;

/// A [`difference`] whose long values are their beginning and the SHA-256 of the whole, as JSON: a client that changes itself would
/// otherwise fill the audit.
pub fn shortened(difference: Map<String, Value>) -> Map<String, Value> {
    let short = |value: Value| {
        let text = value.to_string();
        let length = text.chars().count();
        if length <= LONGEST_NOTED {
            return value;
        }
        let beginning: String = text.chars().take(LONGEST_NOTED).collect();
        json!({ "beginning": beginning, "characters": length, "sha256": b64::encode(&sha256(text.as_bytes())) })
    };
    let both = |change| match change {
        Value::Object(ends) => ends.into_iter().map(|(end, value)| (end, short(value))).collect(),
        other => short(other),
    };
    difference.into_iter().map(|(name, change)| (name, both(change))).collect()
}
