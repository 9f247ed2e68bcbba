//! POST /consent — as whom the person goes on, and what the portal receives.
//!
//! [`show`] is the page; it stands at `/connect/authorize` and `/connect/authorize/continue`.

use crate::browser::language;
use crate::oauth::authorize::arrival::{Arrival, Arrived, Visit, arrive, deny, revisit};
use crate::pages::{ConsentItem, ConsentPage, ConsentReason, ErrorKind, Frame, PortalLinks};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::sign_in::interaction::{Sealed, start, start_again};
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, client_logo, language as language_endpoint};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::ClientId;
use idp_core::audit::Event;
use idp_core::client::shown_host;
use idp_core::oauth::authorize::prompt::{ConfirmReason, NextStep};
use idp_core::people::account::Person;
use idp_core::scope::{Scope, ScopeSet};
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_store::{audit, clients, consents};

/// The page.
///
/// # Errors
/// A failure of ours.
pub fn show(ctx: &Ctx, headers: &HeaderMap, visit: &Visit, reason: ConfirmReason) -> Result<Response, PageNo> {
    let who = visit.who.as_ref().ok_or(ErrorKind::ExpiredPage)?;
    let interaction = Interaction {
        done: visit.done,
        session: Some(who.session.id.clone()),
        // What was done counts from when it was done, however often the page is shown.
        ..start(Some(visit.in_progress()), visit.since)
    };
    let bound = Sealed::for_browser(ctx, headers, &interaction)?;
    let here = format!("/connect/authorize/continue?interaction={}", bound.interaction);
    let return_to = language_endpoint::seal_return(&ctx.directory.snapshot().sealer, &here)?;
    let lang = language(&ctx.cookies, headers, visit.request.ui_locales.as_deref());
    let values = Values::of(&who.person, lang);
    let logo = visit.known.logo.picture(lang).map(client_logo::address);
    let page = ConsentPage {
        frame: Frame::new(lang, ctx.provider.house()).signed_in_as(Some(&who.person.name)).returning_to(&return_to),
        portal_name: visit.known.client.name_for(lang.reads()),
        portal_host: &shown_host(visit.address.redirect_uri()),
        unchecked: !visit.known.vouched_for,
        portal_logo: logo.as_deref(),
        portal_links: PortalLinks::of(&visit.known.client, lang),
        person_name: &who.person.name,
        account: &who.person.account,
        interaction: &bound.interaction,
        reason: match reason {
            ConfirmReason::Introduce => ConsentReason::Introduce,
            ConfirmReason::Consent => ConsentReason::Consent,
            ConfirmReason::SelectAccount => ConsentReason::SelectAccount,
        },
        claims: items(visit.request.discloses(), lang, &values),
    };
    let mut response = answer::page(200, page.html());
    bound.remember(ctx, &mut response);
    Ok(response)
}

/// What is shown of a person's own data.
struct Values<'a> {
    name: &'a str,
    email: Option<&'a str>,
    identity_type: &'static str,
    agency: Option<&'a str>,
}

impl<'a> Values<'a> {
    fn of(person: &'a Person, lang: Language) -> Self {
        let capacity = person.capacity.as_ref();
        Self {
            name: &person.name,
            email: person.email.as_deref(),
            identity_type: lang.text().home.identity(capacity.map(|capacity| capacity.official_type)),
            agency: capacity.map(|capacity| capacity.agency_name.as_str()),
        }
    }
}

/// What a portal with these scopes receives of a person, in words alone.
pub fn labels(scope: ScopeSet, person: &Person, lang: Language) -> Vec<&'static str> {
    items(scope, lang, &Values::of(person, lang)).into_iter().map(|item| item.label).collect()
}

