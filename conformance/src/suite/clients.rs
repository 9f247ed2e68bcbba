//! The clients that are registered beforehand, for plans whose modules do not register their own.

use super::{Outcome, Place, read};
use idp_core::oauth::authorize::ResponseType;
use serde_json::{Map, Value, json};

/// The suite serves a configuration's addresses below this name.
const ALIAS: &str = "shenfen";

/// One of them. The suite answers at addresses of logout in modules of logout alone, and takes a message anywhere else for a
/// fault; therefore only those named after it have such an address.
struct Static {
    id: &'static str,
    method: &'static str,
    /// The option, and what the suite calls the place.
    logout: Option<(&'static str, &'static str)>,
}

const fn quiet(id: &'static str, method: &'static str) -> Static {
    Static { id, method, logout: None }
}

const CLIENTS: [Static; 5] = [
    quiet("client", "client_secret_basic"),
    quiet("client2", "client_secret_basic"),
    quiet("client_secret_post", "client_secret_post"),
    Static {
        logout: Some(("--backchannel-logout-uri", "backchannel_logout")),
        ..quiet("listening", "client_secret_basic")
    },
    Static {
        logout: Some(("--frontchannel-logout-uri", "frontchannel_logout")),
        ..quiet("framed", "client_secret_basic")
    },
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
        ("--grant-type", "implicit".into()),
    ];
    let types = ResponseType::ALL.map(|kind| ("--response-type", kind.as_str().to_owned()));
    let listens = client.logout.map(|(option, place)| (option, at(place)));
    let mut arguments = vec!["clients", "add", client.id];
    for (option, value) in options.iter().chain(&types).chain(&listens) {
        arguments.extend([option, value.as_str()]);
    }
    place.command(&arguments).map(drop)
}

/// What the suite is told of them.
///
/// * `first`: the first client.
pub(super) fn described(place: &Place, first: &str) -> Outcome<Map<String, Value>> {
    let mut described = Map::from_iter([("alias".to_owned(), json!(ALIAS))]);
    for (name, id) in [("client", first), ("client2", "client2"), ("client_secret_post", "client_secret_post")] {
        let secret = read(secret_file(place, id).as_ref())?;
        described.insert(name.to_owned(), json!({ "client_id": id, "client_secret": secret.trim_end() }));
    }
    Ok(described)
}
