//! `idp keys` — signing keys and their rotation.

use super::keys_words::{self, describe, instead, moment, warning, why_not};
use super::output::table;
use super::{CommandError, Context, keys_master, keys_sealing, right_clock};
use crate::keystore::prepare::{place, set_up};
use crate::keystore::{Prepared, signing_ring};
use ::keys::ring::{Compromise, Rotation, When, activate, compromise, retire, rotate, signing_algorithms};
use ::keys::{Algorithm, KeyState, Kid, Policy, RingRefusal, SigningKeyRecord, Step, UnixMillis};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What `idp keys` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp keys list
  idp keys rotate                     the next key signs as soon as every portal can have it
  idp keys rotate --alg ES256
  idp keys rotate --compromised KID   out of use at once; lists who is affected
  idp keys activate KID --now         signs at once, though portals may not have it yet
  idp keys sealing rotate
  idp keys change-master --new-master-key-file /etc/shenfen/master.key.new")]
pub enum KeysCommand {
    /// Set up the database, the master key and the ring (with SQLite the first start does it as well)
    #[command(after_help = "Example:\n  idp keys init --master-key-file /etc/shenfen/master.key")]
    Init {
        /// Where the master key file is, or shall be
        #[arg(long, value_name = "FILE")]
        master_key_file: Option<PathBuf>,
    },
    /// Every key with its state
    #[command(after_help = "Example:\n  idp keys list")]
    List,
    /// Generate one more next key
    #[command(after_help = "Examples:\n  idp keys generate --alg ES256\n  idp keys generate --alg EdDSA")]
    Generate {
        /// ES256, RS256, PS256 or EdDSA; the first key of the last two begins their ring
        #[arg(long, value_name = "ALG")]
        alg: Algorithm,
    },
    /// Let a certain next key sign
    #[command(after_help = "Examples:\n  idp keys activate KID\n  idp keys activate KID --now")]
    Activate {
        /// The key
        #[arg(allow_hyphen_values = true)]
        kid: String,
        /// At once, though portals may not have it yet
        #[arg(long)]
        now: bool,
        /// With --now: even a key so new that nodes may not have read it; what it signs then may be refused everywhere
        #[arg(long, requires = "now")]
        force: bool,
    },
    /// Take a key out of the JWKS that nobody needs
    #[command(after_help = "Example:\n  idp keys retire KID")]
    Retire {
        /// The key
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Sealing keys: list, rotate, retire
    #[command(subcommand)]
    Sealing(keys_sealing::SealingCommand),
    /// Give the database another master key
    #[command(
        long_about = "Give the database another master key\n\nWraps every key anew, in one transaction. Pairwise subjects, \
sessions, tokens and all other keys stay as they are. Running nodes go on.",
        after_help = "Example:\n  idp keys change-master --new-master-key-file /etc/shenfen/master.key.new"
    )]
    ChangeMaster {
        /// The new file: made, or taken as it is if an interrupted change left it
        #[arg(long, value_name = "FILE")]
        new_master_key_file: PathBuf,
    },
    /// Let the next keys sign
    #[command(
        after_help = "Examples:\n  idp keys rotate\n  idp keys rotate --alg ES256\n  idp keys rotate --compromised KID"
    )]
    Rotate {
        /// One algorithm alone
        #[arg(long, value_name = "ALG")]
        alg: Option<Algorithm>,
        /// This key is in foreign hands: out of use at once
        #[arg(long, value_name = "KID", conflicts_with = "alg", allow_hyphen_values = true)]
        compromised: Option<String>,
    },
}

impl KeysCommand {
    /// Whether it writes moments that nodes act upon.
    fn is_about_time(&self) -> bool {
        use keys_sealing::SealingCommand;
        !matches!(self, Self::List | Self::ChangeMaster { .. } | Self::Sealing(SealingCommand::List))
    }
}

