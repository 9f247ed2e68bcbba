//! What every request needs and nobody may look up each time: clients and keys. Held in memory under
//! the database's version, which is asked for every second.

mod client_keys;
mod client_secrets;
mod logos;
mod looks;
mod may_issue;
mod misses;

pub use client_keys::{ClientKeys, NotVerified};
pub use client_secrets::{StoredSecret, open_secrets, reseal_secrets, seal_secrets};
use logos::Logos;
pub use logos::{Logo, LogoWork, addresses};
pub use may_issue::WrongClock;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::keystore::master_key_in_use::MasterKeyInUse;
use crate::keystore::secrets::{self, Secrets};
use crate::keystore::{Prepared, signing_ring};
use crate::outside::reach::Reach;
use arc_swap::ArcSwap;
use idp_core::client::public_keys::PublicKeys;
use idp_core::client::secret::ClientSecret;
use idp_core::client::{AuthMethod, Client, LogoutChannels};
use idp_core::{ClientId, UnixMillis};
use idp_store::clients::Unreadable;
use idp_store::registrations::Origin;
use idp_store::sealing_keys::SealingKeyRow;
use keys::{Algorithm, KeyRing, MasterKey, Sealer, SigningKey, VerifyingKey};
use looks::Looks;
use misses::Misses;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A client, ready for checking.
pub struct Known {
    /// The client, with those of its response types alone that the operator allows: no check can forget to ask.
    pub client: Client,
    /// Its secrets.
    pub secrets: Vec<ClientSecret>,
    /// The public keys of its registration; those that it publishes have [`ClientKeys`].
    keys: Vec<VerifyingKey>,
    /// Whether it registered itself.
    pub self_registered: bool,
    /// Whether the operator stands behind it, or whoever the operator gave an initial access token. Of others nobody knows whose
    /// they are.
    pub vouched_for: bool,
    /// Its logo.
    pub logo: Logo,
}

impl Known {
    fn new(client: Client, secrets: &[StoredSecret], origin: Origin) -> Self {
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
    version: i64,
    /// Of two snapshots, the one that was asked for later has the higher one.
    turn: u64,
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
    fn say_unreadable(&self, before: Option<&Self>) {
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

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    current: ArcSwap<Snapshot>,
    prepared: Prepared,
    in_use: Arc<MasterKeyInUse>,
    misses: Misses,
    looks: Looks,
    client_keys: ClientKeys,
    clock: Clock,
    /// How far this node's clock and the database's may be apart.
    clock_skew: Duration,
    turns: AtomicU64,
    /// The turn that `checked_at` is of: an older one that comes to its end later changes nothing.
    last_check: Mutex<u64>,
    checked_at: AtomicI64,
    outdated: AtomicBool,
    /// How far this node's clock was before the database's at the last check, in milliseconds.
    ahead: AtomicI64,
}

impl Directory {
    /// Reads the directory for the first time.
    ///
    /// * `reach`: for the keys that clients publish.
    /// * `clock_skew`: how far this node's clock and the database's may be apart.
    ///
    /// # Errors
    /// When the database cannot be read or a key does not unwrap.
    pub async fn load(
        prepared: Prepared,
        reach: Reach,
        (clock, clock_skew): (Clock, Duration),
    ) -> Result<Self, Failure> {
        let in_use = Arc::new(MasterKeyInUse::new(prepared.master.clone(), prepared.master_key_file.clone()));
        let (misses, checked_at, ahead) = (Misses::default(), AtomicI64::new(clock.now().0), AtomicI64::new(0));
        let first = read(&prepared, &in_use, 0).await?;
        first.say_unreadable(None);
        let current = ArcSwap::from_pointee(first);
        let (turns, outdated) = (AtomicU64::new(1), AtomicBool::new(false));
        let shared = Shared {
            current,
            prepared,
            in_use,
            misses,
            looks: Looks::default(),
            client_keys: ClientKeys::new(reach, clock.clone()),
            clock,
            clock_skew,
            turns,
            last_check: Mutex::default(),
            checked_at,
            outdated,
            ahead,
        };
        let directory = Self(Arc::new(shared));
        directory.check().await?;
        Ok(directory)
    }

    /// The version in force.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.current.load_full()
    }

    /// A client. One that memory does not know is looked for in the database once before it is refused: it may have been
    /// added a moment ago.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Arc<Known>>, Failure> {
        if let Some(known) = self.snapshot().client(id) {
            return Ok(Some(known.clone()));
        }
        self.0.looks.share(self.check()).await?;
        Ok(self.snapshot().client(id).cloned())
    }

    /// What verifies the signatures of clients.
    pub fn client_keys(&self) -> &ClientKeys {
        &self.0.client_keys
    }

    /// Asks for the version and reads anew if it moved.
    ///
    /// # Errors
    /// When the database cannot be read; what is in memory stays.
    pub async fn check(&self) -> Result<(), Failure> {
        let db = &self.0.prepared.db;
        // Before the question: an answer that was long on its way tells of then, not of now.
        let asked_at = self.0.clock.now();
        let turn = self.0.turns.fetch_add(1, Ordering::Relaxed);
        let (version, clock) = db.read(idp_store::directory_version::current_with_clock).await?;
        self.compare_clocks(asked_at, clock);
        let known = self.snapshot();
        // Without its master key a node looks each time whether the new file is there by now.
        if version != known.version || !known.master_key_fits {
            let fresh = Arc::new(read(&self.0.prepared, &self.0.in_use, turn).await?);
            fresh.say_unreadable(Some(&*known));
            // Several may read at once, and who asked first may be the last to get an answer.
            self.0.current.rcu(|current| if current.turn > turn { current.clone() } else { fresh.clone() });
        }
        let mut last = self.0.last_check.lock().unwrap_or_else(PoisonError::into_inner);
        if *last < turn {
            *last = turn;
            self.0.checked_at.store(asked_at.0, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A value is to be opened that may be sealed with a key which another node knows already: one that memory does not know
    /// is looked for in the database once. A miss is remembered for a second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learn_sealing_key(&self, sealed: &str) -> Result<(), Failure> {
        match Sealer::key_named_in(sealed) {
            Some(id) if !self.snapshot().sealer.knows(id) => self.look_for(&id.0).await,
            _ => Ok(()),
        }
    }

    /// The same for a token of ours that may be signed with a key which another node knows already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn learn_signing_key(&self, token: &str) -> Result<(), Failure> {
        match keys::jws::kid_named_in(token) {
            Some(kid) if !self.snapshot().ring.records().iter().any(|record| record.kid == kid) => {
                self.look_for(kid.as_str().as_bytes()).await
            }
            _ => Ok(()),
        }
    }

    async fn look_for(&self, name: &[u8]) -> Result<(), Failure> {
        if self.0.misses.is_new(name, self.0.clock.now()) { self.0.looks.share(self.check()).await } else { Ok(()) }
    }

    /// The master key at hand: for jobs that make keys.
    pub fn master(&self) -> Arc<MasterKey> {
        self.0.in_use.master()
    }

    /// What the directory is read with: for jobs that change it.
    pub fn prepared(&self) -> &Prepared {
        &self.0.prepared
    }
}

async fn read(prepared: &Prepared, in_use: &Arc<MasterKeyInUse>, turn: u64) -> Result<Snapshot, Failure> {
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

#[cfg(test)]
mod tests;
