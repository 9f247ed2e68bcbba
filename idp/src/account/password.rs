//! GET, POST /account/password — 密碼維護.
//!
//! Another password ends every other session of the account, and its portals are told; this one goes on, with another secret. The person
//! is told by mail, and by text message if there is a 救援手機.

use super::member::{Member, is_alive};
use super::{AccountCtx, current_password};
use crate::browser::Cookie;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::messages;
use crate::pages::SignInProblem;
use crate::pages::account::{PasswordPage, PasswordState};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::session::SessionSecret;
use crate::sign_in::attempt::Proven;
use crate::sign_in::confirm::FIELD;
use crate::sign_out::many;
use crate::to_the_end::to_the_end;
use crate::{answer, pages::ErrorKind};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use idp_core::SessionId;
use idp_core::audit::{EndedBy, Event};
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::steps;
use idp_core::people::account_name::AccountName;
use idp_core::sign_in::session::Session;
use idp_store::{Conn, Fault, Tx, accounts, audit, former_emails, grants, recovery, sessions};
use zeroize::Zeroizing;

/// In the query of the address once it was changed: reloading changes nothing.
const CHANGED: &str = "changed";

/// GET /account/password.
pub async fn get(State(ctx): State<AccountCtx>, member: Member, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let shown = || {
        let changed = posted_form::query(query.as_bytes())?.get(CHANGED).is_some();
        let state = if changed { PasswordState::Changed } else { PasswordState::Asked { problem: None, errors: &[] } };
        show(&ctx, &member, (state, 200))
    };
    shown().unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/password.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    // Whoever hangs up: whatever another password ends is told.
    to_the_end(async move {
        let taken = submit(&ctx, &member, &body).await;
        taken.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
    })
    .await
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    let wrong = |problem: SignInProblem, status| {
        show(ctx, member, (PasswordState::Asked { problem: Some(problem), errors: &[] }, status))
    };
    let Some(page) = posted.page else { return wrong(SignInProblem::Expired, 400) };
    let typed = |field: Field| posted.form.get(field.id()).unwrap_or_default();
    let password = Zeroizing::new(typed(Field::Password).to_owned());
    let account = AccountName::parse(&member.person.account);
    let (policy, listed) = (ctx.membership.policy, &ctx.membership.listed);
    let rule = (policy, |lower: &str| listed.contains(lower));
    // Both typed just now: nothing is told about the one that the account has.
    let is_the_same = !password.is_empty() && posted.form.get(FIELD) == Some(password.as_str());
    let unchanged = is_the_same.then_some(FieldError::new(Field::Password, Wrong::PasswordUnchanged));
    // Before the current one: whoever has to choose anew shall not have spent an attempt.
    let error = steps::password(&password, typed(Field::PasswordAgain), account.as_ref(), rule);
    if let Some(error) = error.or(unchanged) {
        let problem = current_password::missing(&posted.form);
        return show(ctx, member, (PasswordState::Asked { problem, errors: &[error] }, 422));
    }
    let proven = match current_password::check(ctx, member, (&posted.form, &page)).await? {
        Ok(proven) => proven,
        Err(not) => return Ok(not.on(wrong(not.problem.clone(), not.status)?)),
    };
    let hash = match ctx.sign_in.passwords.hash_chosen(member.from, password, account).await {
        Ok(Some(hash)) => hash,
        // The current one was right: that somebody has to come back, or to choose anew, is no failure of theirs.
        not => {
            ctx.base.db.write(move |tx| proven.counts(tx)).await?;
            return match not {
                Err(Failure::Busy) => Ok(retry_after::on(wrong(SignInProblem::Busy, 503)?, Some(retry_after::BUSY))),
                Err(failure) => Err(failure.into()),
                Ok(_) => {
                    let common = [FieldError::new(Field::Password, Wrong::PasswordCommon)];
                    show(ctx, member, (PasswordState::Asked { problem: None, errors: &common }, 422))
                }
            };
        }
    };
    let secret = SessionSecret::new()?;
    if !change(ctx, member, (proven, hash, secret.digest)).await? {
        // Changed, locked or signed out meanwhile: nothing happened here.
        return Err(ErrorKind::ExpiredPage.into());
    }
    let mut response = answer::redirect(&format!("/account/password?{CHANGED}=yes"));
    ctx.base.cookies.set(&mut response, Cookie::Session, &secret.cookie);
    Ok(response)
}

/// Changes it, if the account is as the current password found it and the session has not ended: of two at once, one does.
async fn change(
    ctx: &AccountCtx,
    member: &Member,
    (proven, hash, secret): (Proven, String, [u8; 32]),
) -> Result<bool, Failure> {
    let base = &ctx.base;
    let now = base.clock.now();
    let snapshot = base.directory.for_issuing(now)?;
    let account = member.person.account_id.clone();
    let id = account.clone();
    let read = move |conn: &mut Conn| Ok((recovery::find(conn, &id)?, former_emails::counting(conn, &id, now)?));
    let (helps, former) = base.db.scan(read).await?;
    let sealed = helps.and_then(|helps| helps.mobile).filter(|_| ctx.membership.offers_texts);
    let open = |(sealed, _): (Vec<u8>, _)| personal::open_mobile(&snapshot.sealer, account.as_str(), &sealed);
    let mobile = sealed.map(open).transpose()?;
    let whom = (&member.person, former.as_ref());
    let told = messages::password_changed(&snapshot.sealer, whom, mobile.as_deref(), member.lang, now)?;
    let by = EndedBy::PasswordChange;
    let which =
        many::Which { account: Some(account.clone()), except: Some(member.session.id.clone()), after: None, by };
    let (before, first, channels) = (member.session.clone(), which.clone(), snapshot.clone());
    let alive = member.alive(ctx);
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<Option<SessionId>>, Fault> {
        let Some(today) = proven.counts(tx)? else { return Ok(None) };
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        accounts::set_password(tx, &account, &hash, now)?;
        let security_epoch = today.security_epoch + 1;
        // The portals of this session go on with it. It is no sign-in: when somebody signed in here stays.
        sessions::renew(tx, &Session { security_epoch, last_used_at: now, ..before.clone() }, &secret)?;
        grants::go_on(tx, &before.id, (today.security_epoch, security_epoch))?;
        audit::write(tx, Event::PasswordChanged { account: account.clone() }, now, keys::random()?)?;
        for told in &told {
            idp_store::messages::add(tx, told, now)?;
        }
        let (_, last) = many::batch(tx, &|client| channels.logout_channels(client), &first, now)?;
        Ok(Some(last))
    };
    let Some(last) = base.db.write(unit).await? else { return Ok(false) };
    many::rest(base, which, last, now).await?;
    base.message_bell.notify_one();
    Ok(true)
}

fn show(ctx: &AccountCtx, member: &Member, (state, status): (PasswordState<'_>, u16)) -> Result<Response, PageNo> {
    let (return_to, sealed) = (member.return_to(ctx)?, member.seal_page(ctx, 0)?);
    let page = PasswordPage {
        frame: member.frame(ctx, &return_to),
        account: &member.person.account,
        policy: ctx.membership.policy,
        page: &sealed,
        state,
    };
    Ok(answer::form_page(page.script(), status, page.html()))
}
