//! `idp clients update|rotate-secret|disable|enable` — changing a relying party.

use super::clients::{
    administered, check_asked_about, check_outbound, check_response_types, check_signing_keys, find, refused_fields,
};
use super::clients_arguments::{AuthMethodArg, GrantTypeArg, ResponseTypeArg, replaced_algorithm, replaced_all};
use super::clients_details::{self, DetailArguments};
use super::clients_keys::KeysArguments;
use super::clients_requests::RequestArguments;
use super::clients_secret;
use super::clients_shown::{FETCHES_LOGO, ShownArguments};
use super::{CommandError, Context};
use crate::client_change;
use crate::directory::{StoredSecret, seal_secrets};
use crate::keystore::Prepared;
use clap::Args;
use idp_core::client::registration::{Registration, register};
use idp_core::client::{Client, GrantType};
use idp_store::client_logos;
use idp_store::clients::StoredClient;
use keys::{Algorithm, Kid};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// How long the old secret works after a rotation.
const OLD_SECRET_LIFE: Duration = Duration::from_secs(86_400);

/// What `idp clients update` takes. What is not given stays.
#[derive(Args)]
pub struct UpdateClient {
    /// The client
    client_id: String,
    /// The portal's name as people read it
    #[arg(long)]
    name: Option<String>,
    /// Replaces every redirect URI
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Replaces every post-logout redirect URI; `none` takes them away
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are posted; what waits for the portal is tried there within seconds
    #[arg(long, value_name = "URI", conflicts_with = "no_backchannel_logout")]
    backchannel_logout_uri: Option<String>,
    /// No logout tokens are sent to the portal any more
    #[arg(long)]
    no_backchannel_logout: bool,
    /// What the person's browser opens in a hidden frame at a sign-out
    #[arg(long, value_name = "URI", conflicts_with = "no_frontchannel_logout")]
    frontchannel_logout_uri: Option<String>,
    /// Browsers open nothing of the portal at a sign-out any more
    #[arg(long)]
    no_frontchannel_logout: bool,
    /// Scopes the client may ask for
    #[arg(long)]
    scope: Option<String>,
    /// How the client proves itself; one that had no secret needs rotate-secret afterwards
    #[arg(long, value_enum)]
    auth_method: Option<AuthMethodArg>,
    #[command(flatten)]
    shown: ShownArguments,
    #[command(flatten)]
    keys: KeysArguments,
    /// What signs its ID tokens
    #[arg(long, value_name = "ALG")]
    id_token_signed_response_alg: Option<Algorithm>,
    /// Replaces every grant type
    #[arg(long = "grant-type", value_enum, value_name = "TYPE")]
    grant_types: Vec<GrantTypeArg>,
    /// Replaces every response type
    #[arg(long = "response-type", value_enum, value_name = "TYPE")]
    response_types: Vec<ResponseTypeArg>,
    /// Sign its UserInfo answers with this algorithm; `none`: they are plain JSON
    #[arg(long, value_name = "ALG")]
    userinfo_signed_response_alg: Option<String>,
    #[command(flatten)]
    requests: RequestArguments,
    #[command(flatten)]
    details: DetailArguments,
    /// Whether it is the operator's own portal
    #[arg(long, value_name = "true|false")]
    trusted: Option<bool>,
    /// Replaces every client whose access tokens it may ask about, being their resource server
    #[arg(long, value_name = "CLIENT_ID", conflicts_with = "no_introspection")]
    may_introspect: Vec<String>,
    /// It may ask about no token but its own
    #[arg(long)]
    no_introspection: bool,
    /// Whether it gets no access token without a DPoP proof (RFC 9449)
    #[arg(long, value_name = "true|false")]
    dpop_bound_access_tokens: Option<bool>,
    /// Sign its tokens with this published key instead of the active one; `none` takes the pin away
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    pin_key: Option<String>,
}

/// What `idp clients rotate-secret` takes.
#[derive(Args)]
pub struct RotateSecret {
    /// The client
    client_id: String,
    /// Where the new secret is, or is written to
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
}

