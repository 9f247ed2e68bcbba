//! `idp clients` — relying parties: which commands there are, showing them.

use super::output::table;
use super::{
    CommandError, Context, clients_add, clients_change, clients_logouts, clients_shown, operator, registration_tokens,
};
use crate::keystore::{Prepared, signing_ring};
use clap::Subcommand;
use idp_core::ClientId;
use idp_core::audit::{About, Event};
use idp_core::client::Client;
use idp_core::client::public_keys::PublicKeys;
use idp_core::client::registration::FieldError;
use idp_store::clients::{StoredClient, Unreadable};
use serde_json::{Value, json};

/// What `idp clients` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp clients add emic --name \"EMIC 應變管理資訊雲端服務\" --redirect-uri https://emic.example/callback \\
      --post-logout-redirect-uri https://emic.example/signed-out \\
      --backchannel-logout-uri https://emic.example/backchannel-logout \\
      --scope \"openid profile identity\" --secret-file emic.secret
  idp clients add app --auth-method none --application-type native --redirect-uri http://127.0.0.1/callback \\
      --name 手機應用 --scope openid
  idp clients add elearn --name e等公務園 --auth-method private_key_jwt --jwks-file elearn.jwks.json \\
      --redirect-uri https://elearn.example/callback
  idp clients update emic --scope \"openid profile email identity\"
  idp clients rotate-secret emic --secret-file emic.secret.new
  idp clients disable emic

A change reaches running nodes within a second or two.")]
pub enum ClientsCommand {
    /// Register a client
    #[command(
        after_help = "Example:\n  idp clients add emic --name EMIC --redirect-uri https://emic.example/callback --secret-file emic.secret"
    )]
    Add(Box<clients_add::AddClient>),
    /// Change a client; what is not given stays
    #[command(after_help = "Example:\n  idp clients update emic --scope \"openid profile email identity\"")]
    Update(Box<clients_change::UpdateClient>),
    /// Give a client a new secret; the old one works for another day
    #[command(after_help = "Example:\n  idp clients rotate-secret emic --secret-file emic.secret.new")]
    RotateSecret(clients_change::RotateSecret),
    /// Switch a client off on every path: no sign-in, no token
    #[command(after_help = "Example:\n  idp clients disable emic")]
    Disable {
        /// The client
        client_id: String,
    },
    /// Switch a client on again
    #[command(after_help = "Example:\n  idp clients enable emic")]
    Enable {
        /// The client
        client_id: String,
    },
    /// What became of the logout tokens it had to be sent, the newest first; for a week
    #[command(after_help = "Example:\n  idp clients logouts emic")]
    Logouts(clients_logouts::ClientLogouts),
    /// Initial access tokens: who holds one may register clients at /connect/register
    #[command(
        subcommand,
        after_help = "Example:\n  idp clients registration-tokens add --note 內政部 --uses 3 --token-file moi.token"
    )]
    RegistrationTokens(registration_tokens::RegistrationTokensCommand),
    /// One client
    #[command(after_help = "Example:\n  idp clients show emic")]
    Show {
        /// The client
        client_id: String,
    },
    /// Every client
    #[command(after_help = "Example:\n  idp clients list")]
    List,
}

/// Runs it.
pub async fn run(context: Context, command: ClientsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        ClientsCommand::Add(add) => clients_add::run(&context, &prepared, *add).await,
        ClientsCommand::Update(update) => clients_change::update(&context, &prepared, *update).await,
        ClientsCommand::RotateSecret(rotate) => clients_change::rotate_secret(&context, &prepared, rotate).await,
        ClientsCommand::Disable { client_id } => clients_change::switch(&context, &prepared, &client_id, true).await,
        ClientsCommand::Enable { client_id } => clients_change::switch(&context, &prepared, &client_id, false).await,
        ClientsCommand::Logouts(asked) => clients_logouts::run(&context, &prepared, asked).await,
        ClientsCommand::RegistrationTokens(command) => registration_tokens::run(&context, &prepared, command).await,
        ClientsCommand::Show { client_id } => {
            let stored = find(&prepared, &client_id).await?;
            let mut document = serde_json::to_value(&stored.client)?;
            let logos =
                prepared.db.scan(move |conn| idp_store::client_logos::of_client(conn, &stored.client.id)).await?;
            if let (false, Some(members)) = (logos.is_empty(), document.as_object_mut()) {
                members.insert("logos".into(), logos.iter().map(clients_shown::logo).collect());
            }
            context.out.result(&format!("{document:#}"), &document)
        }
        ClientsCommand::List => list(&context, &prepared).await,
    }
}

async fn list(context: &Context, prepared: &Prepared) -> Result<(), CommandError> {
    let all = prepared.db.scan(idp_store::clients::all).await?;
    let row = |stored: &StoredClient| {
        let client = &stored.client;
        let state = if client.disabled { "disabled" } else { "enabled" };
        vec![client.id.to_string(), client.name.clone(), state.to_owned(), client.scope.to_string()]
    };
    let rows: Vec<_> = all.readable.iter().map(row).collect();
    let mut document =
        all.readable.iter().map(|stored| serde_json::to_value(&stored.client)).collect::<Result<Vec<_>, _>>()?;
    document.extend(all.unreadable.iter().map(|client| json!({ "id": client.id, "unreadable": client.why })));
    let text = table(&["CLIENT", "NAME", "STATE", "SCOPE"], &rows);
    context.out.result(&format!("{text}{}", unreadable_words(&all.unreadable)), &Value::Array(document))
}

/// A line for each client that this program cannot read, behind what is said of the others.
pub(super) fn unreadable_words(clients: &[Unreadable]) -> String {
    let line = |client: &Unreadable| {
        format!(
            "\nclient {} cannot be read by this program; a newer one may have written it: {}",
            client.id, client.why
        )
    };
    clients.iter().map(line).collect()
}

