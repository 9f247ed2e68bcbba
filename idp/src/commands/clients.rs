//! `idp clients` — relying parties: adding, showing. Changing is in `clients_change`.

use super::output::table;
use super::{CommandError, Context, clients_change};
use crate::directory::{StoredSecret, open_secrets, seal_secrets};
use crate::keystore::{Prepared, secrets};
use clap::{Args, Subcommand, ValueEnum};
use idp_core::ClientId;
use idp_core::audit::{About, Event};
use idp_core::client::registration::{FieldError, Registration, register};
use idp_core::client::{ApplicationType, AuthMethod, Client, GrantType, Profile, SubjectType};
use idp_store::audit;
use idp_store::clients::StoredClient;
use keys::{Algorithm, Sealer, b64};
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

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
  idp clients update emic --scope \"openid profile email identity\"
  idp clients rotate-secret emic --secret-file emic.secret.new
  idp clients disable emic

A change reaches running nodes within a second or two.")]
pub enum ClientsCommand {
    /// Register a client
    #[command(
        after_help = "Example:\n  idp clients add emic --name EMIC --redirect-uri https://emic.example/callback --secret-file emic.secret"
    )]
    Add(Box<AddClient>),
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

/// What `idp clients add` takes.
#[derive(Args)]
pub struct AddClient {
    /// 1 to 64 characters of A-Z a-z 0-9 . _ ~ -
    client_id: String,
    /// The portal's name as people read it
    #[arg(long)]
    name: String,
    /// Where answers may go, byte for byte; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI", required = true)]
    redirect_uris: Vec<String>,
    /// Where a person may go after signing out; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// Scopes the client may ask for
    #[arg(long, default_value = "openid profile identity")]
    scope: String,
    /// How the client proves itself
    #[arg(long, value_enum, default_value = "client_secret_basic")]
    auth_method: AuthMethodArg,
    /// The client's secret: read from the file, or made and written there (0600) if there is none
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// What the client may do at all
    #[arg(long, value_enum, default_value = "government")]
    profile: ProfileArg,
    /// What signs its ID tokens: RS256 (every library knows it) or ES256 (recommended)
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    id_token_signed_response_alg: Algorithm,
    /// The host its pairwise subjects belong to [default: that of the redirect URIs]
    #[arg(long, value_name = "HOST")]
    sector: Option<String>,
    /// Kind of subject [default: pairwise for government, public for standard]
    #[arg(long, value_enum)]
    subject_type: Option<SubjectTypeArg>,
    /// Grant types; may be given several times
    #[arg(long = "grant-type", value_enum, value_name = "TYPE", default_values = ["authorization_code"])]
    grant_types: Vec<GrantTypeArg>,
    /// Response types: code
    #[arg(long = "response-type", value_enum, value_name = "TYPE", default_values = ["code"])]
    response_types: Vec<ResponseTypeArg>,
    /// Where the client runs
    #[arg(long, value_enum, default_value = "web")]
    application_type: ApplicationTypeArg,
    /// The operator's own portal: no consent page
    #[arg(long)]
    trusted: bool,
}

