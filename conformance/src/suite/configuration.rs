//! The configuration that a plan is made of.

use super::plan::Clients;
use super::{ISSUER, Outcome, Place, browser, clients, fapi};
use serde_json::{Map, Value, json};

/// The configuration for a plan with these clients.
pub(super) fn configuration(place: &Place, who: Clients) -> Outcome<Value> {
    let mut configuration = json!({
        "description": format!("provider at {ISSUER}"),
        "server": { "discoveryUrl": format!("{ISSUER}/.well-known/openid-configuration"), "login_hint": who.person() },
        "client": { "client_name": "first-openid-client" },
        "client2": { "client_name": "second-openid-client" },
        "browser": browser::usual(who.person()),
        "override": browser::overrides(who.person()),
    });
    let mut registered = match who {
        Clients::Static => clients::described(place, "client")?,
        Clients::StaticListening => clients::described(place, "listening")?,
        Clients::StaticFramed => clients::described(place, "framed")?,
        Clients::Fapi2 => fapi::described(place, false)?,
        Clients::Fapi2Signing => fapi::described(place, true)?,
        Clients::Dynamic => Map::new(),
    };
    if let Some(members) = configuration.as_object_mut() {
        members.append(&mut registered);
    }
    Ok(configuration)
}
