//! The hint question (密碼提示問題), as an added proof: it is shown only behind a link or code that is right, so that a stranger learns
//! neither the question nor whether there is one.
//!
//! An answer is counted before it is hashed, as a password is. Who forgot it has a code texted to the 救援手機 beside the mailed link.

use super::Comer;
use crate::answer;
use crate::browser::language;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::language as language_endpoint;
use crate::membership::{MembershipCtx, asking, reset_code};
use crate::pages::Frame;
use crate::pages::dates::{self, again_text};
use crate::pages::membership::{AnotherWay, AnswerPage, AnswerProblem};
use crate::refusal::PageNo;
use crate::retry_after;
use crate::text::Language;
use axum::response::Response;
use http::HeaderMap;
use idp_core::audit::Event;
use idp_core::membership::asking::Help;
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::recovery::{HintQuestion, normalised};
use idp_core::membership::reset_key::Proofs;
use idp_core::people::account_name::counter_key;
use idp_core::people::password_attempt::{AttemptPolicy, Attempts, NotTaken, TooSoon, after_failure};
use idp_core::{AccountId, UnixMillis};
use idp_store::{Tx, audit, password_attempts};
use keys::{MacKey, b64, hmac_sha256};
use std::net::IpAddr;
use std::time::Duration;

/// Wrong answers in a row before no more are looked at for a day: answers are soon guessed, and whoever guesses reads the mails.
const TRIES: u32 = 5;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn policy() -> AttemptPolicy {
    AttemptPolicy {
        proof_from: None,
        wait: Duration::ZERO,
        longer_wait: Duration::ZERO,
        longer_from: TRIES,
        lock_at: TRIES,
        lock_for: DAY,
        forget_after: DAY,
    }
}

/// Under what wrong answers for an account are counted: apart from the wrong passwords of every name.
pub fn counter(kept: &MacKey, account: &AccountId) -> [u8; 32] {
    hmac_sha256(&MacKey::from(hmac_sha256(kept, b"\0hint answer")), account.as_str().as_bytes())
}

/// What is told beside the question.
#[derive(Default)]
pub(super) struct Told {
    wrong: Option<Wrong>,
    problem: Option<AnswerProblem>,
    retry_after: Option<u64>,
}

/// Judges an answer.
pub(super) async fn take(
    ctx: &MembershipCtx,
    (headers, from): (&HeaderMap, IpAddr),
    comer: &Comer,
    typed: Option<&str>,
) -> Result<Response, PageNo> {
    let wrong = |wrong| Told { wrong: Some(wrong), ..Told::default() };
    let busy = || Told { problem: Some(AnswerProblem::Busy), retry_after: Some(retry_after::BUSY), ..Told::default() };
    let typed = normalised(typed.unwrap_or_default());
    if typed.is_empty() {
        return ask(ctx, headers, comer, wrong(Wrong::Missing));
    }
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    // Before anything is written: whoever is turned away costs nothing but the page.
    let Ok(place) = ctx.sign_in.passwords.place(Some(from)) else { return ask(ctx, headers, comer, busy()) };
    let digest = counter(&snapshot.secrets.typed_name, &comer.person.account_id);
    let reserved = base.db.write(move |tx| password_attempts::take(tx, &digest, now, &policy())).await;
    let attempts = match reserved.map_err(Failure::from)? {
        Ok(attempts) => attempts,
        Err(NotTaken::TooSoon(TooSoon::Locked { until })) => {
            return ask(ctx, headers, comer, too_many(ctx, headers, until));
        }
        // Another answer was counted in the same moment.
        Err(NotTaken::TooSoon(TooSoon::Wait { .. }) | NotTaken::NeedsProof) => return ask(ctx, headers, comer, busy()),
    };
    let stored = comer.helps.hint.as_ref().map(|(_, hash)| hash.clone());
    let compared = match ctx.sign_in.passwords.compare(place, typed, stored).await {
        Ok(compared) => compared,
        Err(failure) => {
            // Nobody compared anything.
            let unit = move |tx: &mut Tx<'_>| password_attempts::give_back(tx, &digest, attempts);
            base.db.write(unit).await.map_err(Failure::from)?;
            return match failure {
                Failure::Busy => ask(ctx, headers, comer, busy()),
                failure => Err(failure.into()),
            };
        }
    };
    note(ctx, comer, (digest, compared.right)).await?;
    if compared.right {
        return go_on(ctx, comer);
    }
    let told = match after_failure(attempts, &policy()) {
        TooSoon::Locked { until } => too_many(ctx, headers, until),
        TooSoon::Wait { .. } => wrong(Wrong::AnswerWrong(left(attempts))),
    };
    ask(ctx, headers, comer, told)
}

fn left(attempts: Attempts) -> u32 {
    TRIES.saturating_sub(attempts.failures)
}