macro_rules! value_enum {
    ($name:ident => $target:ty { $($variant:ident = $text:literal => $value:expr),+ $(,)? }) => {
        #[derive(Clone, Copy, ValueEnum)]
        pub(super) enum $name {
            $(#[value(name = $text)] $variant,)+
        }

        impl From<$name> for $target {
            fn from(given: $name) -> Self {
                match given { $($name::$variant => $value,)+ }
            }
        }
    };
}

value_enum!(AuthMethodArg => AuthMethod {
    Basic = "client_secret_basic" => AuthMethod::ClientSecretBasic,
    Post = "client_secret_post" => AuthMethod::ClientSecretPost,
    None = "none" => AuthMethod::None,
});
value_enum!(ProfileArg => Profile {
    Government = "government" => Profile::Government,
    Standard = "standard" => Profile::Standard,
});
value_enum!(SubjectTypeArg => SubjectType {
    Pairwise = "pairwise" => SubjectType::Pairwise,
    Public = "public" => SubjectType::Public,
});
value_enum!(GrantTypeArg => GrantType {
    Code = "authorization_code" => GrantType::AuthorizationCode,
    Refresh = "refresh_token" => GrantType::RefreshToken,
});
value_enum!(ApplicationTypeArg => ApplicationType {
    Web = "web" => ApplicationType::Web,
    Native = "native" => ApplicationType::Native,
});

#[derive(Clone, Copy, ValueEnum)]
enum ResponseTypeArg {
    #[value(name = "code")]
    Code,
}

/// Runs it.
pub async fn run(context: Context, command: ClientsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        ClientsCommand::Add(add) => run_add(&context, &prepared, *add).await,
        ClientsCommand::Update(update) => clients_change::update(&context, &prepared, *update).await,
        ClientsCommand::RotateSecret(rotate) => clients_change::rotate_secret(&context, &prepared, rotate).await,
        ClientsCommand::Disable { client_id } => clients_change::switch(&context, &prepared, &client_id, true).await,
        ClientsCommand::Enable { client_id } => clients_change::switch(&context, &prepared, &client_id, false).await,
        ClientsCommand::Show { client_id } => {
            let stored = find(&prepared, &client_id).await?;
            let document = serde_json::to_value(&stored.client)?;
            context.out.result(&format!("{document:#}"), &document)
        }
        ClientsCommand::List => list(&context, &prepared).await,
    }
}

async fn list(context: &Context, prepared: &Prepared) -> Result<(), CommandError> {
    let clients = prepared.db.scan(idp_store::clients::all).await?;
    let row = |stored: &StoredClient| {
        let client = &stored.client;
        let state = if client.disabled { "disabled" } else { "enabled" };
        vec![client.id.to_string(), client.name.clone(), state.to_owned(), client.scope.to_string()]
    };
    let rows: Vec<_> = clients.iter().map(row).collect();
    let document: Vec<_> = clients.iter().map(|stored| &stored.client).collect();
    context.out.result(&table(&["CLIENT", "NAME", "STATE", "SCOPE"], &rows), &serde_json::to_value(document)?)
}

async fn run_add(context: &Context, prepared: &Prepared, add: AddClient) -> Result<(), CommandError> {
    let secret_file = add.secret_file.clone();
    let Some(ResponseTypeArg::Code) = add.response_types.first() else {
        return Err(CommandError::refused("--response-type must be code"));
    };
    let client = register(Registration {
        id: add.client_id,
        name: add.name,
        profile: add.profile.into(),
        redirect_uris: add.redirect_uris,
        post_logout_redirect_uris: add.post_logout_redirect_uris,
        backchannel_logout_uri: add.backchannel_logout_uri,
        scope: add.scope,
        auth_method: add.auth_method.into(),
        id_token_signed_response_alg: add.id_token_signed_response_alg,
        subject_type: add.subject_type.map(Into::into),
        sector: add.sector,
        grant_types: add.grant_types.into_iter().map(Into::into).collect(),
        application_type: add.application_type.into(),
        trusted: add.trusted,
    })
    .map_err(|wrong| refused_fields(&wrong))?;
    check_outbound(context, &client)?;
    // Before a secret is made: a refused command leaves no file behind.
    let known = client.id.clone();
    if prepared.db.read(move |conn| idp_store::clients::find(conn, &known)).await?.is_some() {
        return Err(registered_already(&client.id));
    }
    let secret = obtain_secret(&client, secret_file.as_deref())?;
    let sealer = sealer(prepared).await?;
    let secrets: Vec<_> =
        secret.iter().map(|secret| StoredSecret { secret: secret.clone(), expires_at: None }).collect();
    let stored = StoredClient { secrets_sealed: seal_secrets(&sealer, &client.id, &secrets)?, client };
    let (now, id, document) = (context.clock.now(), stored.client.id.clone(), serde_json::to_value(&stored.client)?);
    let inserted = prepared
        .db
        .write(move |tx| {
            let inserted = idp_store::clients::insert(tx, &stored, now)?;
            if inserted {
                audit::write(tx, administered("clients.add", &stored.client.id), now, keys::random()?)?;
            }
            Ok(inserted)
        })
        .await?;
    if !inserted {
        return Err(registered_already(&id));
    }
    context.out.result(&format!("client {id} is registered"), &document)
}

