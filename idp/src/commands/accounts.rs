//! `idp accounts` — people's accounts: adding, showing, locking. Official capacity is in `accounts_capacity`.

use super::{CommandError, Context, accounts_capacity};
use crate::keystore::{Prepared, personal, secrets};
use crate::passwords::{Cost, LONGEST, Passwords};
use clap::{Args, Subcommand};
use idp_core::AccountId;
use idp_core::audit::{About, Event};
use idp_core::identity::claims::check_further;
use idp_core::identity::national_id::NationalId;
use idp_core::people::account::{AccountState, Person};
use idp_core::people::account_name::{AccountName, counter_key};
use idp_store::accounts::{self, NewAccount, SealedPersonal};
use idp_store::{audit, password_attempts};
use keys::hmac_sha256;
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What `idp accounts` takes.
#[derive(Subcommand)]
#[command(after_help = "\
Examples:
  idp accounts add fireman0119 --password-file pw.txt --name 林大勇 --email fireman0119@example.gov.tw
  printf %s \"$PASSWORD\" | idp accounts add clairesu1234 --password-file - --name 蘇小美
  idp accounts set-capacity fireman0119 --agency-oid 2.16.886.101.20003.20001.20003 --official-type civil_servant
  idp accounts end-capacity fireman0119
  idp accounts set-claims clairesu1234 claims.json
  idp accounts lock fireman0119")]
pub enum AccountsCommand {
    /// Add an account, active at once
    #[command(
        after_help = "Example:\n  idp accounts add fireman0119 --password-file pw.txt --name 林大勇 --email fireman0119@example.gov.tw"
    )]
    Add(AddAccount),
    /// Give an account an official capacity (公務人員), or change it
    #[command(
        after_help = "Example:\n  idp accounts set-capacity fireman0119 --agency-oid 2.16.886.101.20003.20001.20003 --official-type civil_servant"
    )]
    SetCapacity(accounts_capacity::SetCapacity),
    /// End an official capacity: what speaks of it is revoked, its portals are told, the session stays
    #[command(after_help = "Example:\n  idp accounts end-capacity fireman0119")]
    EndCapacity {
        /// The account name
        account: String,
    },
    /// Set further standard claims, and uid (身分證字號), out of a JSON object
    #[command(after_help = "Example:\n  idp accounts set-claims clairesu1234 claims.json")]
    SetClaims {
        /// The account name
        account: String,
        /// JSON file such as {"nickname": "阿勇", "uid": "A123456789", "uid_verified": true}
        file: PathBuf,
    },
    /// Give an account a role: administrator, reviewer
    #[command(after_help = "Example:\n  idp accounts grant-role keyadmin01 administrator")]
    GrantRole {
        /// The account name
        account: String,
        /// The role
        role: String,
    },
    /// Lock an account: its sessions and tokens end everywhere at once
    #[command(after_help = "Example:\n  idp accounts lock fireman0119")]
    Lock {
        /// The account name
        account: String,
    },
    /// Unlock an account, and forget its wrong passwords
    #[command(after_help = "Example:\n  idp accounts unlock fireman0119")]
    Unlock {
        /// The account name
        account: String,
    },
    /// One account
    #[command(after_help = "Example:\n  idp accounts show fireman0119")]
    Show {
        /// The account name
        account: String,
    },
}

/// What `idp accounts add` takes.
#[derive(Args)]
pub struct AddAccount {
    /// 帳號: 5 to 15 letters and digits, first a letter
    account: String,
    /// File that holds the password; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    password_file: PathBuf,
    /// 姓名
    #[arg(long)]
    name: String,
    /// E-mail address
    #[arg(long, value_name = "MAIL")]
    email: Option<String>,
}

/// The roles there are.
const ROLES: [&str; 2] = ["administrator", "reviewer"];