fn too_many(ctx: &MembershipCtx, headers: &HeaderMap, until: UnixMillis) -> Told {
    let (now, lang) = (ctx.base.clock.now(), language(&ctx.base.cookies, headers, None));
    let problem = Some(AnswerProblem::TooMany(again_text(until.0, now.0, lang)));
    Told { problem, retry_after: Some(retry_after::seconds(until, now)), ..Told::default() }
}

/// Writes down how it ended; a right answer forgets the wrong ones.
async fn note(ctx: &MembershipCtx, comer: &Comer, (digest, right): ([u8; 32], bool)) -> Result<(), Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let name = counter_key(&comer.person.account);
    let name_digest = b64::encode(&hmac_sha256(&base.directory.snapshot().secrets.typed_name, name.as_bytes()));
    let unit = move |tx: &mut Tx<'_>| {
        if right {
            password_attempts::forget(tx, &digest)?;
        }
        let event = Event::RecoveryTried { name_digest: name_digest.clone(), proof: "answer", right };
        audit::write(tx, event, now, keys::random()?)
    };
    Ok(base.db.write(unit).await?)
}

/// To where another password is chosen: the same key, with the answer as a proof.
fn go_on(ctx: &MembershipCtx, comer: &Comer) -> Result<Response, PageNo> {
    let sealed = comer.key.clone().and(Proofs::ANSWER);
    let sealed = sealed.seal(&ctx.base.directory.snapshot().sealer).map_err(Failure::from)?;
    Ok(answer::redirect(&format!("/reset-password?key={sealed}")))
}

/// A code is texted to who came by a mailed link and forgot the answer.
pub(super) async fn by_text(ctx: &MembershipCtx, headers: &HeaderMap, comer: &Comer) -> Result<Response, PageNo> {
    let lang = language(&ctx.base.cookies, headers, None);
    if !matches!(another_way(ctx, comer)?, AnotherWay::ByText(_)) {
        return ask(ctx, headers, comer, Told::default());
    }
    let (account, name) = (comer.person.account.as_str(), counter_key(&comer.person.account));
    match asking::note(ctx, Help::PasswordByText, (account, &name), lang).await? {
        Ok(message) => reset_code::to_page(ctx, headers, (&message, &name), &comer.sealed),
        Err(until) => {
            let now = ctx.base.clock.now();
            let problem = Some(AnswerProblem::TextTooSoon(again_text(until.0, now.0, lang)));
            let retry_after = Some(retry_after::seconds(until, now));
            ask(ctx, headers, comer, Told { problem, retry_after, ..Told::default() })
        }
    }
}

fn another_way(ctx: &MembershipCtx, comer: &Comer) -> Result<AnotherWay, Failure> {
    Ok(match &comer.helps.mobile {
        _ if comer.key.proofs.text => AnotherWay::ByMail,
        Some((sealed, _)) if ctx.offers_texts => {
            let sealer = &ctx.base.directory.snapshot().sealer;
            let number = personal::open_mobile(sealer, comer.person.account_id.as_str(), sealed)?;
            AnotherWay::ByText(dates::masked(&number))
        }
        _ => AnotherWay::ByPeople,
    })
}

fn question(ctx: &MembershipCtx, comer: &Comer, lang: Language) -> Result<String, Failure> {
    let Some((sealed, _)) = &comer.helps.hint else { return Ok(String::new()) };
    let sealer = &ctx.base.directory.snapshot().sealer;
    Ok(match personal::open_question(sealer, comer.person.account_id.as_str(), sealed)? {
        HintQuestion::Ready(ready) => (lang.text().membership.recovery.ready)(ready).to_owned(),
        HintQuestion::Own(own) => own,
    })
}

/// The question, with what is told beside it.
pub(super) fn ask(ctx: &MembershipCtx, headers: &HeaderMap, comer: &Comer, told: Told) -> Result<Response, PageNo> {
    let base = &ctx.base;
    let lang = language(&base.cookies, headers, None);
    let here = format!("/reset-password?key={}", comer.sealed);
    let return_to = language_endpoint::seal_return(&base.directory.snapshot().sealer, &here)?;
    let error = told.wrong.map(|wrong| FieldError::new(Field::HintAnswer, wrong));
    let page = AnswerPage {
        frame: Frame::new(lang, base.provider.house()).returning_to(&return_to),
        account: &comer.person.account,
        key: &comer.sealed,
        question: &question(ctx, comer, lang)?,
        another_way: &another_way(ctx, comer)?,
        errors: error.as_slice(),
        problem: told.problem.as_ref(),
    };
    let status = match (&told.problem, &error) {
        (Some(AnswerProblem::Busy), _) => 503,
        (Some(_), _) => 429,
        (None, Some(_)) => 422,
        (None, None) => 200,
    };
    Ok(retry_after::on(answer::page(status, page.html()), told.retry_after))
}
