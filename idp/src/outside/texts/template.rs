//! What a gateway is sent: the fields and headers of the settings, in which names in braces stand for what each message has.

use super::Text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idp_core::membership::typed::international;
use serde_json::{Map, Value};

/// What stands in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The number as it is dialled here: 0911123456.
    Number,
    /// The number as the whole world dials it: +886911123456.
    International,
    /// What the message says.
    Text,
    /// The id of the message, the same whenever it is sent again.
    Id,
    /// The secret of the file.
    Secret,
    /// The same in base64: `USER:PASSWORD` for HTTP Basic (RFC 7617).
    SecretBase64,
}

const SLOTS: [(&str, Slot); 6] = [
    ("{number}", Slot::Number),
    ("{international}", Slot::International),
    ("{text}", Slot::Text),
    ("{id}", Slot::Id),
    ("{secret}", Slot::Secret),
    ("{secret_base64}", Slot::SecretBase64),
];

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    Slot(Slot),
}

/// The parts. What is put in is never read as a template again.
///
/// # Errors
/// The first name in braces that there is not.
fn pieces(template: &str) -> Result<Vec<Piece<'_>>, &str> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(begins) = rest.find('{') {
        let (before, from) = rest.split_at(begins);
        let known = SLOTS.iter().find(|(name, _)| from.starts_with(name));
        let Some((name, slot)) = known else {
            let end = from.find('}').map_or(from.len(), |end| end + 1);
            return Err(from.get(..end).unwrap_or(from));
        };
        pieces.extend([Piece::Words(before), Piece::Slot(*slot)]);
        rest = from.get(name.len()..).unwrap_or_default();
    }
    pieces.push(Piece::Words(rest));
    Ok(pieces)
}

/// What a template asks for.
///
/// # Errors
/// The first name in braces that there is not.
pub fn slots(template: &str) -> Result<Vec<Slot>, String> {
    let found = pieces(template).map_err(str::to_owned)?;
    let slot = |piece| match piece {
        Piece::Slot(slot) => Some(slot),
        Piece::Words(_) => None,
    };
    Ok(found.into_iter().filter_map(slot).collect())
}

/// The same of every text in a value.
///
/// # Errors
/// The first name in braces that there is not.
pub fn slots_in(value: &Value) -> Result<Vec<Slot>, String> {
    match value {
        Value::String(template) => slots(template),
        Value::Array(values) => values.iter().map(slots_in).collect::<Result<Vec<_>, _>>().map(|all| all.concat()),
        Value::Object(fields) => fields.values().map(slots_in).collect::<Result<Vec<_>, _>>().map(|all| all.concat()),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Vec::new()),
    }
}

/// A template with a message put in.
pub fn fill(template: &str, text: &Text, secret: &str) -> String {
    let put = |piece: Piece<'_>| match piece {
        Piece::Words(words) => words.to_owned(),
        Piece::Slot(Slot::Number) => text.number.clone(),
        Piece::Slot(Slot::International) => international(&text.number, None),
        Piece::Slot(Slot::Text) => text.says.clone(),
        Piece::Slot(Slot::Id) => text.id.clone(),
        Piece::Slot(Slot::Secret) => secret.to_owned(),
        Piece::Slot(Slot::SecretBase64) => STANDARD.encode(secret),
    };
    // The settings were checked.
    pieces(template).map(|pieces| pieces.into_iter().map(put).collect()).unwrap_or_default()
}

/// The same for every text in a value.
pub fn fill_in(value: &Value, text: &Text, secret: &str) -> Value {
    match value {
        Value::String(template) => Value::String(fill(template, text, secret)),
        Value::Array(values) => Value::Array(values.iter().map(|value| fill_in(value, text, secret)).collect()),
        Value::Object(fields) => Value::Object(fill_fields(fields, text, secret)),
        other => other.clone(),
    }
}

/// The same for named fields.
pub fn fill_fields(fields: &Map<String, Value>, text: &Text, secret: &str) -> Map<String, Value> {
    fields.iter().map(|(name, value)| (name.clone(), fill_in(value, text, secret))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_in_braces_stand_for_what_the_message_has_and_are_put_in_once() {
        let text = Text { id: "01".into(), number: "0911123456".into(), says: "{secret} {number}".into() };
        let fields = json!({
            "to": ["{international}"], "dest": { "national": "{number}" }, "body": "{text}!", "ref": "sms-{id}",
            "auth": "{secret}/{secret_base64}", "flash": false, "n": 1,
        });
        let filled = json!({
            "to": ["+886911123456"], "dest": { "national": "0911123456" }, "body": "{secret} {number}!", "ref": "sms-01",
            "auth": "user:密/dXNlcjrlr4Y=", "flash": false, "n": 1,
        });
        assert_eq!(fill_in(&fields, &text, "user:密"), filled);
        assert_eq!(slots_in(&fields).unwrap().len(), 6);
    }

    #[test]
    fn a_name_that_there_is_not_is_named() {
        for (template, named) in
            [("{nummer}", "{nummer}"), ("a {text} {x", "{x"), ("{}", "{}"), ("{{text}}", "{{text}")]
        {
            assert_eq!(slots(template).unwrap_err(), named);
        }
        assert_eq!(slots("no braces").unwrap(), []);
    }
}
