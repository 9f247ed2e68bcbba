//! The addresses of a registration, and the sector that they make.

use super::super::{ApplicationType, SubjectType, redirect_uri};
use super::{MOST_URIS, Registration, Wrong};
use std::collections::BTreeSet;

pub(super) fn check(asked: &Registration, wrong: &mut Wrong) {
    let (some, alone) = (!asked.redirect_uris.is_empty(), asked.for_itself_alone());
    wrong.unless(some || alone, "redirect-uri", "is needed at least once");
    let words = "is for clients that people sign in at: with client_credentials alone there is none";
    wrong.unless(!(some && alone), "redirect-uri", words);
    let lists = [
        ("redirect-uri", asked.redirect_uris.as_slice()),
        ("post-logout-redirect-uri", asked.post_logout_redirect_uris.as_slice()),
    ];
    for (field, uris) in lists {
        wrong.unless(uris.len() <= MOST_URIS, field, "can be given 20 times at most");
        for uri in uris {
            if let Err(why) = redirect_uri::check(uri, asked.application_type) {
                wrong.add(field, why);
            }
        }
    }
    // Logout tokens are posted server to server, and other sites send browsers to the beginning of a sign-in: always a web
    // address, whatever the application type.
    let web = [
        ("backchannel-logout-uri", &asked.backchannel_logout_uri),
        ("initiate-login-uri", &asked.initiate_login_uri),
        ("sector-identifier-uri", &asked.sector_identifier_uri),
    ];
    for (field, uri) in web {
        if let Some(Err(why)) = uri.as_deref().map(|uri| redirect_uri::check(uri, ApplicationType::Web)) {
            wrong.add(field, why);
        }
    }
    check_frontchannel(asked, wrong);
}

/// OpenID Connect Front-Channel Logout 1.0 §2: scheme, host and port are those of a redirect URI. A portal cannot have
/// people's browsers open somebody else's address.
fn check_frontchannel(asked: &Registration, wrong: &mut Wrong) {
    const FIELD: &str = "frontchannel-logout-uri";
    let Some(uri) = &asked.frontchannel_logout_uri else { return };
    match redirect_uri::check(uri, ApplicationType::Web) {
        Err(why) => wrong.add(FIELD, why),
        Ok(parsed) => {
            let own = asked.redirect_uris.iter().filter_map(|uri| url::Url::parse(uri).ok());
            let same = own.map(|uri| uri.origin()).any(|origin| origin == parsed.origin());
            wrong.unless(same, FIELD, "must have the scheme, host and port of a redirect URI");
        }
    }
}

/// Begins the sector of an app that is reached by a scheme of its own.
const SCHEME: &str = "scheme:";

pub(super) fn choose_sector(asked: &Registration, subject: SubjectType, wrong: &mut Wrong) -> Option<String> {
    // No host can be called that.
    let of_its_own = format!("client:{}", asked.id);
    let chosen = asked.sector.as_ref().filter(|sector| **sector != of_its_own);
    if chosen.is_none() && asked.sector_identifier_uri.is_none() && asked.for_itself_alone() {
        return Some(of_its_own);
    }
    let parsed = asked.redirect_uris.iter().filter_map(|uri| url::Url::parse(uri).ok());
    // A private-use scheme has no host: the scheme is the app's own reversed domain and serves as its sector, in a form that
    // no host has.
    let sector = |uri: url::Url| uri.host_str().map_or_else(|| format!("{SCHEME}{}", uri.scheme()), str::to_owned);
    let hosts: BTreeSet<String> = parsed.map(sector).collect();
    if let Some(sector) = chosen {
        // One of a scheme is kept from the time when it was derived.
        let host = url::Host::parse(sector).is_ok_and(|host| host.to_string() == *sector)
            || hosts.contains(sector)
            || sector.starts_with(SCHEME);
        wrong.unless(host, "sector", "must be a host name in lower case, such as portal.example.gov.tw");
        return host.then(|| sector.clone());
    }
    if let Some(uri) = &asked.sector_identifier_uri {
        // One that cannot be read was said to be wrong already.
        return url::Url::parse(uri).ok()?.host_str().map(str::to_owned);
    }
    if hosts.len() > 1 && subject == SubjectType::Pairwise {
        let list = hosts.into_iter().collect::<Vec<_>>().join(", ");
        wrong.add("sector", format!("is needed, since the redirect URIs are on several hosts: {list}"));
        return None;
    }
    hosts.into_iter().next()
}