fn registered_already(id: &ClientId) -> CommandError {
    CommandError::refused(format!("there is a client {id} already; change it with: idp clients update {id}"))
}

/// An audit line about a client.
pub(super) fn administered(act: &'static str, id: &ClientId) -> Event {
    Event::Administered { act, about: About::Client(id.clone()), detail: json!({}) }
}

/// Every wrong field, one a line.
pub(super) fn refused_fields(wrong: &[FieldError]) -> CommandError {
    let lines: Vec<_> = wrong.iter().map(|error| format!("--{} {}", error.field, error.message)).collect();
    CommandError::refused(lines.join("\n"))
}

/// Addresses the provider is to call must be ones it may call.
pub(super) fn check_outbound(context: &Context, client: &Client) -> Result<(), CommandError> {
    let Some(url) = client.backchannel_logout_uri.as_ref().and_then(|uri| uri.parse().ok()) else { return Ok(()) };
    let fetch = crate::wiring::outbound(&context.settings)?;
    fetch.check_url(&url).map_err(|why| {
        CommandError::refused(format!("--backchannel-logout-uri: {why} (see the setting outbound.allow_hosts)"))
    })
}

/// A client by its id.
pub(super) async fn find(prepared: &Prepared, id: &str) -> Result<StoredClient, CommandError> {
    let missing = || CommandError::refused(format!("there is no client {id}; idp clients list shows them"));
    let parsed = ClientId::parse(id).ok_or_else(missing)?;
    prepared.db.read(move |conn| idp_store::clients::find(conn, &parsed)).await?.ok_or_else(missing)
}

/// The sealer of today.
pub(super) async fn sealer(prepared: &Prepared) -> Result<Sealer, CommandError> {
    let master = prepared.master.clone();
    Ok(prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.1)
}

/// The secret a client shall have: out of the file, or made and written there.
pub(super) fn obtain_secret(client: &Client, file: Option<&Path>) -> Result<Option<String>, CommandError> {
    match (client.auth_method, file) {
        (AuthMethod::None, None) => Ok(None),
        (AuthMethod::None, Some(_)) => Err(CommandError::refused("--secret-file: a public client has no secret")),
        (_, None) => Err(CommandError::refused("--secret-file is needed: the secret is never printed")),
        (_, Some(path)) if path.exists() => Ok(Some(read_secret(path)?)),
        (_, Some(path)) => {
            let secret = b64::encode(&keys::random::<32>()?);
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(secret.as_bytes())?;
            file.sync_all()?;
            Ok(Some(secret))
        }
    }
}

fn read_secret(path: &Path) -> Result<String, CommandError> {
    let text =
        std::fs::read_to_string(path).map_err(|why| CommandError::refused(format!("{}: {why}", path.display())))?;
    let secret = text.trim();
    let printable = secret.bytes().all(|b| (0x20..0x7f).contains(&b));
    if !(32..=256).contains(&secret.len()) || !printable {
        let words = "a secret needs 32 to 256 printable ASCII characters; leave the file away and one is made";
        return Err(CommandError::refused(format!("{}: {words}", path.display())));
    }
    Ok(secret.to_owned())
}

/// The secrets of a stored client.
pub(super) fn secrets_of(sealer: &Sealer, stored: &StoredClient) -> Result<Vec<StoredSecret>, CommandError> {
    Ok(open_secrets(sealer, &stored.client.id, &stored.secrets_sealed)?)
}
