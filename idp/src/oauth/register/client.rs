//! GET, PUT, DELETE /connect/register/{client_id} — RFC 7592 §2.
//!
//! For whoever holds the registration access token of that client. Whatever is wrong with either is the same 401.

use super::told::{self, Made};
use super::{RegistrationCtx, WINDOW, asked, bad_token, bearer, refuse, secret, too_many};
use crate::answer;
use crate::client_change;
use crate::directory::{StoredSecret, open_secrets, seal_secrets};
use crate::failure::Failure;
use crate::refusal::MachineNo;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use idp_core::ClientId;
use idp_core::audit::{Event, RemovedBy};
use idp_core::client::metadata::{BadMember, Given};
use idp_core::client::{Client, GrantType, shortened};
use idp_store::clients::StoredClient;
use idp_store::registrations::Registered;
use idp_store::{audit, clients, consents, registrations};
use keys::{same, sha256};
use serde_json::{Map, Value};

/// What we choose and a client may not send back (RFC 7592 §2.2).
const OURS: [&str; 4] =
    ["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];

/// Changes of one client within an hour, refused ones included: each may make us fetch, and all nodes read anew.
const MOST_CHANGES: u64 = 30;

/// The endpoint.
pub async fn manage(
    State(ctx): State<RegistrationCtx>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = match method {
        Method::PUT => put(&ctx, &headers, &id, &body).await,
        Method::DELETE => delete(&ctx, &headers, &id).await,
        _ => get(&ctx, &headers, &id).await,
    };
    answered.unwrap_or_else(|no| refuse(no, &headers, WINDOW.as_secs()))
}

/// A client whose owner asks.
struct Owned {
    stored: StoredClient,
    registered: Registered,
    access_token: String,
    secrets: Vec<StoredSecret>,
}

/// The client, if this is its token. One that the operator switched off has no owner.
async fn owned(ctx: &RegistrationCtx, headers: &HeaderMap, id: &str) -> Result<Owned, MachineNo> {
    let token = bearer(headers)?.ok_or_else(|| bad_token("no registration access token was sent"))?;
    let id = ClientId::parse(id).ok_or_else(|| bad_token("no client of ours has such a name"))?;
    let found = ctx.base.db.scan(move |conn| Ok((registrations::find(conn, &id)?, clients::find(conn, &id)?)));
    let (registered, stored) = found.await?;
    let theirs = sha256(token.as_bytes());
    let ours = registered.as_ref().map_or([0; 32].as_slice(), |registered| &registered.access_digest);
    let (true, Some(registered), Some(stored)) = (same(ours, &theirs), registered, stored) else {
        return Err(bad_token("no such client, or another token").into());
    };
    if stored.client.disabled {
        return Err(bad_token("the client is disabled").into());
    }
    let snapshot = ctx.base.directory.for_issuing(ctx.base.clock.now())?;
    let secrets = open_secrets(&snapshot.sealer, &stored.client.id, &stored.secrets_sealed)?;
    Ok(Owned { stored, registered, access_token: token.to_owned(), secrets })
}

impl Owned {
    /// The secret that a rotation left.
    fn secret(&self) -> Option<&str> {
        self.secrets.iter().find(|secret| secret.expires_at.is_none()).map(|secret| secret.secret.as_str())
    }

    fn made(self, client: Client, secret: Option<String>) -> Made {
        Made { client, secret, access_token: self.access_token, registered_at: self.registered.registered_at }
    }
}

async fn get(ctx: &RegistrationCtx, headers: &HeaderMap, id: &str) -> Result<Response, MachineNo> {
    let owned = owned(ctx, headers, id).await?;
    let (client, secret) = (owned.stored.client.clone(), owned.secret().map(str::to_owned));
    told::response(&ctx.base, 200, &owned.made(client, secret))
}

/// §2.2: what is sent replaces everything; what is left out is as if it had never been registered.
async fn put(ctx: &RegistrationCtx, headers: &HeaderMap, id: &str, body: &[u8]) -> Result<Response, MachineNo> {
    let owned = owned(ctx, headers, id).await?;
    count_change(ctx, &owned.stored.client.id).await?;
    let document = asked::read(headers, body)?;
    check_own(&document, &owned).map_err(|member| asked::bad(&member))?;
    let before = &owned.stored;
    // What an operator gave it beyond what can be had by registering stays within its reach.
    let scope = ctx.policy.scope.or(before.client.scope);
    // An operator stands behind it, or gave it that.
    let for_itself =
        owned.registered.registration_token.is_some() || before.client.may_use(GrantType::ClientCredentials);
    let Client { id, profile, .. } = &before.client;
    let given = Given { id: id.to_string(), profile: *profile, scope, for_itself, before: Some(&before.client) };
    let asked = asked::judge(ctx, &document, &given).await?;
    // Given by the operator alone, and kept.
    let operators = before.client.clone();
    let client = Client {
        trusted: operators.trusted,
        pinned_kid: operators.pinned_kid,
        may_introspect: operators.may_introspect,
        ..asked
    };
    let (after, secret) = with_secret(ctx, &owned, client)?;
    if after != *before {
        save(ctx, before.clone(), after.clone()).await?;
    }
    told::response(&ctx.base, 200, &owned.made(after.client, secret))
}

async fn count_change(ctx: &RegistrationCtx, id: &ClientId) -> Result<(), MachineNo> {
    let count = ctx.base.ephemeral.bump(&format!("client_changes:{id}"), WINDOW, ctx.base.clock.now()).await?;
    match count > MOST_CHANGES {
        true => Err(too_many("this client was changed too often within an hour; try again later").into()),
        false => Ok(()),
    }
}

fn check_own(document: &Map<String, Value>, owned: &Owned) -> Result<(), BadMember> {
    let wrong = |member: &str, why: &str| Err(BadMember { member: member.to_owned(), why: why.to_owned() });
    if let Some(member) = OURS.into_iter().find(|member| document.contains_key(*member)) {
        return wrong(member, "is not the client's to send (RFC 7592 section 2.2)");
    }
    if document.get("client_id").and_then(Value::as_str) != Some(owned.stored.client.id.as_str()) {
        return wrong("client_id", "must be the one that was issued");
    }
    match document.get("client_secret").filter(|value| !value.is_null()) {
        None => Ok(()),
        Some(Value::String(given)) if owned.secret().is_some_and(|ours| same(ours.as_bytes(), given.as_bytes())) => {
            Ok(())
        }
        Some(_) => wrong("client_secret", "is not the one that was issued; a client cannot choose its own"),
    }
}

/// A method that needs a secret gets one if there was none; one that needs none loses it.
fn with_secret(
    ctx: &RegistrationCtx,
    owned: &Owned,
    client: Client,
) -> Result<(StoredClient, Option<String>), MachineNo> {
    let needs_one = client.auth_method.has_secret();
    if needs_one && owned.secret().is_some() || !needs_one && owned.secrets.is_empty() {
        let secrets_sealed = owned.stored.secrets_sealed.clone();
        return Ok((StoredClient { client, secrets_sealed }, owned.secret().map(str::to_owned)));
    }
    let secret = needs_one.then(secret).transpose()?;
    let secrets: Vec<_> =
        secret.iter().map(|secret| StoredSecret { secret: secret.clone(), expires_at: None }).collect();
    let snapshot = ctx.base.directory.for_issuing(ctx.base.clock.now())?;
    let secrets_sealed = seal_secrets(&snapshot.sealer, &client.id, &secrets)?;
    Ok((StoredClient { client, secrets_sealed }, secret))
}

async fn save(ctx: &RegistrationCtx, before: StoredClient, after: StoredClient) -> Result<(), MachineNo> {
    let (base, now) = (&ctx.base, ctx.base.clock.now());
    let logo_changed = before.client.presentation.logo_uri != after.client.presentation.logo_uri;
    let changed = shortened(client_change::changed(&before, &after)?).into();
    let event = Event::ClientChanged { client: after.client.id.clone(), changed };
    let saved = base.db.write(move |tx| {
        let saved = client_change::write(tx, (&before, &after), event.clone(), now)?;
        // People agreed to one of that name, at those addresses.
        if saved && asked::is_another(&before.client, &after.client) {
            consents::forget(tx, &after.client.id)?;
        }
        Ok(saved)
    });
    // Somebody else changed it in this moment: whoever asks again decides by what is so then.
    if !saved.await? {
        return Err(Failure::Busy.into());
    }
    if logo_changed {
        base.logo_bell.notify_one();
    }
    in_force(ctx).await
}

/// §2.3: with it everything that it was given is worth nothing.
async fn delete(ctx: &RegistrationCtx, headers: &HeaderMap, id: &str) -> Result<Response, MachineNo> {
    let owned = owned(ctx, headers, id).await?;
    let (id, now) = (owned.stored.client.id, ctx.base.clock.now());
    let removed = ctx.base.db.write(move |tx| {
        let removed = clients::remove(tx, &id)?;
        if removed {
            let event = Event::ClientRemoved { client: id.clone(), by: RemovedBy::Portal };
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(removed)
    });
    if !removed.await? {
        return Err(bad_token("somebody else removed it in this moment").into());
    }
    in_force(ctx).await?;
    Ok(answer::empty(204))
}

/// On this node at once; on the others within a second or two.
async fn in_force(ctx: &RegistrationCtx) -> Result<(), MachineNo> {
    Ok(ctx.base.directory.check().await?)
}
