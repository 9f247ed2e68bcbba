//! `idp accounts` — people's accounts: which commands there are.

use super::{
    CommandError, Context, accounts_add, accounts_capacity, accounts_claims, accounts_deletion, accounts_hint,
    accounts_list, accounts_messages, accounts_name, accounts_password, accounts_roles, accounts_state, operator,
};
use crate::keystore::{Prepared, secrets};
use crate::messages::mails;
use crate::text::Language;
use clap::Subcommand;
use idp_core::audit::{About, Event};
use idp_core::membership::former_email::confirmed_mailboxes;
use idp_core::membership::message::Purpose;
use idp_core::people::account::{AccountState, Person};
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::NewMessage;
use idp_store::{Fault, Tx, accounts, former_emails};
use serde_json::Value;
use std::path::PathBuf;

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
    Add(accounts_add::AddAccount),
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
    /// Set the name of the person (姓名), where they cannot change it themselves
    #[command(after_help = "Example:\n  idp accounts set-name clairesu1234 蘇小美")]
    SetName {
        /// The account name
        account: String,
        /// The name
        name: String,
    },
    /// Set further standard claims, and uid (身分證字號), out of a JSON object
    #[command(after_help = "Example:\n  idp accounts set-claims clairesu1234 claims.json")]
    SetClaims {
        /// The account name
        account: String,
        /// JSON file such as {"nickname": "阿勇", "uid": "A123456789", "uid_verified": true}
        file: PathBuf,
    },
    /// Give an account another password: its sessions and tokens end everywhere at once
    #[command(
        long_about = "Give an account another password: its sessions and tokens end everywhere at once\n\nTheir portals are told, \
as at a lock. The wrong passwords of the name are forgotten. An account that is locked stays locked. The person is told by mail.",
        after_help = "Examples:\n  idp accounts set-password fireman0119 --password-file pw.txt\n  \
printf %s \"$PASSWORD\" | idp accounts set-password fireman0119 --password-file -"
    )]
    SetPassword(accounts_password::SetPassword),
    /// Remove the hint question of an account whose owner forgot the answer
    #[command(
        long_about = "Remove the hint question of an account whose owner forgot the answer\n\nA mailed link, or a code texted to the \
rescue mobile, is enough for another password then. Make sure who asks for it.",
        after_help = "Example:\n  idp accounts forget-hint clairesu1234"
    )]
    ForgetHint {
        /// The account name
        account: String,
    },
    /// Give an account a role: administrator, reviewer. It is kept and shown; nothing asks for it yet
    #[command(after_help = "Example:\n  idp accounts grant-role keyadmin01 administrator")]
    GrantRole {
        /// The account name
        account: String,
        /// The role
        role: String,
    },
    /// Take a role from an account
    #[command(after_help = "Example:\n  idp accounts revoke-role keyadmin01 administrator")]
    RevokeRole {
        /// The account name
        account: String,
        /// The role
        role: String,
    },
    /// Lock an account: its sessions and tokens end everywhere at once. A deletion that waits is stopped
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
    /// Delete an account in place of its person (刪除帳號): its sessions and tokens end at once, its data goes later
    #[command(
        long_about = "Delete an account in place of its person (刪除帳號): its sessions and tokens end at once, its data goes later\n\n\
Its portals are told, and the person by mail. Until it is removed (membership.deletion_waits) the person can undo it by signing in, \
and you by «idp accounts keep». A running provider removes it. Its name is never given to anybody again.\n\n\
An application that nobody has activated is removed at once by --now, and its name is free again.",
        after_help = "Examples:\n  idp accounts delete fireman0119\n  idp accounts delete fireman0119 --now"
    )]
    Delete {
        /// The account name
        account: String,
        /// Do not wait: it cannot be undone
        #[arg(long)]
        now: bool,
    },
    /// Undo the deletion of an account that was not removed yet
    #[command(after_help = "Example:\n  idp accounts keep fireman0119")]
    Keep {
        /// The account name
        account: String,
    },
    /// Accounts, by name
    #[command(after_help = "Example:\n  idp accounts list --limit 1000")]
    List(accounts_list::ListAccounts),
    /// What became of the mails and text messages to a person, the newest first
    #[command(after_help = "Example:\n  idp accounts messages clairesu1234")]
    Messages(accounts_messages::AccountMessages),
    /// One account: who, since when, what helps its owner without a password, how its name stands after wrong ones
    #[command(after_help = "Example:\n  idp accounts show fireman0119")]
    Show {
        /// The account name
        account: String,
    },
}