/// What the portal receives, in words.
fn items<'a>(scope: ScopeSet, lang: Language, values: &Values<'a>) -> Vec<ConsentItem<'a>> {
    let label = |name| lang.text().claims.label(name).unwrap_or_default();
    let mut items = Vec::new();
    let mut add = |name, value| items.push(ConsentItem { label: label(name), value });
    // The person first, then in which capacity, then how to reach them.
    let first = [Scope::Profile, Scope::Identity];
    let rest = scope.iter().filter(|wanted| !first.contains(wanted));
    for wanted in first.into_iter().filter(|wanted| scope.has(*wanted)).chain(rest) {
        match wanted {
            Scope::OpenId => {}
            Scope::Profile => add("name", Some(values.name)),
            Scope::Email => add("email", values.email),
            Scope::Identity => {
                add("identity_type", Some(values.identity_type));
                if values.agency.is_some() {
                    add("agency_name", values.agency);
                }
            }
            Scope::Phone | Scope::Address | Scope::GspProfile | Scope::Uid | Scope::OfflineAccess => {
                add(wanted.as_str(), None);
            }
        }
    }
    items
}

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    decide(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn decide(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let form = posted_form::fields(ctx, headers, body)?;
    let (interaction, usable) = revisit(ctx, headers, form.get("interaction").ok_or(ErrorKind::ExpiredPage)?).await?;
    let who = session::current(ctx, headers, ctx.clock.now()).await?;
    let same = who.filter(|who| usable && interaction.session.as_ref() == Some(&who.session.id));
    match (form.get("decision"), same) {
        (Some("allow"), Some(who)) => allow(ctx, headers, interaction, who).await,
        (Some("deny"), Some(_)) => deny(ctx, headers, interaction.request).await,
        (Some("switch"), Some(_)) => {
            Ok(answer::redirect(&format!("/sign-in?interaction={}", reseal(ctx, headers, &interaction)?)))
        }
        (Some("allow" | "deny" | "switch"), None) => {
            // Somebody else is signed in by now, or the page was open too long: the request is read anew.
            Ok(start_again(ctx, headers, &interaction)?)
        }
        _ => Err(ErrorKind::BadRequest.into()),
    }
}

/// The interaction as it was, with nothing done.
fn reseal(ctx: &Ctx, headers: &HeaderMap, interaction: &Interaction) -> Result<String, PageNo> {
    Ok(Sealed::for_browser(ctx, headers, &interaction.anew(ctx.clock.now()))?.interaction)
}

async fn allow(ctx: &Ctx, headers: &HeaderMap, interaction: Interaction, who: SignedIn) -> Result<Response, PageNo> {
    let request = interaction.request.clone().ok_or(ErrorKind::ExpiredPage)?;
    let arrival = Arrival { request, interaction: Some(interaction.clone()) };
    let Arrived::Read(visit) = arrive(ctx, headers, arrival).await? else {
        return Err(ErrorKind::ExpiredPage.into());
    };
    let NextStep::Confirm(reason) = visit.step else {
        // Agreed to in another tab meanwhile, or no longer enough: the dispatcher knows.
        return Ok(answer::redirect(&format!(
            "/connect/authorize/continue?interaction={}",
            Sealed::for_browser(ctx, headers, &interaction)?.interaction
        )));
    };
    let (now, read_at) = (ctx.clock.now(), interaction.shown_at);
    let scope = if reason == ConfirmReason::Consent { visit.request.discloses() } else { ScopeSet::default() };
    let (account, client): (_, ClientId) = (who.person.account_id, visit.known.client.id.clone());
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        // What the person read on the page may be of before a change, which forgot what was agreed to.
        if clients::changed_at(tx.conn(), &client)?.is_none_or(|changed| changed > read_at) {
            return Ok(false);
        }
        consents::add(tx, (&account, &client), scope, now)?;
        let event = Event::Consented { account: account.clone(), client: client.clone(), scope: scope.to_string() };
        audit::write(tx, event, now, keys::random()?)?;
        Ok(true)
    };
    if !ctx.db.write(unit).await? {
        return Ok(start_again(ctx, headers, &interaction)?);
    }
    // Choosing an account, or being told as whom one enters, is no consent: the next page asks for that.
    let agreed = reason == ConfirmReason::Consent;
    let done = Done { selected: true, agreed: agreed || interaction.done.agreed, ..interaction.done };
    let next = Interaction { done, ..interaction };
    let sealed = Sealed::for_browser(ctx, headers, &next)?;
    Ok(answer::redirect(&format!("/connect/authorize/continue?interaction={}", sealed.interaction)))
}
