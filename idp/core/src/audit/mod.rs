//! Every event that is written down, typed: what happened to whom, in the same transaction as the act.
//!
//! Refused requests that change nothing are no events: they are logged, so that a flood cannot write rows.

mod events;
mod line;
mod who;

pub use events::{Column, Documented, EVENTS};
pub use line::Line;
pub use who::{About, DeletedBy, EndedBy, Operator, RemovedBy, RevokedBy};

use crate::client::logo::PictureName;
use crate::ids::{AccountId, ClientId};
use crate::membership::reset_key::Proofs;
use keys::UnixMillis;
use serde_json::Value;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Somebody signed in.
    SignedIn {
        /// Who.
        account: AccountId,
        /// At the request of which portal; `None`: at the provider itself.
        client: Option<ClientId>,
        /// How strongly (`acr`).
        acr: &'static str,
    },
    /// A wrong password, alike for known and unknown names.
    SignInFailed {
        /// Keyed digest of the name that was typed, never the text.
        name_digest: String,
        /// At the request of which portal; `None`: at the provider itself.
        client: Option<ClientId>,
        /// Failures in a row.
        failures: u32,
    },
    /// The right password of an account that cannot be used.
    SignInRefused {
        /// Whose.
        account: AccountId,
        /// Its state.
        state: &'static str,
    },
    /// Tokens were issued, for a code or by the authorization endpoint itself.
    TokensIssued {
        /// To whom about whom.
        account: AccountId,
        /// To which portal.
        client: ClientId,
    },
    /// A client got a token of its own.
    ClientTokenIssued {
        /// Which.
        client: ClientId,
    },
    /// A code was presented that gave nothing: used twice, or by its own client with the wrong verifier.
    CodeRefused {
        /// By which portal.
        client: ClientId,
        /// Why.
        reason: &'static str,
    },
    /// A refresh token was used.
    TokensRefreshed {
        /// Whose.
        account: AccountId,
        /// By which portal.
        client: ClientId,
    },
    /// A refresh token was used twice; its grant ended.
    RefreshReused {
        /// Whose.
        account: AccountId,
        /// By which portal.
        client: ClientId,
    },
    /// What a person gave a portal was taken back.
    GrantRevoked {
        /// Whose.
        account: AccountId,
        /// Which portal.
        client: ClientId,
        /// By whom.
        by: RevokedBy,
    },
    /// A person agreed to what a portal receives, or went on as who they are.
    Consented {
        /// Who.
        account: AccountId,
        /// Which portal.
        client: ClientId,
        /// The scopes.
        scope: String,
    },
    /// A session was ended.
    SignedOut {
        /// Whose.
        account: AccountId,
        /// By whom.
        by: EndedBy,
        /// How many portals are told.
        portals: usize,
    },
    /// A client's secret that had been rotated out, and worked no more, was removed.
    OldSecretForgotten {
        /// Whose.
        client: ClientId,
    },
    /// A client registered itself.
    ClientRegistered {
        /// Which.
        client: ClientId,
        /// By which initial access token; `None`: in open registration.
        token: Option<String>,
        /// As what, without its secrets.
        document: Value,
    },
    /// A client changed its own registration.
    ClientChanged {
        /// Which.
        client: ClientId,
        /// The fields that changed, from what to what.
        changed: Value,
    },
    /// The logo of a client was fetched: people are shown it.
    LogoFetched {
        /// Whose.
        client: ClientId,
        /// Where it was.
        uri: String,
        /// The copy that is shown.
        picture: PictureName,
    },
    /// A client that had registered itself is gone.
    ClientRemoved {
        /// Which.
        client: ClientId,
        /// Who removed it.
        by: RemovedBy,
    },
    /// Somebody applied for an account (加入會員).
    AccountApplied {
        /// The account, not activated yet.
        account: AccountId,
        /// `general` or `official`.
        kind: &'static str,
    },
    /// An account can be used from now on: the mailed link was followed.
    AccountActivated {
        /// Which.
        account: AccountId,
    },
    /// An account is gone that was never activated.
    AccountNeverActivated {
        /// Which.
        account: AccountId,
    },
    /// Whoever reads the mail of an account that was not activated yet did away with it.
    ApplicationDiscarded {
        /// Which.
        account: AccountId,
    },
    /// The address of an account that was not activated yet was corrected.
    EmailCorrected {
        /// Whose.
        account: AccountId,
    },
    /// A 帳號確認信 was asked for once more.
    ActivationAskedAgain {
        /// Whose.
        account: AccountId,
    },
    /// Help was asked for (忘記密碼, 忘記帳號, 重寄確認信), alike for names that somebody has and others.
    RecoveryAsked {
        /// Keyed digest of the name or address that was typed, never the text.
        name_digest: String,
        /// What for: `password`, `password_by_text`, `account`, `confirmation`, `join_code`, `sign_in_code`.
        what: &'static str,
    },
    /// A person changed their own record (個人資料維護).
    RecordChanged {
        /// Whose.
        account: AccountId,
        /// The fields, never what they hold.
        fields: Vec<&'static str>,
    },
    /// A person asked for another e-mail address; nothing changed yet.
    EmailChangeAsked {
        /// Whose.
        account: AccountId,
    },
    /// A person took that back.
    EmailChangeWithdrawn {
        /// Whose.
        account: AccountId,
    },
    /// A person confirmed another e-mail address.
    EmailChanged {
        /// Whose.
        account: AccountId,
    },
    /// A person who was signed in set another password (密碼維護).
    PasswordChanged {
        /// Whose.
        account: AccountId,
    },
    /// Somebody who forgot the password typed the code of a text message, or the answer to the hint question.
    RecoveryTried {
        /// Keyed digest of the account name that help was asked for at.
        name_digest: String,
        /// Which: `text_code`, `answer`.
        proof: &'static str,
        /// Whether it was right.
        right: bool,
    },
    /// Another password was set by who forgot the old one.
    PasswordReset {
        /// Whose.
        account: AccountId,
        /// What they had proven.
        proofs: Proofs,
        /// Whether 忘記密碼救援 was removed, being too young to count.
        recovery_removed: bool,
    },
    /// 刪除帳號 was asked for: the account is removed at a moment, unless that is undone.
    DeletionAsked {
        /// Whose.
        account: AccountId,
        /// When it is removed.
        until: UnixMillis,
        /// Who asked.
        by: DeletedBy,
    },
    /// It was undone.
    DeletionUndone {
        /// Whose.
        account: AccountId,
        /// Who undid it.
        by: DeletedBy,
    },
    /// An account is gone, with everything that says whose it was.
    AccountDeleted {
        /// Which.
        account: AccountId,
    },
    /// 停止使用: a person took back what a portal had of them.
    Withdrawn {
        /// Who.
        account: AccountId,
        /// From which portal.
        client: ClientId,
        /// How many grants ended.
        grants: usize,
    },
    /// An administrator's act on the command line.
    Administered {
        /// Such as `clients.add`.
        act: &'static str,
        /// What it was done to.
        about: About,
        /// Who did it.
        operator: Operator,
        /// Further words, never a secret.
        detail: Value,
    },
    /// A sealing key changed its state.
    SealingKey {
        /// Which.
        id: String,
        /// The state it came into: `next`, `current`, `retired`.
        change: &'static str,
    },
    /// A signing key changed its state.
    SigningKey {
        /// Which.
        kid: String,
        /// The state it came into: `next`, `active`, `retiring`, `retired`, `compromised`.
        change: &'static str,
    },
}

#[cfg(test)]
mod tests;
