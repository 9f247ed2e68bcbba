//! GET, POST /reset-password — the link of 忘記密碼. Looking at it changes nothing (mail scanners open links); the form does.
//!
//! What somebody has to prove is a rule of the core (`reset_key::Proofs`): a mailed link or a texted code, and where the account has a
//! hint question its answer ([`hint`]) or the other of the two. Whoever sets another password ([`set`]) ends every session of the
//! account; its portals are told, and the person is. Nobody is signed in by it. It is the way out of a lock by wrong passwords, and
//! none out of an administrator's. What helps them counts once it has settled (`recovery::SETTLES`); younger, it is removed: it may be
//! a thief's. Of an address that has not settled they are told: links go to the one of before meanwhile.

mod hint;
mod set;

pub use hint::counter as answers_counter;

use super::MembershipCtx;
use crate::browser::language;
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::pages::membership::{ResetPage, ResetState};
use crate::pages::{ErrorKind, Frame};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::to_the_end::to_the_end;
use crate::{answer, language as language_endpoint, way_back};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::UnixMillis;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::recovery::SETTLES;
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::membership::steps;
use idp_core::people::account::Person;
use idp_core::people::account_name::AccountName;
use idp_store::recovery::SealedRecovery;
use idp_store::{Conn, Fault, accounts, former_emails, recovery};
use std::net::IpAddr;
use zeroize::Zeroizing;

/// Somebody who came with a key that counts.
struct Comer {
    /// The key, as it came.
    sealed: String,
    /// The same, opened.
    key: ResetKey,
    /// Whose.
    person: Person,
    /// What helps them.
    helps: SealedRecovery,
    /// The address of before, if that of the account has not settled.
    former: Option<FormerEmail>,
}

impl Comer {
    /// Whether they may choose another password.
    fn may_set(&self) -> bool {
        self.key.proofs.suffice(self.helps.hint.is_some())
    }

    fn state(&self, busy: bool) -> ResetState<'_> {
        ResetState::Ready { account: &self.person.account, key: &self.sealed, busy }
    }
}

/// GET /reset-password.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let params = posted_form::query(query.as_bytes())?;
        let key = params.get("key").ok_or(ErrorKind::NotFound)?;
        match find(&ctx, key).await? {
            None => show(&ctx, &headers, key, (ResetState::Over, &[])),
            Some(comer) if comer.may_set() => show(&ctx, &headers, key, (comer.state(false), &[])),
            Some(comer) => hint::ask(&ctx, &headers, &comer, hint::Told::default()),
        }
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &headers))
}

/// POST /reset-password.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // To the end: an answer that was counted is written down, and whatever another password ends is told.
    to_the_end(async move {
        submit(&ctx, &headers, &body, from).await.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
    })
    .await
}

/// What a key is good for: not over, not used, and of the account as it is.
async fn find(ctx: &MembershipCtx, sealed: &str) -> Result<Option<Comer>, Failure> {
    let Some(key) = open(ctx, sealed).await? else { return Ok(None) };
    let id = key.account.clone();
    let (since, now) = (settled_since(ctx), ctx.base.clock.now());
    let read = move |conn: &mut Conn| {
        let (person, former) = (accounts::find(conn, &id)?, former_emails::counting(conn, &id, now)?);
        Ok::<_, Fault>((person, recovery::settled(conn, &id, since)?.unwrap_or_default(), former))
    };
    let (person, helps, former) = ctx.base.db.scan(read).await?;
    let person = person.filter(|person| key.fits(person));
    Ok(person.map(|person| Comer { sealed: sealed.to_owned(), key, person, helps, former }))
}

/// What was changed before counts.
pub(super) fn settled_since(ctx: &MembershipCtx) -> UnixMillis {
    ctx.base.clock.now().minus(SETTLES)
}

async fn open(ctx: &MembershipCtx, sealed: &str) -> Result<Option<ResetKey>, Failure> {
    let base = &ctx.base;
    base.directory.learn_sealing_key(sealed).await?;
    let Ok(key) = ResetKey::open(&base.directory.snapshot().sealer, sealed) else { return Ok(None) };
    let over = base.lifetimes.is_over(key.expires_at, base.lifetimes.reset_link, base.clock.now());
    Ok(Some(key).filter(|_| !over))
}

/// What a person has proven by a key that they came with before; nothing by one that does not count any more.
///
/// # Errors
/// A failure of ours.
pub(super) async fn proven(ctx: &MembershipCtx, sealed: &str, person: &Person) -> Result<Proofs, Failure> {
    if sealed.is_empty() {
        return Ok(Proofs::default());
    }
    let key = open(ctx, sealed).await?.filter(|key| key.fits(person));
    Ok(key.map(|key| key.proofs).unwrap_or_default())
}

