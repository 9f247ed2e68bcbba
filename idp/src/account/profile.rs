//! GET, POST /account/profile — 個人資料維護: 姓名, 暱稱, 進階資料.
//!
//! The page names the state of the record that it was made of: who saves what another tab has changed meanwhile is told, and nothing is
//! written over.

use super::AccountCtx;
use super::member::{Member, is_alive};
use super::record::{self, Opened};
use crate::answer;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::pages::account::{ProfilePage, SaveState};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::text::Language;
use crate::to_the_end::to_the_end;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use idp_core::audit::Event;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::further;
use idp_core::membership::profile::{FIELDS, Profile, ProfileForm, profile};
use idp_core::oauth::params::Params;
use idp_store::{Fault, Tx, audit, records};

/// In the query of the address once it was saved: reloading saves nothing.
pub(super) const SAVED: &str = "saved";

/// GET /account/profile.
pub async fn get(State(ctx): State<AccountCtx>, member: Member, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let is_saved = posted_form::query(query.as_bytes())?.get(SAVED).is_some();
        let opened = record::read(&ctx, &member).await?;
        let state = if is_saved { SaveState::Saved } else { SaveState::Asked };
        show(&ctx, &member, &opened, &Shown::kept(&opened.profile, member.lang, state))
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/profile.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    // Whoever hangs up: what is counted and not saved is given back.
    to_the_end(async move {
        let taken = submit(&ctx, &member, &body).await;
        taken.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
    })
    .await
}

async fn submit(ctx: &AccountCtx, member: &Member, body: &[u8]) -> Result<Response, PageNo> {
    let posted = member.posted(ctx, body).await?;
    let opened = record::read(ctx, member).await?;
    if let Some(lang) = posted.lang {
        let member = &member.reading(ctx, lang);
        let (state, version) = match &posted.page {
            // Of the state that the form was made of: what another tab has saved since is not to be written over.
            Some(page) => (SaveState::Asked, page.made_of),
            None => (SaveState::Expired, opened.version),
        };
        let shown = show(ctx, member, &Opened { version, ..opened }, &Shown::typed(&posted.form, state))?;
        return Ok(member.remembering(ctx, shown));
    }
    let Some(page) = posted.page else {
        let shown = match posted.form.get(Field::Name.id()).is_some() {
            true => Shown::typed(&posted.form, SaveState::Expired),
            false => Shown::kept(&opened.profile, member.lang, SaveState::Expired),
        };
        return show(ctx, member, &opened, &shown);
    };
    let typed = ProfileForm::read(|field| posted.form.get(field.id()).unwrap_or_default());
    let judged = profile(typed, (&opened.profile, opened.fixed), further::today(member.now));
    let new = match judged {
        Ok(new) => new,
        Err(errors) => {
            let shown = Shown { errors, ..Shown::typed(&posted.form, SaveState::Asked) };
            return show(ctx, member, &opened, &shown);
        }
    };
    let saved = match page.made_of == opened.version {
        true => save(ctx, member, (&opened, &new)).await?,
        false => SaveState::ChangedMeanwhile,
    };
    if saved == SaveState::Saved {
        return Ok(answer::redirect(&format!("/account/profile?{SAVED}=yes")));
    }
    // What another tab has saved is not to be written over, but by whoever was told.
    let opened = if saved == SaveState::ChangedMeanwhile { record::read(ctx, member).await? } else { opened };
    let response = show(ctx, member, &opened, &Shown::typed(&posted.form, saved))?;
    let wait = match saved {
        SaveState::TooOften { now, until } => Some(retry_after::seconds(until, now)),
        _ => None,
    };
    Ok(retry_after::on(response, wait))
}

/// Saves it, if the record is as it was read, and was not changed too often.
async fn save(ctx: &AccountCtx, member: &Member, (opened, new): (&Opened, &Profile)) -> Result<SaveState, PageNo> {
    let fields = new.changed_from(&opened.profile);
    if fields.is_empty() {
        return Ok(SaveState::Saved);
    }
    let (limit, account, now) = (&ctx.membership.limits.profile_changes, opened.person.account_id.as_str(), member.now);
    if let Err(until) = limit.take_named(account, now).await? {
        limit.give_back_named(account, now).await?;
        return Ok(SaveState::TooOften { now, until });
    }
    let changed = change(ctx, member, (opened, new), fields).await;
    if matches!(changed, Ok(true)) {
        return Ok(SaveState::Saved);
    }
    let given_back = limit.give_back_named(account, now).await;
    changed?;
    given_back?;
    Ok(SaveState::ChangedMeanwhile)
}

/// Writes it down. `false`: the record is another.
async fn change(
    ctx: &AccountCtx,
    member: &Member,
    (opened, new): (&Opened, &Profile),
    fields: Vec<&'static str>,
) -> Result<bool, PageNo> {
    let base = &ctx.base;
    let snapshot = base.directory.for_issuing(member.now)?;
    let id = opened.person.account_id.clone();
    let claims = new.claims(&opened.profile, opened.personal.claims.clone());
    let sealed = record::seal(&snapshot, id.as_str(), (new, &claims), opened.personal.national_id_verified)?;
    let (now, version, alive) = (member.now, opened.version, member.alive(ctx));
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<bool>, Fault> {
        if !is_alive(tx, &alive)? {
            return Ok(None);
        }
        let changed = records::change(tx, (&id, version), &sealed, now)?;
        if changed {
            let event = Event::RecordChanged { account: id.clone(), fields: fields.clone() };
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(Some(changed))
    };
    // Signed out or locked meanwhile: nothing happened.
    Ok(base.db.write(unit).await.map_err(Failure::from)?.ok_or(ErrorKind::ExpiredPage)?)
}

/// What the page shows in its fields.
struct Shown {
    values: Vec<(Field, String)>,
    errors: Vec<FieldError>,
    state: SaveState,
}

impl Shown {
    fn kept(profile: &Profile, lang: Language, state: SaveState) -> Self {
        let values = FIELDS.map(|field| (field, profile.value(field, lang.years())));
        Self { values: values.into(), errors: Vec::new(), state }
    }

    fn typed(form: &Params<'_>, state: SaveState) -> Self {
        let value = |field: Field| (field, form.get(field.id()).unwrap_or_default().to_owned());
        Self { values: FIELDS.map(value).into(), errors: Vec::new(), state }
    }
}

fn show(ctx: &AccountCtx, member: &Member, opened: &Opened, shown: &Shown) -> Result<Response, PageNo> {
    let sealed = member.seal_page(ctx, opened.version)?;
    let of = |field: Field| shown.values.iter().find(|(one, _)| *one == field).map_or("", |(_, text)| text.as_str());
    let page = ProfilePage {
        frame: member.frame_of_form(ctx),
        page: &sealed,
        kept: &opened.profile,
        fixed: opened.fixed,
        form: ProfileForm::read(of),
        errors: &shown.errors,
        state: shown.state,
    };
    Ok(answer::form_page(page.script(), shown.state.status(&shown.errors), page.html()))
}
