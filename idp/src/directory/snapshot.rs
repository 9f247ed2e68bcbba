//! One version of the directory: what it holds, and how it is read.

use super::client_secrets::{StoredSecret, open_secrets};
use super::logos::{Logo, LogoWork, Logos};
use crate::failure::Failure;
use crate::keystore::master_key_in_use::MasterKeyInUse;
use crate::keystore::secrets::{self, Secrets};
use crate::keystore::{Prepared, signing_ring};
use idp_core::client::public_keys::PublicKeys;
use idp_core::client::secret::ClientSecret;
use idp_core::client::{AuthMethod, Client, LogoutChannels};
use idp_core::{ClientId, UnixMillis};
use idp_store::clients::Unreadable;
use idp_store::registrations::Origin;
use idp_store::sealing_keys::SealingKeyRow;
use keys::{Algorithm, KeyRing, Sealer, SigningKey, VerifyingKey};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A client, ready for checking.
pub struct Known {
    /// The client, with those of its response types alone that the operator allows: no check can forget to ask.
    pub client: Client,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
    /// The public keys of its registration; those that it publishes have [`ClientKeys`].
    pub(super) keys: Vec<VerifyingKey>,
    /// Whether it registered itself.
    pub self_registered: bool,
    /// Whether the operator stands behind it, or whoever the operator gave an initial access token. Of others nobody knows whose
    /// they are.
    pub vouched_for: bool,
    /// Its logo.
    pub logo: Logo,
}

impl Known {
    pub(super) fn new(client: Client, secrets: &[StoredSecret], origin: Origin) -> Self {
        let by_hmac = client.auth_method == AuthMethod::ClientSecretJwt;
        let parse = |one: &StoredSecret| {
            let parsed = ClientSecret::new(&one.secret, one.expires_at.map(UnixMillis));
            if by_hmac { parsed.with_mac(&one.secret) } else { parsed }
        };
        let keys = match &client.public_keys {
            Some(PublicKeys::Jwks(set)) => set.verifying_keys(),
            Some(PublicKeys::JwksUri(_)) | None => Vec::new(),
        };
        let self_registered = origin != Origin::Operator;
        let vouched_for = origin != Origin::Anybody || client.trusted;
        let (secrets, logo) = (secrets.iter().map(parse).collect(), Logo::default());
        Self { secrets, keys, self_registered, vouched_for, logo, client }
    }
}

/// One version of the directory.
pub struct Snapshot {
    pub(super) version: i64,
    /// Of two snapshots, the one that was asked for later has the higher one.
    pub(super) turn: u64,
    clients: HashMap<ClientId, Arc<Known>>,
    unreadable: Vec<Unreadable>,
    public_origins: HashSet<String>,
    /// What is to be done about logos.
    pub logo_work: LogoWork,
    /// Codes of before are refused: when the database was restored.
    pub codes_from: UnixMillis,
    /// The signing keys, parsed.
    pub ring: KeyRing,
    /// The sealing keys.
    pub sealer: Sealer,
    /// The same as stored.
    pub sealing_keys: Vec<SealingKeyRow>,
    /// Whether the master key at hand is still the database's. If not, the keys are those that it unwrapped before.
    pub master_key_fits: bool,
    /// The keyed digests.
    pub secrets: Secrets,
}

impl Snapshot {
    /// The web origins of public clients: theirs is the only code that calls from a browser.
    pub fn public_origins(&self) -> &HashSet<String> {
        &self.public_origins
    }

    /// Every client of this version.
    pub fn clients(&self) -> impl Iterator<Item = &Arc<Known>> {
        self.clients.values()
    }

    /// A client of this version.
    pub fn client(&self, id: &ClientId) -> Option<&Arc<Known>> {
        self.clients.get(id)
    }

    /// A client that a newer program registered and this one cannot read: it is offered nothing here.
    pub fn unreadable(&self, id: &ClientId) -> Option<&Unreadable> {
        self.unreadable.iter().find(|unreadable| unreadable.id == *id)
    }

