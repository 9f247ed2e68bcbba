//! Membership (會員): getting an account and recovering it, as pages.
//!
//! Owns the endpoints under `/join`, `/activate` and those that help who forgot something. The rules are in
//! `idp_core::membership`, what is mailed in `messages`, the pages in `pages::membership`.

pub mod activate;
mod asking;
mod create;
pub mod deletion;
pub mod documents;
pub mod forgot_account;
pub mod forgot_password;
pub mod join;
pub mod resend_confirmation;
pub mod reset_code;
pub mod reset_password;
pub mod sent;
pub mod undo_deletion;

use crate::failure::Failure;
use crate::settings::{BadSetting, Settings};
use crate::sign_in::address_limit::AddressLimit;
use crate::wiring::{Ctx, SignInCtx};
use axum::extract::FromRef;
use idp_core::membership::asking::Help;
use idp_core::people::password_rule::PasswordPolicy;
use idp_core::{AccountId, UnixMillis};
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// What membership is given.
#[derive(Clone)]
pub struct MembershipCtx {
    /// What every page is given.
    pub base: Ctx,
    /// Hashes in the same queue and reads the same pictures as the sign-in page.
    pub sign_in: SignInCtx,
    /// Which passwords people may choose.
    pub policy: PasswordPolicy,
    /// Passwords that the operator lets nobody choose, in lower case.
    pub listed: Arc<HashSet<String>>,
    /// How often things are done from one address.
    pub limits: Limits,
    /// Whether people are offered text messages.
    pub offers_texts: bool,
    /// From 刪除帳號 to the removal.
    pub deletion_waits: Duration,
}

impl FromRef<MembershipCtx> for Ctx {
    fn from_ref(area: &MembershipCtx) -> Self {
        area.base.clone()
    }
}

/// How often what costs something is done within [`WINDOW`]: from one address, for one application, by one account.
#[derive(Clone)]
pub struct Limits {
    /// Applications.
    pub applications: AddressLimit,
    /// Answers to hint questions: each is hashed.
    pub answers: AddressLimit,
    /// Mails that are asked for.
    pub mails: AddressLimit,
    /// Those that are asked for without reading the picture.
    unseen: AddressLimit,
    /// Codes that are mailed for one application: nothing was read for them, and the address can be changed.
    codes: AddressLimit,
    /// Other addresses for the 帳號確認信 of one application.
    corrections: AddressLimit,
    /// Those of them for which nobody waits.
    at_once: AddressLimit,
    /// Changes of the details of one account: each is a line of the audit, and takes no password, which would slow it.
    pub profile_changes: AddressLimit,
}

impl Limits {
    /// Counts a code that is asked for on the last step of an application. `Err`: there were too many already; until when.
    async fn take_code(
        &self,
        application: &AccountId,
        from: IpAddr,
        now: UnixMillis,
    ) -> Result<Result<(), UnixMillis>, Failure> {
        if let Err(until) = self.codes.take_named(application.as_str(), now).await? {
            return Ok(Err(until));
        }
        let may = self.unseen.take(from, now).await?;
        if may.is_err() {
            self.codes.give_back_named(application.as_str(), now).await?;
        }
        Ok(may)
    }

    /// None was mailed.
    async fn give_back_code(&self, application: &AccountId, from: IpAddr, now: UnixMillis) -> Result<(), Failure> {
        self.codes.give_back_named(application.as_str(), now).await?;
        Ok(self.unseen.give_back(from, now).await?)
    }
}

/// Codes that are mailed for one application within [`WINDOW`].
const MOST_CODES: u32 = 3;
/// Mails that are asked for from one address within [`WINDOW`] by who does not read the picture.
const MOST_UNSEEN: u32 = 20;
/// Times that one application may name another address: each writes to whoever has it, and one picture was read for all of them.
const MOST_CORRECTIONS: u32 = 5;
/// So many of them wait for nothing: whoever sees the slip at once corrects it at once.
const CORRECTED_AT_ONCE: u32 = 2;
/// Longer than the page that corrects can be come back to.
const CORRECTING: Duration = Duration::from_secs(7 * 24 * 3600);
/// Times that somebody changes their details within [`WINDOW`]: more than anybody has to correct.
const MOST_PROFILE_CHANGES: u32 = 30;
/// Where help is asked for.
const fn path(help: Help) -> &'static str {
    match help {
        Help::Password | Help::PasswordByText => "/forgot-password",
        Help::Account => "/forgot-account",
        Help::Confirmation => "/resend-confirmation",
    }
}

/// How long applications from one address are counted together.
pub const WINDOW: Duration = Duration::from_secs(3600);

impl MembershipCtx {
    /// # Errors
    /// When the operator's list of passwords cannot be read.
    pub fn new(settings: &Settings, sign_in: &SignInCtx) -> Result<Self, BadSetting> {
        let base = &sign_in.base;
        let limit =
            |of, most: u32| AddressLimit::new(of, most.into(), base.ephemeral.clone(), base.clock.now()).within(WINDOW);
        let limits = Limits {
            applications: limit("join", settings.membership.applications_per_address),
            answers: limit("answer", settings.membership.applications_per_address),
            mails: sign_in.captcha.mails.clone(),
            unseen: limit("unseen", MOST_UNSEEN),
            codes: limit("join_code", MOST_CODES),
            corrections: limit("correction", MOST_CORRECTIONS).within(CORRECTING),
            at_once: limit("at-once", CORRECTED_AT_ONCE).within(CORRECTING),
            profile_changes: limit("profile", MOST_PROFILE_CHANGES),
        };
        Ok(Self {
            base: base.clone(),
            sign_in: sign_in.clone(),
            policy: settings.passwords.policy.into(),
            listed: Arc::new(settings.passwords.listed()?),
            limits,
            offers_texts: settings.offers_texts()?,
            deletion_waits: settings.membership.deletion_waits.0,
        })
    }
}