/// An audit line about a client.
pub(super) fn administered(act: &'static str, id: &ClientId, detail: Value) -> Event {
    operator::administered(act, About::Client(id.clone()), detail)
}

/// Every wrong field, one a line.
pub(super) fn refused_fields(wrong: &[FieldError]) -> CommandError {
    let option = |field: &str| match field {
        "client-id" => "CLIENT_ID".to_owned(),
        "jwks" => "--jwks-file".to_owned(),
        other => format!("--{other}"),
    };
    let lines: Vec<_> = wrong.iter().map(|error| format!("{} {}", option(error.field), error.message)).collect();
    CommandError::refused(lines.join("\n"))
}

/// What a client may ask for must be what the operator allows.
///
/// * `before`: the client as it is. What it has already stays, and counts for nothing while the operator does not allow it.
pub(super) fn check_response_types(
    context: &Context,
    client: &Client,
    before: Option<&Client>,
) -> Result<(), CommandError> {
    let allowed = context.settings.allowed();
    let had = |kind| before.is_some_and(|before| before.response_types.contains(kind));
    match client.response_types.iter().find(|kind| !allowed.response_type(**kind) && !had(kind)) {
        None => Ok(()),
        Some(kind) => Err(CommandError::refused(format!(
            "--response-type: {kind} sends tokens through the browser, which is weaker than code and off; if you want it all the \
             same, set oauth.front_channel_tokens = true"
        ))),
    }
}

/// What a client is sent must be signed by a key there is.
///
/// * `before`: the client as it is. What was chosen for it earlier is not asked for again.
pub(super) async fn check_signing_keys(
    prepared: &Prepared,
    client: &Client,
    before: Option<&Client>,
) -> Result<(), CommandError> {
    let chosen: Vec<_> = client
        .signing_algorithms()
        .filter(|one| before.is_none_or(|before| before.signing_algorithms().all(|had| had != *one)))
        .collect();
    let records = signing_ring::records(&prepared.db.scan(idp_store::signing_keys::all).await?);
    let signing = keys::ring::signing_algorithms(&records);
    let Some(missing) = chosen.into_iter().find(|one| !signing.contains(one)) else { return Ok(()) };
    let waits = records.iter().find(|record| record.algorithm == missing && record.state.is_next());
    let fix = match waits {
        Some(next) => {
            format!("key {0} will, see idp keys list; or let it at once: idp keys activate {0} --now", next.kid)
        }
        None => format!("make a key first: idp keys generate --alg {missing}"),
    };
    let known: Vec<_> = signing.iter().map(|one| one.as_str()).collect();
    Err(CommandError::refused(format!("no key signs {missing} yet; {fix}. Keys sign {} now", known.join(", "))))
}

/// The addresses of a client that the provider is to call, with the options that give them.
fn called(client: &Client) -> impl Iterator<Item = (&'static str, &str)> {
    let one = [
        ("--backchannel-logout-uri", client.backchannel_logout_uri.as_deref()),
        ("--jwks-uri", client.public_keys.as_ref().and_then(PublicKeys::jwks_uri)),
    ];
    let one = one.into_iter().filter_map(|(option, uri)| Some((option, uri?)));
    one.chain(client.requests.request_uris.iter().map(|uri| ("--request-uri", uri.as_str())))
}

/// Addresses the provider is to call must be ones it may call: of a client that registered itself fewer than of others.
///
/// * `before`: the client as it is. An address that it has already may stay, though it may not be called any more: each call
///   checks again.
pub(super) fn check_outbound(
    context: &Context,
    client: &Client,
    (before, self_registered): (Option<&Client>, bool),
) -> Result<(), CommandError> {
    let had: Vec<_> = before.into_iter().flat_map(called).collect();
    let reach = crate::wiring::outbound(&context.settings)?;
    let settings = match self_registered {
        true => "settings outbound.allow_hosts and registration.use_allow_hosts",
        false => "setting outbound.allow_hosts",
    };
    for (option, uri) in called(client).filter(|one| !had.contains(one)) {
        let Ok(url) = uri.parse() else { continue };
        let wrong = |why| CommandError::refused(format!("{option}: {why} (see the {settings})"));
        reach.of(self_registered).check_url(&url).map_err(wrong)?;
    }
    Ok(())
}

/// Those whose tokens a client is to ask about are there: of a name that nobody has, whoever gets it would not know.
///
/// * `before`: the client as it is. A name that it has already stays, whatever became of it.
pub(super) async fn check_asked_about(
    prepared: &Prepared,
    client: &Client,
    before: Option<&Client>,
) -> Result<(), CommandError> {
    let had = |id: &ClientId| before.is_some_and(|before| before.may_introspect.contains(id));
    let named: Vec<ClientId> = client.may_introspect.iter().filter(|id| !had(id)).cloned().collect();
    let unit = move |conn: &mut idp_store::Conn| {
        for id in &named {
            if idp_store::clients::find(conn, id)?.is_none() {
                return Ok(Some(id.clone()));
            }
        }
        Ok(None)
    };
    match prepared.db.scan(unit).await? {
        None => Ok(()),
        Some(id) => Err(CommandError::refused(format!(
            "--may-introspect: there is no client {id}; idp clients list shows them, idp clients add {id} registers it"
        ))),
    }
}

/// A client by its id.
pub(super) async fn find(prepared: &Prepared, id: &str) -> Result<StoredClient, CommandError> {
    let missing = || CommandError::refused(format!("there is no client {id}; idp clients list shows them"));
    let parsed = ClientId::parse(id).ok_or_else(missing)?;
    prepared.db.read(move |conn| idp_store::clients::find(conn, &parsed)).await?.ok_or_else(missing)
}