/// Runs it.
pub async fn run(context: Context, command: AccountsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        AccountsCommand::Add(add) => run_add(&context, &prepared, add).await,
        AccountsCommand::SetCapacity(set) => accounts_capacity::set(&context, &prepared, set).await,
        AccountsCommand::EndCapacity { account } => accounts_capacity::end(&context, &prepared, &account).await,
        AccountsCommand::SetClaims { account, file } => set_claims(&context, &prepared, &account, &file).await,
        AccountsCommand::GrantRole { account, role } => grant_role(&context, &prepared, &account, role).await,
        AccountsCommand::Lock { account } => set_state(&context, &prepared, &account, AccountState::Locked).await,
        AccountsCommand::Unlock { account } => set_state(&context, &prepared, &account, AccountState::Active).await,
        AccountsCommand::Show { account } => show(&context, &prepared, &account).await,
    }
}

/// The account of a name.
pub(super) async fn find(prepared: &Prepared, account: &str) -> Result<Person, CommandError> {
    let key = account.to_ascii_lowercase();
    let found = prepared.db.read(move |conn| accounts::login(conn, &key)).await?;
    found.map(|login| login.person).ok_or_else(|| CommandError::refused(format!("there is no account {account}")))
}

/// An audit line about an account.
pub(super) fn administered(act: &'static str, id: &AccountId, detail: Value) -> Event {
    Event::Administered { act, about: About::Account(id.clone()), detail }
}

async fn run_add(context: &Context, prepared: &Prepared, add: AddAccount) -> Result<(), CommandError> {
    let refused = |words: &str| CommandError::refused(words);
    let account = AccountName::parse(&add.account)
        .ok_or_else(|| refused("ACCOUNT needs 5 to 15 letters and digits, first a letter"))?;
    let name = add.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 50 || name.contains(char::is_control) {
        return Err(refused("--name needs 1 to 50 printable characters"));
    }
    let email = add.email.map(|email| email.trim().to_owned());
    if email.as_ref().is_some_and(|email| !looks_like_mail(email)) {
        return Err(refused("--email must look like name@example.gov.tw"));
    }
    let password = read_password(&add.password_file)?;
    let cost = Cost {
        memory_kib: context.settings.passwords.argon2_memory_kib,
        passes: context.settings.passwords.argon2_passes,
    };
    let password_hash = Passwords::start(cost, 1)?.hash(password).await?;
    let id = AccountId::new(keys::random()?);
    let new = NewAccount { id, account, name, email, state: AccountState::Active, password_hash };
    let (now, typed) = (context.clock.now(), add.account);
    let inserted = prepared
        .db
        .write(move |tx| {
            let inserted = accounts::insert(tx, &new, now)?;
            if inserted {
                audit::write(tx, administered("accounts.add", &new.id, json!({})), now, keys::random()?)?;
            }
            Ok(inserted)
        })
        .await?;
    if !inserted {
        return Err(CommandError::refused(format!("there is an account {typed} already")));
    }
    context.out.result(&format!("account {typed} is active"), &json!({ "account": typed, "state": "active" }))
}

/// One `@` between something and a dotted name; whether it is reached is found out by mail.
fn looks_like_mail(text: &str) -> bool {
    let plain = text.len() <= 254 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    plain
        && text.rsplit_once('@').is_some_and(|(local, host)| {
            !local.is_empty()
                && !local.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
        })
}

fn read_password(file: &Path) -> Result<Zeroizing<String>, CommandError> {
    let mut text = Zeroizing::new(String::new());
    if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST as u64 + 2).read_to_string(&mut text)?;
    } else {
        let opened = std::fs::File::open(file);
        let opened =
            opened.map_err(|why| CommandError::refused(format!("--password-file {}: {why}", file.display())))?;
        opened.take(LONGEST as u64 + 2).read_to_string(&mut text)?;
    }
    let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if password.is_empty() || password.len() > LONGEST {
        return Err(CommandError::refused("the password needs 1 to 512 bytes"));
    }
    Ok(password)
}