    /// Says which clients cannot be read that could be, or were not there, before.
    pub(super) fn say_unreadable(&self, before: Option<&Self>) {
        let said = |id: &ClientId| before.is_some_and(|before| before.unreadable(id).is_some());
        for new in self.unreadable.iter().filter(|new| !said(&new.id)) {
            tracing::error!(client = %new.id, why = %new.why, "a client cannot be read by this program and is refused here");
        }
    }

    /// How a portal can be told when a session ends.
    pub fn logout_channels(&self, id: &ClientId) -> LogoutChannels {
        let known = self.client(id).map(|known| known.client.logout_channels());
        known.or_else(|| self.unreadable(id).map(|unreadable| unreadable.channels)).unwrap_or_default()
    }

    /// The key that signs what goes to a client, and stays published until `until`.
    ///
    /// # Errors
    /// When there is none.
    pub fn signing_key(
        &self,
        client: &Client,
        algorithm: Algorithm,
        until: UnixMillis,
    ) -> Result<&Arc<SigningKey>, Failure> {
        let key = self.ring.signing_key(algorithm, client.pinned_kid.as_ref(), until);
        key.ok_or_else(|| Failure::Other(format!("there is no key that signs {algorithm}")))
    }
}

/// Reads a version.
///
/// # Errors
/// When the database cannot be read or a key does not unwrap.
pub(super) async fn read(prepared: &Prepared, in_use: &Arc<MasterKeyInUse>, turn: u64) -> Result<Snapshot, Failure> {
    let (in_use, allowed, shows_open_logos) = (in_use.clone(), prepared.allowed, prepared.shows_open_logos);
    // The version is read first: what changes meanwhile is read again a second later.
    let unit = move |conn: &mut idp_store::Conn| {
        let version = idp_store::directory_version::current(conn)?;
        let codes_from = idp_store::directory_version::codes_from(conn)?;
        let unwrapping = in_use.for_check_value(secrets::check(conn)?.as_deref());
        let unwrap = |purpose, name: &str, wrapped: &[u8]| unwrapping.unwrap(purpose, name, wrapped);
        let (secrets, sealer) = secrets::read_with(conn, &unwrap)?;
        let sealing_keys = idp_store::sealing_keys::all(conn)?;
        let ring = signing_ring::parse(idp_store::signing_keys::all(conn)?, &unwrap)?;
        let mut clients = HashMap::new();
        let all = idp_store::clients::all(conn)?;
        let registered: HashMap<ClientId, Origin> = idp_store::registrations::origins(conn)?.into_iter().collect();
        let mut logos = Logos::read(conn)?;
        for stored in all.readable {
            let secrets = open_secrets(&sealer, &stored.client.id, &stored.secrets_sealed)?;
            let origin = registered.get(&stored.client.id).copied().unwrap_or(Origin::Operator);
            let mut client = stored.client;
            client.response_types.retain(|kind| allowed.response_type(*kind));
            let mut known = Known::new(client, &secrets, origin);
            known.logo = logos.of(&known.client, known.vouched_for || shows_open_logos);
            clients.insert(known.client.id.clone(), Arc::new(known));
        }
        let public_origins = origins(clients.values());
        let master_key_fits = unwrapping.done();
        Ok(Snapshot {
            version,
            turn,
            clients,
            unreadable: all.unreadable,
            public_origins,
            logo_work: logos.work,
            codes_from,
            ring,
            sealer,
            sealing_keys,
            master_key_fits,
            secrets,
        })
    };
    Ok(prepared.db.scan(unit).await?)
}

fn origins<'a>(clients: impl Iterator<Item = &'a Arc<Known>>) -> HashSet<String> {
    let public = clients.filter(|known| known.client.auth_method == AuthMethod::None && !known.client.disabled);
    let uris = public.flat_map(|known| &known.client.redirect_uris).filter_map(|uri| url::Url::parse(uri).ok());
    uris.filter(|uri| uri.origin().is_tuple()).map(|uri| uri.origin().ascii_serialization()).collect()
}