/// Runs it.
pub async fn run(context: Context, command: AccountsCommand) -> Result<(), CommandError> {
    let prepared = context.prepare().await?;
    match command {
        AccountsCommand::Add(add) => accounts_add::run(&context, &prepared, add).await,
        AccountsCommand::SetCapacity(set) => accounts_capacity::set(&context, &prepared, set).await,
        AccountsCommand::EndCapacity { account } => accounts_capacity::end(&context, &prepared, &account).await,
        AccountsCommand::SetName { account, name } => accounts_name::set(&context, &prepared, &account, &name).await,
        AccountsCommand::SetClaims { account, file } => {
            accounts_claims::set(&context, &prepared, &account, &file).await
        }
        AccountsCommand::SetPassword(set) => accounts_password::run(&context, &prepared, set).await,
        AccountsCommand::ForgetHint { account } => accounts_hint::forget(&context, &prepared, &account).await,
        AccountsCommand::GrantRole { account, role } => {
            accounts_roles::set(&context, &prepared, &account, (role, true)).await
        }
        AccountsCommand::RevokeRole { account, role } => {
            accounts_roles::set(&context, &prepared, &account, (role, false)).await
        }
        AccountsCommand::Lock { account } => {
            accounts_state::set(&context, &prepared, &account, AccountState::Locked).await
        }
        AccountsCommand::Unlock { account } => {
            accounts_state::set(&context, &prepared, &account, AccountState::Active).await
        }
        AccountsCommand::Delete { account, now } => accounts_deletion::delete(&context, &prepared, &account, now).await,
        AccountsCommand::Keep { account } => accounts_deletion::keep(&context, &prepared, &account).await,
        AccountsCommand::List(asked) => accounts_list::list(&context, &prepared, asked).await,
        AccountsCommand::Messages(asked) => accounts_messages::run(&context, &prepared, asked).await,
        AccountsCommand::Show { account } => accounts_list::show(&context, &prepared, &account).await,
    }
}

/// The account of a name.
pub(super) async fn find(prepared: &Prepared, account: &str) -> Result<Person, CommandError> {
    let key = account.to_ascii_lowercase();
    let found = prepared.db.read(move |conn| accounts::login(conn, &key)).await?;
    found.map(|login| login.person).ok_or_else(|| no_account(account))
}

/// There is none of this name, or it is gone by now.
pub(super) fn no_account(account: &str) -> CommandError {
    CommandError::refused(format!("there is no account {account}"))
}

/// Whether an account that was read before is still there. Asked in the transaction that changes it: it may have been removed since.
pub(super) fn is_there(tx: &mut Tx<'_>, id: &AccountId) -> Result<bool, Fault> {
    Ok(accounts::state(tx.conn(), id)?.is_some())
}

/// An audit line about an account.
pub(super) fn administered(act: &'static str, id: &AccountId, detail: Value) -> Event {
    operator::administered(act, About::Account(id.clone()), detail)
}

/// The mails that tell the person of something, if there is a confirmed address: in the language that most read here, since nobody knows
/// theirs on the command line. A running provider sends them.
pub(super) async fn told(
    prepared: &Prepared,
    person: &Person,
    purpose: Purpose,
    now: UnixMillis,
) -> Result<Vec<NewMessage>, CommandError> {
    let id = person.account_id.clone();
    let former = prepared.db.read(move |conn| former_emails::counting(conn, &id, now)).await?;
    let to = confirmed_mailboxes(person, former.as_ref());
    if to.is_empty() {
        return Ok(Vec::new());
    }
    let master = prepared.master.clone();
    let (_, sealer) = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?;
    Ok(mails(&sealer, (&person.account_id, &to), purpose, Language::default(), now)?)
}