fn or_kept<T>(given: Vec<T>, kept: Vec<T>) -> Vec<T> {
    if given.is_empty() { kept } else { given }
}

/// Changes a client. The sector stays, wherever the portal moves.
pub async fn update(context: &Context, prepared: &Prepared, update: UpdateClient) -> Result<(), CommandError> {
    let stored = find(prepared, &update.client_id).await?;
    let before = stored.client.clone();
    let pinned_kid = pinned(prepared, &before, update.pin_key.as_deref()).await?;
    let backchannel = update.backchannel_logout_uri.or(before.backchannel_logout_uri);
    let frontchannel = update.frontchannel_logout_uri.or(before.frontchannel_logout_uri);
    let asked_about = before.may_introspect.iter().filter(|_| !update.no_introspection).map(ToString::to_string);
    let may_introspect = or_kept(update.may_introspect, asked_about.collect());
    let fetch_logo = update.shown.names_logo();
    let grants = or_kept(update.grant_types.into_iter().map(Into::into).collect(), before.grant_types);
    let types = update.response_types.into_iter().map(Into::into).collect();
    // What is for people goes with them, when from now on it acts for itself alone.
    let alone = GrantType::for_itself_alone(&grants);
    let people = |kept: Vec<String>| if alone { vec![] } else { kept };
    let scope = if alone { String::new() } else { before.scope.to_string() };
    let kept_types = if alone { vec![] } else { before.response_types };
    let (option, kept) = ("--userinfo-signed-response-alg", before.userinfo_signed_response_alg);
    let userinfo_alg = replaced_algorithm(option, update.userinfo_signed_response_alg, kept)?;
    let mut asked = Registration {
        id: before.id.to_string(),
        name: update.name.unwrap_or(before.name),
        presentation: update.shown.over(before.presentation)?,
        profile: before.profile,
        redirect_uris: or_kept(update.redirect_uris, people(before.redirect_uris)),
        post_logout_redirect_uris: replaced_all(update.post_logout_redirect_uris, before.post_logout_redirect_uris),
        backchannel_logout_session_required: before.backchannel_logout_session_required,
        initiate_login_uri: before.initiate_login_uri,
        backchannel_logout_uri: backchannel.filter(|_| !update.no_backchannel_logout),
        frontchannel_logout_uri: frontchannel.filter(|_| !update.no_frontchannel_logout),
        scope: update.scope.unwrap_or(scope),
        auth_method: update.auth_method.map_or(before.auth_method, Into::into),
        token_endpoint_auth_signing_alg: None,
        jwks: None,
        jwks_uri: None,
        id_token_signed_response_alg: update
            .id_token_signed_response_alg
            .unwrap_or(before.id_token_signed_response_alg),
        subject_type: Some(before.subject_type),
        sector: Some(before.sector),
        sector_identifier_uri: before.sector_identifier_uri,
        grant_types: grants,
        response_types: or_kept(types, kept_types),
        userinfo_signed_response_alg: userinfo_alg,
        application_type: before.application_type,
        trusted: update.trusted.unwrap_or(before.trusted),
        may_introspect,
        dpop_bound_access_tokens: update.dpop_bound_access_tokens.unwrap_or(before.dpop_bound_access_tokens),
        requests: update.requests.over(before.requests)?,
        defaults: before.defaults,
        software: before.software,
    };
    update.keys.put_into(&mut asked, Some(&stored.client))?;
    update.details.put_into(&mut asked)?;
    let registered = register(asked).map_err(|wrong| refused_fields(&wrong))?;
    let client = Client { pinned_kid, disabled: stored.client.disabled, ..registered };
    let before = Some(&stored.client);
    check_response_types(context, &client, before)?;
    let id = client.id.clone();
    let registered = prepared.db.read(move |conn| idp_store::registrations::find(conn, &id)).await?;
    check_outbound(context, &client, (before, registered.is_some()))?;
    check_signing_keys(prepared, &client, before).await?;
    check_asked_about(prepared, &client, before).await?;
    clients_details::check_sector(context, &client, before).await?;
    let after = StoredClient { client, ..stored.clone() };
    let words = if fetch_logo { FETCHES_LOGO } else { "" };
    let (words, id) = (format!("is changed{words}"), after.client.id.clone());
    save(context, prepared, (stored, after), ("clients.update", &words)).await?;
    if fetch_logo {
        let now = context.clock.now();
        prepared.db.write(move |tx| client_logos::again(tx, &id, now)).await?;
    }
    Ok(())
}