/// Runs it.
pub async fn run(mut context: Context, command: KeysCommand) -> Result<(), CommandError> {
    if let KeysCommand::Init { master_key_file: Some(file) } = &command {
        context.settings.keys.master_key_file = Some(file.clone());
    }
    let prepared = match &command {
        KeysCommand::Init { .. } => set_up(&context.settings, &context.clock).await?,
        _ => context.prepare().await?,
    };
    if command.is_about_time() {
        right_clock::refuse_another(&context, &prepared.db).await?;
    }
    let ring = Ring { policy: context.settings.key_policy(), now: context.clock.now(), prepared, context };
    match command {
        KeysCommand::Init { .. } => ring.init().await,
        KeysCommand::List => ring.list().await,
        KeysCommand::Sealing(command) => keys_sealing::run(&ring.context, &ring.prepared, command).await,
        KeysCommand::ChangeMaster { new_master_key_file } => {
            keys_master::run(&ring.context, &ring.prepared, &new_master_key_file).await
        }
        KeysCommand::Generate { alg } => {
            ring.change(move |_, _, _| Ok((vec![Step::Generate { algorithm: alg }], ()))).await?;
            ring.say_generated(alg).await
        }
        KeysCommand::Activate { kid, now, force } => {
            let when = match (now, force) {
                (_, true) => When::Unread,
                (true, false) => When::AtOnce,
                (false, false) => When::Safe,
            };
            let kid = Kid::new(kid);
            let rotation =
                ring.change(move |at, records, policy| with_steps(activate(at, records, policy, &kid, when))).await?;
            ring.say_rotations(&[rotation])
        }
        KeysCommand::Retire { kid } => {
            let named = Kid::new(kid);
            ring.refuse_if_clients_need(&named).await?;
            let retired = named.clone();
            ring.change(move |at, records, policy| Ok((retire(at, records, policy, &named)?, ()))).await?;
            ring.context.out.result(&format!("key {retired} is retired"), &json!({ "retired": retired.as_str() }))
        }
        KeysCommand::Rotate { compromised: Some(kid), .. } => ring.compromised(Kid::new(kid)).await,
        KeysCommand::Rotate { alg, compromised: None } => {
            let algorithms = match alg {
                Some(one) => vec![one],
                None => ring.algorithms().await?,
            };
            let mut rotations = Vec::new();
            for algorithm in algorithms {
                rotations.push(ring.change(move |at, records, _| with_steps(rotate(at, records, algorithm))).await?);
            }
            ring.say_rotations(&rotations)
        }
    }
}

fn with_steps(rotation: Result<Rotation, RingRefusal>) -> signing_ring::Decision<Rotation> {
    let rotation = rotation?;
    Ok((rotation.steps.clone(), rotation))
}

struct Ring {
    context: Context,
    prepared: Prepared,
    policy: Policy,
    now: UnixMillis,
}

impl Ring {
    async fn change<T, F>(&self, decide: F) -> Result<T, CommandError>
    where
        T: Clone + Send + 'static,
        F: Fn(UnixMillis, &[SigningKeyRecord], &Policy) -> signing_ring::Decision<T> + Clone + Send + 'static,
    {
        let (now, policy) = (self.now, self.policy.clone());
        let decided =
            signing_ring::change(&self.prepared.db, &self.prepared.master, &self.policy, now, move |records| {
                decide(now, records, &policy)
            });
        decided.await?.map_err(|refusal| CommandError::refused(why_not(&refusal)))
    }

    async fn records(&self) -> Result<Vec<SigningKeyRecord>, CommandError> {
        Ok(signing_ring::records(&self.prepared.db.scan(idp_store::signing_keys::all).await?))
    }

    async fn init(&self) -> Result<(), CommandError> {
        let file = self.context.settings.master_key_file()?;
        let database = place(&self.context.settings.database_url()?);
        let keys = self.records().await?.len();
        let text = format!(
            "the database is {database}\nthe master key is in {}; {keys} signing keys are set up\nKeep a copy of that file apart from the database: a backup without it is no backup.",
            file.display()
        );
        self.context.out.result(&text, &json!({ "database": database, "master_key_file": file, "signing_keys": keys }))
    }

    /// The algorithms with a ring: those that always have one, and those with a key that signs.
    async fn algorithms(&self) -> Result<Vec<Algorithm>, CommandError> {
        let signing = signing_algorithms(&self.records().await?);
        let has_ring = |one: &Algorithm| self.policy.algorithms.contains(one) || signing.contains(one);
        Ok(Algorithm::ALL.iter().copied().filter(has_ring).collect())
    }

