//! `idp accounts add` — an account, active at once.

use super::accounts::administered;
use super::accounts_state::former_digest;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::passwords::{Cost, LONGEST, Passwords};
use clap::Args;
use idp_core::AccountId;
use idp_core::membership::steps::LONGEST_NAME;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_core::people::email_address::EmailAddress;
use idp_core::shown_text;
use idp_store::accounts::{self, NewAccount};
use idp_store::audit;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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

/// Adds it.
pub(super) async fn run(context: &Context, prepared: &Prepared, add: AddAccount) -> Result<(), CommandError> {
    let refused = |words: &str| CommandError::refused(words);
    let account = AccountName::parse(&add.account)
        .ok_or_else(|| refused("ACCOUNT needs 5 to 15 letters and digits, first a letter"))?;
    let name = shown_text::name(&add.name, LONGEST_NAME).map_err(|why| refused(&format!("--name {why}")))?.to_owned();
    let looks_wrong = || refused("--email must look like name@example.gov.tw");
    let email = add.email.map(|email| EmailAddress::parse(&email).ok_or_else(looks_wrong)).transpose()?;
    let email = email.map(|email| email.as_str().to_owned());
    let password_hash = hash_of(context, &add.password_file).await?;
    let id = AccountId::new(keys::random()?);
    let email_verified = email.is_some();
    let name_digest = former_digest(prepared, &account.key()).await?;
    let state = AccountState::Active;
    let new = NewAccount { id, account, name, email, email_verified, state, password_hash, name_digest };
    let (now, typed) = (context.clock.now(), add.account);
    let inserted = prepared
        .db
        .write(move |tx| {
            let inserted = accounts::insert(tx, &new, now)?;
            if inserted {
                let detail = json!({ "state": new.state.as_str(), "email": new.email.is_some() });
                audit::write(tx, administered("accounts.add", &new.id, detail), now, keys::random()?)?;
            }
            Ok(inserted)
        })
        .await?;
    if !inserted {
        let words = "already, or there was one that was deleted: a name is never given to another person";
        return Err(CommandError::refused(format!("there is an account {typed} {words}")));
    }
    context.out.result(&format!("account {typed} is active"), &json!({ "account": typed, "state": "active" }))
}

/// The hash of the password that a file holds; `-`: standard input.
pub(super) async fn hash_of(context: &Context, file: &Path) -> Result<String, CommandError> {
    let password = read_password(file)?;
    let rule = &context.settings.passwords;
    let cost = Cost { memory_kib: rule.argon2_memory_kib, passes: rule.argon2_passes };
    Ok(Passwords::start(cost, 1)?.hash(None, password).await?)
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
