//! `idp clients add` — registering a relying party.

use super::clients::{
    administered, check_asked_about, check_outbound, check_response_types, check_signing_keys, refused_fields,
};
use super::clients_arguments::{
    ApplicationTypeArg, AuthMethodArg, GrantTypeArg, ProfileArg, ResponseTypeArg, SubjectTypeArg,
};
use super::clients_details::{self, DetailArguments};
use super::clients_keys::KeysArguments;
use super::clients_requests::RequestArguments;
use super::clients_secret::{obtain, sealer};
use super::clients_shown::{FETCHES_LOGO, ShownArguments};
use super::{CommandError, Context};
use crate::directory::{StoredSecret, seal_secrets};
use crate::keystore::Prepared;
use clap::Args;
use idp_core::ClientId;
use idp_core::client::GrantType;
use idp_core::client::presentation::Presentation;
use idp_core::client::registration::{Registration, register};
use idp_core::client::request_defaults::RequestDefaults;
use idp_core::client::request_rules::RequestRules;
use idp_core::client::software::Software;
use idp_core::oauth::authorize::ResponseType;
use idp_store::audit;
use idp_store::clients::StoredClient;
use keys::Algorithm;
use serde_json::json;
use std::path::PathBuf;

const DEFAULT_SCOPE: &str = "openid profile identity";

/// What `idp clients add` takes.
#[derive(Args)]
pub struct AddClient {
    /// 1 to 64 characters of A-Z a-z 0-9 . _ ~ -
    client_id: String,
    /// The portal's name as people read it
    #[arg(long)]
    name: String,
    /// Where answers may go, byte for byte; may be given several times; needed unless the client acts for itself alone
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where a person may go after signing out; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// What the person's browser opens in a hidden frame at a sign-out, with `iss` and `sid`
    #[arg(long, value_name = "URI")]
    frontchannel_logout_uri: Option<String>,
    /// Scopes the client may ask for [default: openid profile identity; none for a client that acts for itself alone]
    #[arg(long)]
    scope: Option<String>,
    /// How the client proves itself
    #[arg(long, value_enum, default_value = "client_secret_basic")]
    auth_method: AuthMethodArg,
    /// The client's secret: read from the file, or made and written there (0600) if there is none
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    shown: ShownArguments,
    #[command(flatten)]
    keys: KeysArguments,
    /// What the client may do at all
    #[arg(long, value_enum, default_value = "government")]
    profile: ProfileArg,
    /// What signs its ID tokens: RS256 (every library knows it), ES256 (recommended), or PS256 or EdDSA if there are keys
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    id_token_signed_response_alg: Algorithm,
    /// Sign its UserInfo answers with this algorithm [default: they are plain JSON]
    #[arg(long, value_name = "ALG")]
    userinfo_signed_response_alg: Option<Algorithm>,
    /// The host its pairwise subjects belong to [default: that of the redirect URIs]
    #[arg(long, value_name = "HOST")]
    sector: Option<String>,
    /// Kind of subject [default: pairwise for government, public for standard]
    #[arg(long, value_enum)]
    subject_type: Option<SubjectTypeArg>,
    /// Grant types; may be given several times
    #[arg(long = "grant-type", value_enum, value_name = "TYPE", default_values = ["authorization_code"])]
    grant_types: Vec<GrantTypeArg>,
    /// Response types; may be given several times. Others than code need the setting oauth.front_channel_tokens
    /// [default: code; none for a client that acts for itself alone]
    #[arg(long = "response-type", value_enum, value_name = "TYPE")]
    response_types: Vec<ResponseTypeArg>,
    /// Where the client runs
    #[arg(long, value_enum, default_value = "web")]
    application_type: ApplicationTypeArg,
    #[command(flatten)]
    requests: RequestArguments,
    #[command(flatten)]
    details: DetailArguments,
    /// The operator's own portal: no consent page
    #[arg(long)]
    trusted: bool,
    /// Being the resource server of this client, it may ask about its access tokens; may be given several times
    #[arg(long, value_name = "CLIENT_ID")]
    may_introspect: Vec<String>,
    /// It gets no access token without a DPoP proof (RFC 9449)
    #[arg(long)]
    dpop_bound_access_tokens: bool,
}