async fn pinned(prepared: &Prepared, before: &Client, given: Option<&str>) -> Result<Option<Kid>, CommandError> {
    match given {
        None => Ok(before.pinned_kid.clone()),
        Some("none") => Ok(None),
        Some(kid) => {
            let keys = prepared.db.scan(idp_store::signing_keys::all).await?;
            let found = keys.into_iter().map(|key| key.record).find(|record| record.kid.as_str() == kid);
            let usable = found.filter(|record| record.state.is_next() || record.state.is_active());
            let words = || CommandError::refused(format!("--pin-key: there is no next or active key {kid}"));
            Ok(Some(usable.ok_or_else(words)?.kid))
        }
    }
}

/// Gives a client a new secret beside the old one.
pub async fn rotate_secret(context: &Context, prepared: &Prepared, rotate: RotateSecret) -> Result<(), CommandError> {
    let stored = find(prepared, &rotate.client_id).await?;
    let sealer = clients_secret::sealer(prepared).await?;
    let Some(obtained) = clients_secret::obtain(&stored.client, Some(&rotate.secret_file))? else { return Ok(()) };
    let secret = obtained.secret;
    let known = clients_secret::stored(&sealer, &stored)?;
    if known.iter().any(|old| old.secret == secret) {
        let words = "holds a secret that the client has already; name a file that is not there and one is made";
        return Err(CommandError::refused(format!("--secret-file: {} {words}", rotate.secret_file.display())));
    }
    let now = context.clock.now();
    let end = now.plus(OLD_SECRET_LIFE).0;
    let old = known.into_iter().filter(|old| old.expires_at.is_none_or(|at| at > now.0));
    let mut secrets = vec![StoredSecret { secret, expires_at: None }];
    secrets.extend(old.map(|old| StoredSecret { expires_at: Some(old.expires_at.unwrap_or(end).min(end)), ..old }));
    let secrets_sealed = seal_secrets(&sealer, &stored.client.id, &secrets)?;
    let after = StoredClient { secrets_sealed, ..stored.clone() };
    let words = format!(
        "has a new secret, {} {}; the old one works for another day",
        obtained.how,
        rotate.secret_file.display()
    );
    save(context, prepared, (stored, after), ("clients.rotate_secret", &words)).await
}

/// Switches a client off or on.
pub async fn switch(context: &Context, prepared: &Prepared, id: &str, disabled: bool) -> Result<(), CommandError> {
    let stored = find(prepared, id).await?;
    let client = Client { disabled, ..stored.client.clone() };
    let act = if disabled { ("clients.disable", "is disabled") } else { ("clients.enable", "is enabled") };
    let after = StoredClient { client, ..stored.clone() };
    save(context, prepared, (stored, after), act).await
}

/// Writes what was decided by `before`, unless somebody changed the client meanwhile.
async fn save(
    context: &Context,
    prepared: &Prepared,
    (before, after): (StoredClient, StoredClient),
    (act, words): (&'static str, &str),
) -> Result<(), CommandError> {
    let (now, id, document) = (context.clock.now(), after.client.id.clone(), serde_json::to_value(&after.client)?);
    let event = administered(act, &id, json!({ "changed": client_change::changed(&before, &after)? }));
    let saved = prepared.db.write(move |tx| client_change::write(tx, (&before, &after), event.clone(), now));
    if !saved.await? {
        return Err(CommandError::refused(format!(
            "client {id} was changed by somebody else just now; run the command again"
        )));
    }
    context.out.result(&format!("client {id} {words}"), &json!({ "client": document, "act": act }))
}
