//! The clients that are registered beforehand, for plans whose modules do not register their own.

use super::{Outcome, Place, read};
use serde_json::{Map, Value, json};

/// The suite serves a configuration's addresses below this name.
pub(super) const ALIAS: &str = "shenfen";

/// One of them. The suite answers at addresses of logout in modules of logout alone, and takes a message anywhere else for a
/// fault; therefore only `listening` has such an address.
struct Static {
    id: &'static str,
    method: &'static str,
    backchannel_logout: bool,
}

const fn quiet(id: &'static str, method: &'static str) -> Static {
    Static { id, method, backchannel_logout: false }
}

const CLIENTS: [Static; 4] = [
    quiet("client", "client_secret_basic"),
    quiet("client2", "client_secret_basic"),
    quiet("client_secret_post", "client_secret_post"),
    Static { backchannel_logout: true, ..quiet("listening", "client_secret_basic") },
];

fn secret_file(place: &Place, id: &str) -> String {
    place.folder.join(format!("{id}.secret")).display().to_string()
}

/// Registers them; the command line makes their secrets.
pub(super) fn register(place: &Place) -> Outcome<()> {
    CLIENTS.iter().try_for_each(|client| add(place, client))
}

fn add(place: &Place, client: &Static) -> Outcome<()> {
    let at = |name: &str| format!("{}/test/a/{ALIAS}/{name}", place.suite());
    let options = [
        ("--name", format!("Conformance {}", client.id)),
        ("--profile", "standard".into()),
        ("--redirect-uri", at("callback")),
        ("--post-logout-redirect-uri", at("post_logout_redirect")),
        ("--scope", "openid profile email address phone offline_access".into()),
        ("--auth-method", client.method.into()),
        ("--secret-file", secret_file(place, client.id)),
        ("--grant-type", "authorization_code".into()),
        ("--grant-type", "refresh_token".into()),
    ];
    let listens = client.backchannel_logout.then(|| ("--backchannel-logout-uri", at("backchannel_logout")));
    let mut arguments = vec!["clients", "add", client.id];
    for (option, value) in options.iter().chain(&listens) {
        arguments.extend([option, value.as_str()]);
    }
    place.command(&arguments).map(drop)
}

/// What the suite is told of them. `listening`: of the one that hears of sign-outs, as its first client.
pub(super) fn described(place: &Place, listening: bool) -> Outcome<Map<String, Value>> {
    let first = if listening { "listening" } else { "client" };
    let mut described = Map::from_iter([("alias".to_owned(), json!(ALIAS))]);
    for (name, id) in [("client", first), ("client2", "client2"), ("client_secret_post", "client_secret_post")] {
        let secret = read(secret_file(place, id).as_ref())?;
        described.insert(name.to_owned(), json!({ "client_id": id, "client_secret": secret.trim_end() }));
    }
    Ok(described)
}