async fn submit(ctx: &MembershipCtx, headers: &HeaderMap, body: &[u8], from: IpAddr) -> Result<Response, PageNo> {
    let form = posted_form::fields(&ctx.base, headers, body)?;
    let key = form.get("key").ok_or(ErrorKind::BadRequest)?;
    let Some(comer) = find(ctx, key).await? else { return show(ctx, headers, key, (ResetState::Over, &[])) };
    if !comer.may_set() {
        return match form.get("decision") {
            None => hint::take(ctx, (headers, from), &comer, form.get(Field::HintAnswer.id())).await,
            Some("text") => hint::by_text(ctx, headers, &comer).await,
            Some(_) => Err(ErrorKind::BadRequest.into()),
        };
    }
    let typed = |field: Field| form.get(field.id()).unwrap_or_default();
    let password = Zeroizing::new(typed(Field::Password).to_owned());
    let account = AccountName::parse(&comer.person.account);
    let judged = steps::password(
        &password,
        typed(Field::PasswordAgain),
        account.as_ref(),
        (ctx.policy, |lower: &str| ctx.listed.contains(lower)),
    );
    if let Some(error) = judged {
        return show(ctx, headers, key, (comer.state(false), &[error]));
    }
    let hash = match ctx.sign_in.passwords.hash_chosen(from, password, account).await {
        Err(Failure::Busy) => {
            let response = show(ctx, headers, key, (comer.state(true), &[]))?;
            return Ok(retry_after::on(response, Some(retry_after::BUSY)));
        }
        hashed => hashed?,
    };
    let Some(hash) = hash else {
        let common = FieldError::new(Field::Password, Wrong::PasswordCommon);
        return show(ctx, headers, key, (comer.state(false), &[common]));
    };
    let state = match set::password(ctx, &comer, hash, headers).await? {
        Some(recovery_removed) => {
            let email_changed = comer.former.is_some();
            ResetState::Done { account: &comer.person.account, recovery_removed, email_changed }
        }
        None => ResetState::Over,
    };
    show(ctx, headers, key, (state, &[]))
}

fn show(
    ctx: &MembershipCtx,
    headers: &HeaderMap,
    key: &str,
    (state, errors): (ResetState<'_>, &[FieldError]),
) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let here = posted_form::with_key("/reset-password", key);
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &here)?;
    let lang = language(&base.cookies, headers, None);
    let way_back = way_back::find(base, headers, lang);
    let frame = Frame::new(lang, base.provider.house()).returning_to(&return_to).leading_back(way_back.as_ref());
    let status = match state {
        ResetState::Ready { busy: true, .. } => 503,
        ResetState::Ready { .. } if !errors.is_empty() => 422,
        _ => 200,
    };
    let page = ResetPage { frame, state, errors, policy: ctx.policy };
    Ok(answer::form_page(page.script(), status, page.html()))
}

#[cfg(test)]
mod tests {
    use crate::golden;
    use idp_core::membership::reset_code::CodePage;
    use idp_core::membership::reset_key::{Proofs, ResetKey};
    use idp_core::people::account::{AccountState, Person};
    use idp_core::{AccountId, UnixMillis};
    use keys::Purpose;

    const KEY_BEFORE: &str = "CdwPqV8uvA4ZUO3tqa_PypnfrTvjfzvAi2Yi7gzqgrE2I4wFwikHe-hU3vldCeP0k3uFJ5QSq-RxBjYjHkwlc0E77AXAswE-5KQcwShfGMwb9WHbX4pm3dimTTyDqg";
    const PAGE_BEFORE: &str = "CdwPqdbj3JVWngJpKiPtcYVeEYkj0RNk6MqkLSXGLi6ehD6-e7JvRX3sElgp1MAMUxywHTOP_hZtRFn40It8-vvDTEbrnhkn54inDfkYRpNaX8ZYCbHYIn87t8_giONlSBAtGjQ2z9od7kpETw";

    #[test]
    fn a_key_that_another_release_sealed_is_read() {
        let person = Person {
            account_id: AccountId::new([1; 16]),
            account: "clairesu1234".into(),
            name: "蘇小美".into(),
            email: Some("claire@example.gov.tw".into()),
            email_verified: true,
            state: AccountState::Active,
            security_epoch: 3,
            capacity_epoch: 1,
            capacity: None,
        };
        let key = ResetKey::new(&person, Proofs::MAIL, UnixMillis(1_763_000_000_000)).unwrap();
        golden::same(Purpose::new("membership/reset"), KEY_BEFORE, &key.seal(&golden::sealer()).unwrap());
        assert_eq!(ResetKey::open(&golden::sealer(), KEY_BEFORE), Ok(key));
    }

    #[test]
    fn a_page_that_waits_for_a_code_and_that_another_release_sealed_is_read() {
        let page = CodePage {
            message: "019a0b3c4d5Zx-_q".into(),
            name: "clairesu1234".into(),
            browser: [2; 32],
            before: "x".into(),
        };
        golden::same(Purpose::new("membership/reset_code"), PAGE_BEFORE, &page.seal(&golden::sealer()).unwrap());
        assert_eq!(CodePage::open(&golden::sealer(), PAGE_BEFORE), Ok(page));
    }
}