/// Registers it.
pub(super) async fn run(context: &Context, prepared: &Prepared, add: AddClient) -> Result<(), CommandError> {
    let (secret_file, logo) = (add.secret_file.clone(), if add.shown.names_logo() { FETCHES_LOGO } else { "" });
    let client = register(registration(add)?).map_err(|wrong| refused_fields(&wrong))?;
    check_response_types(context, &client, None)?;
    check_outbound(context, &client, (None, false))?;
    check_signing_keys(prepared, &client, None).await?;
    check_asked_about(prepared, &client, None).await?;
    clients_details::check_sector(context, &client, None).await?;
    // Before a secret is made: a refused command leaves no file behind.
    let known = client.id.clone();
    if prepared.db.read(move |conn| idp_store::clients::find(conn, &known)).await?.is_some() {
        return Err(registered_already(&client.id));
    }
    let secret = obtain(&client, secret_file.as_deref())?;
    let sealer = sealer(prepared).await?;
    let secrets: Vec<_> =
        secret.iter().map(|made| StoredSecret { secret: made.secret.clone(), expires_at: None }).collect();
    let stored = StoredClient { secrets_sealed: seal_secrets(&sealer, &client.id, &secrets)?, client };
    let (now, id, document) = (context.clock.now(), stored.client.id.clone(), serde_json::to_value(&stored.client)?);
    let detail = json!({ "client": document });
    let inserted = prepared
        .db
        .write(move |tx| {
            let inserted = idp_store::clients::insert(tx, &stored, now)?;
            if inserted {
                let event = administered("clients.add", &stored.client.id, detail.clone());
                audit::write(tx, event, now, keys::random()?)?;
            }
            Ok(inserted)
        })
        .await?;
    if !inserted {
        return Err(registered_already(&id));
    }
    let words = match (&secret, &secret_file) {
        (Some(secret), Some(file)) => format!("; secret {} {}", secret.how, file.display()),
        _ => String::new(),
    };
    context.out.result(&format!("client {id} is registered{words}{logo}"), &document)
}

/// What the options ask for.
fn registration(add: AddClient) -> Result<Registration, CommandError> {
    let grant_types: Vec<GrantType> = add.grant_types.into_iter().map(Into::into).collect();
    let mut response_types: Vec<ResponseType> = add.response_types.into_iter().map(Into::into).collect();
    let alone = GrantType::for_itself_alone(&grant_types);
    if response_types.is_empty() && !alone {
        response_types.push(ResponseType::Code);
    }
    let mut asked = Registration {
        id: add.client_id,
        name: add.name,
        presentation: add.shown.over(Presentation::default())?,
        profile: add.profile.into(),
        redirect_uris: add.redirect_uris,
        post_logout_redirect_uris: add.post_logout_redirect_uris,
        backchannel_logout_uri: add.backchannel_logout_uri,
        frontchannel_logout_uri: add.frontchannel_logout_uri,
        backchannel_logout_session_required: false,
        initiate_login_uri: None,
        scope: add.scope.unwrap_or_else(|| if alone { String::new() } else { DEFAULT_SCOPE.to_owned() }),
        auth_method: add.auth_method.into(),
        token_endpoint_auth_signing_alg: None,
        jwks: None,
        jwks_uri: None,
        id_token_signed_response_alg: add.id_token_signed_response_alg,
        subject_type: add.subject_type.map(Into::into),
        sector: add.sector,
        sector_identifier_uri: None,
        grant_types,
        response_types,
        userinfo_signed_response_alg: add.userinfo_signed_response_alg,
        application_type: add.application_type.into(),
        trusted: add.trusted,
        may_introspect: add.may_introspect,
        dpop_bound_access_tokens: add.dpop_bound_access_tokens,
        requests: add.requests.over(RequestRules::default())?,
        defaults: RequestDefaults::default(),
        software: Software::default(),
    };
    add.keys.put_into(&mut asked, None)?;
    let chosen = asked.sector.clone();
    add.details.put_into(&mut asked)?;
    if asked.sector_identifier_uri.is_some() && chosen.is_some() {
        let words = "--sector: the host of --sector-identifier-uri is the sector; give one of them";
        return Err(CommandError::refused(words));
    }
    Ok(asked)
}

fn registered_already(id: &ClientId) -> CommandError {
    CommandError::refused(format!("there is a client {id} already; change it with: idp clients update {id}"))
}
