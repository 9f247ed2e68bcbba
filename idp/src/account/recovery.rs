//! GET, POST /account/recovery — 忘記密碼救援 of who is signed in. Asks for the current password: whoever changes what resets the password
//! could take the account away. The person is told by mail, and by text message on the mobile of before; what is new counts once it has
//! settled (`recovery::SETTLES`).

use super::member::{Member, is_alive};
use super::profile::SAVED;
use super::record::{self, Opened};
use super::{AccountCtx, current_password};
use crate::failure::Failure;
use crate::keystore::personal;
use crate::messages::{message, sealed::Part};
use crate::pages::account::{RecoveryPage, SaveState};
use crate::pages::{ErrorKind, SignInProblem};
use crate::refusal::PageNo;
use crate::retry_after;
use crate::sign_in::attempt::Proven;
use crate::text::Language;
use crate::to_the_end::to_the_end;
use crate::{answer, posted_form};
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use idp_core::UnixMillis;
use idp_core::audit::Event;
use idp_core::membership::field::{Field, FieldError};
use idp_core::membership::former_email::mailboxes;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::membership::recovery::{self, Changes, Hint, OWN, ReadyQuestion, Recovery, RecoveryForm};
use idp_core::oauth::params::Params;
use idp_core::people::account_name::AccountName;
use idp_store::messages::NewMessage;
use idp_store::{Fault, Tx, audit, messages, records};
use keys::Sealer;

const FIELDS: [Field; 4] = [Field::HintQuestion, Field::OwnQuestion, Field::HintAnswer, Field::RescueMobile];

/// GET /account/recovery.
pub async fn get(State(ctx): State<AccountCtx>, member: Member, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let shown = async {
        let is_saved = posted_form::query(query.as_bytes())?.get(SAVED).is_some();
        let opened = record::read(&ctx, &member).await?;
        let state = if is_saved { SaveState::Saved } else { SaveState::Asked };
        show(&ctx, &member, &opened, Shown::kept(&opened.recovery, state)).await
    };
    shown.await.unwrap_or_else(|no: PageNo| no.into_response(&ctx.base, &member.headers))
}

/// POST /account/recovery.
pub async fn post(State(ctx): State<AccountCtx>, member: Member, body: Bytes) -> Response {
    // Whoever hangs up: a right password is no failure.
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
        let shown = show(ctx, member, &Opened { version, ..opened }, Shown::typed(&posted.form, state)).await?;
        return Ok(member.remembering(ctx, shown));
    }
    let Some(page) = posted.page else {
        let shown = match posted.form.get(Field::HintQuestion.id()).is_some() {
            true => Shown::typed(&posted.form, SaveState::Expired),
            false => Shown::kept(&opened.recovery, SaveState::Expired),
        };
        return show(ctx, member, &opened, shown).await;
    };
    let typed = |state| Shown::typed(&posted.form, state);
    let form = RecoveryForm::read(|field| posted.form.get(field.id()).unwrap_or_default());
    let account = AccountName::parse(&opened.person.account);
    let says = |question: ReadyQuestion| Language::ALL.map(|lang| (lang.text().membership.recovery.ready)(question));
    let judged = match recovery::recovery(form, account.as_ref(), says, opened.recovery.hint.as_ref()) {
        Ok(judged) => judged,
        Err(errors) => {
            let problem = current_password::missing(&posted.form);
            return show(ctx, member, &opened, Shown { errors, problem, ..typed(SaveState::Asked) }).await;
        }
    };
    // Before the password: whoever has to look again shall not have spent an attempt.
    if page.made_of != opened.version {
        return show(ctx, member, &opened, typed(SaveState::ChangedMeanwhile)).await;
    }
    let proven = match current_password::check(ctx, member, (&posted.form, &page)).await? {
        Ok(proven) => proven,
        Err(not) => {
            let status = Some(not.status);
            let shown = Shown { problem: Some(not.problem.clone()), status, ..typed(SaveState::Asked) };
            return Ok(not.on(show(ctx, member, &opened, shown).await?));
        }
    };
    let before = opened.recovery.clone();
    let (hint, answered) = match judged.hint {
        None => (None, false),
        Some((_, None)) => (before.hint.clone(), false),
        Some((question, Some(answer))) => match ctx.sign_in.passwords.hash(Some(member.from), answer).await {
            Err(not) => {
                // The password was right: that nothing can be hashed now is no failure of theirs.
                ctx.base.db.write(move |tx| proven.counts(tx)).await?;
                if !matches!(not, Failure::Busy) {
                    return Err(not.into());
                }
                let problem = Some(SignInProblem::Busy);
                let shown = Shown { problem, status: Some(503), ..typed(SaveState::Asked) };
                return Ok(retry_after::on(show(ctx, member, &opened, shown).await?, Some(retry_after::BUSY)));
            }
            Ok(answer_hash) => (Some(Hint { question, answer_hash }), true),
        },
    };
    let new = Recovery { hint, mobile: judged.mobile };
    let fields = changed(&before, &new, answered);
    if !save(ctx, member, (&opened, &new), (proven, fields)).await? {
        let now = record::read(ctx, member).await?;
        return show(ctx, member, &now, typed(SaveState::ChangedMeanwhile)).await;
    }
    Ok(answer::redirect(&format!("/account/recovery?{SAVED}=yes")))
}