    /// What became of a key just made: of an algorithm that nothing signs yet it is the one that will.
    async fn say_generated(&self, alg: Algorithm) -> Result<(), CommandError> {
        let records = self.records().await?;
        let first = records.iter().filter(|record| record.algorithm == alg);
        let ready = first.filter_map(|record| match record.state {
            KeyState::Next { ready_at, .. } => Some(ready_at),
            _ => None,
        });
        let signs_at = ready.min().filter(|_| !signing_algorithms(&records).contains(&alg));
        let words = signs_at.map_or_else(String::new, |at| {
            format!(
                "; the first of its algorithm: a running server lets it sign at {}, then clients can use it",
                moment(at)
            )
        });
        let document = json!({ "generated": alg.as_str(), "signs_at": signs_at });
        self.context.out.result(&format!("a new {alg} key is published{words}"), &document)
    }

    /// The ring of an algorithm does not end while a client's tokens are signed with it.
    async fn refuse_if_clients_need(&self, kid: &Kid) -> Result<(), CommandError> {
        let records = self.records().await?;
        let signs = records.iter().find(|record| record.kid == *kid && record.state.is_active());
        let Some(algorithm) = signs.map(|record| record.algorithm) else { return Ok(()) };
        if self.policy.algorithms.contains(&algorithm) {
            return Ok(());
        }
        let clients = self.prepared.db.scan(idp_store::clients::all).await?;
        let users =
            clients.readable.iter().filter(|stored| stored.client.signing_algorithms().any(|one| one == algorithm));
        let names: Vec<_> = users.map(|stored| stored.client.id.to_string()).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(CommandError::refused(format!(
            "key {kid} is the one that signs {algorithm}, and these clients use it: {}; give them another first: idp clients \
             update CLIENT_ID --id-token-signed-response-alg ALG",
            names.join(", ")
        )))
    }

    async fn list(&self) -> Result<(), CommandError> {
        let records = self.records().await?;
        let row = |record: &SigningKeyRecord| {
            vec![
                record.kid.to_string(),
                record.algorithm.to_string(),
                record.state.name().to_owned(),
                describe(&record.state),
            ]
        };
        let rows: Vec<_> = records.iter().map(row).collect();
        let text = table(&["KID", "ALG", "STATE", "SINCE"], &rows);
        let json = |record: &SigningKeyRecord| json!({ "kid": record.kid, "alg": record.algorithm, "state": record.state.name(), "life": record.state, "created_at": record.created_at });
        self.context.out.result(&text, &json!(records.iter().map(json).collect::<Vec<_>>()))
    }

    fn say_rotations(&self, rotations: &[Rotation]) -> Result<(), CommandError> {
        let (text, document) = keys_words::rotated(rotations);
        self.context.out.result(&text, &document)
    }

    /// Out of use at once, and who is affected: the clients whose tokens are signed with that algorithm.
    async fn compromised(&self, kid: Kid) -> Result<(), CommandError> {
        let named = kid.clone();
        let done: Compromise = self
            .change(move |at, records, policy| {
                let compromise = compromise(at, records, policy, &named)?;
                Ok((compromise.steps.clone(), compromise))
            })
            .await?;
        let all = self.prepared.db.scan(idp_store::clients::all).await?;
        let clients = all.readable;
        let affected: Vec<_> = clients
            .iter()
            .filter(|stored| stored.client.signing_algorithms().any(|one| one == done.algorithm))
            .collect();
        let names: Vec<_> =
            affected.iter().map(|stored| format!("  {}  {}", stored.client.id, stored.client.name)).collect();
        let text = format!(
            "key {kid} is out of the JWKS and recognises nothing any more; no node signs with it after 10 seconds\n{}{}\nportals that keep an older JWKS may trust it until {}; affected ({}):\n{}{}",
            instead(&done),
            warning(done.successor_unknown_until),
            moment(done.trusted_until),
            done.algorithm,
            names.join("\n"),
            super::clients::unreadable_words(&all.unreadable)
        );
        let ids: Vec<Value> = affected.iter().map(|stored| json!(stored.client.id)).collect();
        let unreadable: Vec<_> = all.unreadable.iter().map(|client| json!(client.id)).collect();
        let document = json!({
            "compromised": kid, "algorithm": done.algorithm, "successor": done.successor,
            "trusted_until": done.trusted_until, "successor_unknown_until": done.successor_unknown_until, "affected": ids,
            "unreadable": unreadable,
        });
        self.context.out.result(&text, &document)
    }
}