async fn set_claims(context: &Context, prepared: &Prepared, account: &str, file: &Path) -> Result<(), CommandError> {
    let refused = |why: String| CommandError::refused(format!("{}: {why}", file.display()));
    let text = std::fs::read(file).map_err(|why| refused(why.to_string()))?;
    let mut claims: Map<String, Value> = serde_json::from_slice(&text).map_err(|why| refused(why.to_string()))?;
    let number = match claims.remove("uid") {
        None => None,
        Some(Value::String(text)) => {
            Some(NationalId::parse(&text).ok_or_else(|| refused("uid is no 身分證字號 or 統一證號".into()))?)
        }
        Some(_) => return Err(refused("uid must be text".into())),
    };
    let verified = match claims.remove("uid_verified") {
        None => false,
        Some(Value::Bool(verified)) => verified,
        Some(_) => return Err(refused("uid_verified must be true or false".into())),
    };
    check_further(&claims).map_err(refused)?;
    let person = find(prepared, account).await?;
    let id = person.account_id;
    let master = prepared.master.clone();
    let (secrets, sealer) = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?;
    let seal = |number: &NationalId| personal::seal_national_id(&sealer, id.as_str(), number.as_str());
    let sealed = SealedPersonal {
        national_id: number.as_ref().map(seal).transpose()?,
        national_id_verified: verified && number.is_some(),
        claims: match claims.is_empty() {
            true => None,
            false => Some(personal::seal_claims(&sealer, id.as_str(), &serde_json::to_vec(&claims)?)?),
        },
    };
    let index = number.map(|number| personal::blind_index(&secrets.national_id, number.as_str()));
    let names: Vec<_> = claims.keys().cloned().collect();
    let (now, detail) = (context.clock.now(), json!({ "claims": names }));
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        accounts::set_personal(tx, &id, &sealed, index)?;
        audit::write(tx, administered("accounts.set_claims", &id, detail.clone()), now, keys::random()?)
    };
    prepared.db.write(unit).await?;
    context.out.result(&format!("the claims of {account} are set"), &json!({ "account": account }))
}

async fn grant_role(context: &Context, prepared: &Prepared, account: &str, role: String) -> Result<(), CommandError> {
    if !ROLES.contains(&role.as_str()) {
        return Err(CommandError::refused(format!("there is no role {role}; there are {}", ROLES.join(", "))));
    }
    let id = find(prepared, account).await?.account_id;
    let (now, text) = (context.clock.now(), format!("{account} has the role {role}"));
    let document = json!({ "account": account, "role": role });
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        if accounts::grant_role(tx, &id, &role)? {
            let event = administered("accounts.grant_role", &id, json!({ "role": role }));
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(())
    };
    prepared.db.write(unit).await?;
    context.out.result(&text, &document)
}

async fn set_state(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    state: AccountState,
) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    if person.state == AccountState::NotActivated {
        // Whoever unlocked it would answer for a mail address that nobody has confirmed.
        return Err(CommandError::refused(format!("{account} is not activated yet; only its owner can do that")));
    }
    let id = person.account_id;
    let now = context.clock.now();
    let master = prepared.master.clone();
    let digest = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.0.typed_name;
    let name_digest = hmac_sha256(&digest, counter_key(account).as_bytes());
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        accounts::set_state(tx, &id, state, now)?;
        if state == AccountState::Active {
            password_attempts::forget(tx, &name_digest)?;
        }
        let act = if state == AccountState::Active { "accounts.unlock" } else { "accounts.lock" };
        audit::write(tx, administered(act, &id, json!({})), now, keys::random()?)
    };
    prepared.db.write(unit).await?;
    context.out.result(
        &format!("account {account} is {}", state.as_str()),
        &json!({ "account": account, "state": state.as_str() }),
    )
}

async fn show(context: &Context, prepared: &Prepared, account: &str) -> Result<(), CommandError> {
    let person = find(prepared, account).await?;
    let id = person.account_id.clone();
    let roles = prepared.db.read(move |conn| accounts::roles(conn, &id)).await?;
    let document = json!({
        "account": person.account, "name": person.name, "email": person.email, "state": person.state.as_str(),
        "identity_type": person.capacity.as_ref().map_or("natural_person", |_| "civil_servant"),
        "official_type": person.capacity.as_ref().map(|capacity| capacity.official_type.as_str()),
        "agency_oid": person.capacity.as_ref().map(|capacity| capacity.agency_oid.as_str()),
        "agency_name": person.capacity.as_ref().map(|capacity| capacity.agency_name.as_str()),
        "roles": roles,
    });
    context.out.result(&format!("{document:#}"), &document)
}