/// The names of what is another now, for the audit.
fn changed(before: &Recovery, new: &Recovery, answered: bool) -> Vec<&'static str> {
    let question = |recovery: &Recovery| recovery.hint.as_ref().map(|hint| hint.question.clone());
    let parts = [
        ("hint_question", question(before) != question(new)),
        ("hint_answer", answered || before.hint.is_some() != new.hint.is_some()),
        ("rescue_mobile", before.mobile != new.mobile),
    ];
    parts.into_iter().filter_map(|(name, is_other)| is_other.then_some(name)).collect()
}

/// By mail, and by text message to the mobile of before. What became of which part stands in the message.
fn told(
    ctx: &AccountCtx,
    sealer: &Sealer,
    (member, before, new): (&Member, &Opened, &Recovery),
    now: UnixMillis,
) -> Result<Vec<NewMessage>, Failure> {
    let changes = serde_json::to_string(&Changes::between(&before.recovery, new)).map_err(Fault::from)?;
    let person = &before.person;
    let mail = mailboxes(person, before.former_email.as_ref()).into_iter().map(|to| (Channel::Mail, to));
    let text = before.recovery.mobile.as_deref().filter(|_| ctx.membership.offers_texts).map(|to| (Channel::Text, to));
    let note = |(by, to)| {
        let told = message(sealer, (&person.account_id, to), (by, Purpose::RecoveryChanged), member.lang, now)?;
        let content_sealed = Some(Part::Content.seal(sealer, &told.id, &changes)?);
        Ok(NewMessage { content_sealed, ..told })
    };
    mail.chain(text).map(note).collect()
}

/// Saves it, if the record is as it was read. `false`: it is another.
async fn save(
    ctx: &AccountCtx,
    member: &Member,
    (opened, new): (&Opened, &Recovery),
    (proven, fields): (Proven, Vec<&'static str>),
) -> Result<bool, PageNo> {
    let base = &ctx.base;
    let snapshot = base.directory.for_issuing(member.now)?;
    let id = opened.person.account_id.clone();
    let sealed = personal::seal_recovery((&snapshot.sealer, &snapshot.secrets.national_id), id.as_str(), new)?;
    let (now, version, alive) = (base.clock.now(), opened.version, member.alive(ctx));
    let told = told(ctx, &snapshot.sealer, (member, opened, new), now)?;
    let unit = move |tx: &mut Tx<'_>| -> Result<Option<bool>, Fault> {
        if proven.counts(tx)?.is_none() || !is_alive(tx, &alive)? {
            return Ok(None);
        }
        if fields.is_empty() {
            return Ok(Some(true));
        }
        if !records::step(tx, (&id, version), now)? {
            return Ok(Some(false));
        }
        idp_store::recovery::set(tx, &id, &sealed, now)?;
        for told in &told {
            messages::add(tx, told, now)?;
        }
        let event = Event::RecordChanged { account: id.clone(), fields: fields.clone() };
        audit::write(tx, event, now, keys::random()?)?;
        Ok(Some(true))
    };
    let saved = base.db.write(unit).await.map_err(Failure::from)?.ok_or(ErrorKind::ExpiredPage)?;
    base.message_bell.notify_one();
    Ok(saved)
}

/// What the page shows in its fields.
struct Shown {
    values: Vec<(Field, String)>,
    errors: Vec<FieldError>,
    problem: Option<SignInProblem>,
    state: SaveState,
    status: Option<u16>,
}

impl Shown {
    fn kept(recovery: &Recovery, state: SaveState) -> Self {
        Self::of(state, |field| recovery.value(field))
    }

    fn typed(form: &Params<'_>, state: SaveState) -> Self {
        Self::of(state, |field| form.get(field.id()).unwrap_or_default().to_owned())
    }

    fn of(state: SaveState, value: impl Fn(Field) -> String) -> Self {
        let values = FIELDS.map(|field| (field, value(field))).into();
        Self { values, errors: Vec::new(), problem: None, state, status: None }
    }
}

/// Whether an answer is kept to the question that a form names.
fn stays(opened: &Opened, form: RecoveryForm<'_>) -> bool {
    let kept = |field| opened.recovery.value(field);
    let is_own = form.question == OWN;
    opened.recovery.hint.is_some()
        && form.question == kept(Field::HintQuestion)
        && (!is_own || form.own.trim() == kept(Field::OwnQuestion))
}

async fn show(ctx: &AccountCtx, member: &Member, opened: &Opened, shown: Shown) -> Result<Response, PageNo> {
    let sealed = member.seal_page(ctx, opened.version)?;
    let of = |field: Field| shown.values.iter().find(|(one, _)| *one == field).map_or("", |(_, text)| text.as_str());
    let form = RecoveryForm::read(of);
    let page = RecoveryPage {
        frame: member.frame_of_form(ctx),
        page: &sealed,
        has_answer: stays(opened, form) && shown.errors.iter().all(|error| error.field != Field::HintAnswer),
        form,
        counts_from: opened.counts_from,
        errors: &shown.errors,
        problem: shown.problem.as_ref(),
        state: shown.state,
    };
    let status = shown.status.unwrap_or_else(|| shown.state.status(&shown.errors));
    Ok(answer::page(status, page.html()))
}
