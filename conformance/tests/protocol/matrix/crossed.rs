//! Every kind of value at every place where another kind is taken: refused with the error of the place, never a failure, and
//! afterwards each is as good in its own place as if nothing had happened.
//!
//! So a code is not forged out of another value that shares a store or a key with it, a token is no assertion, a signature is
//! worth nothing for what it was not made for, and nothing is burnt by being shown to the wrong endpoint.

use super::kinds::{Kind, SEALED, scene};
use super::places::{Place, TAKE_NOTHING, present};
use std::path::Path;

#[tokio::test]
async fn every_kind_of_value_is_refused_at_every_place_of_another_and_stays_good_in_its_own() {
    let scene = scene().await;
    for kind in SEALED.into_iter().filter_map(|(_, kind)| kind) {
        assert!(scene.values.iter().any(|(made, _)| *made == kind), "there is no {kind:?} to try");
    }
    let mut wrong = Vec::new();
    for (kind, value) in &scene.values {
        for place in Place::all().into_iter().filter(|place| !place.takes(*kind)) {
            let said = present(&scene, place, value).await;
            if said != place.refusal(*kind) {
                wrong.push(format!("{kind:?} at {place:?}: {}", said.chars().take(300).collect::<String>()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them: {wrong:#?}", wrong.len());
    // The confirmation comes last: it ends the session that all others hang on.
    let (last, others): (Vec<_>, Vec<_>) = scene.values.iter().partition(|(kind, _)| *kind == Kind::Confirmation);
    for (kind, value) in others.into_iter().chain(last) {
        let Some((place, good)) = own(*kind) else { continue };
        let said = present(&scene, place, value).await;
        assert!(said.starts_with(good), "{kind:?} at {place:?}: {said}");
    }
}

/// Where a value is good, and what it gives there. `None`: at portals, or nowhere here.
fn own(kind: Kind) -> Option<(Place, &'static str)> {
    let assertion = || Place::all().into_iter().find(|place| place.takes(Kind::ClientAssertion));
    let secret = || Place::all().into_iter().find(|place| place.takes(Kind::ClientSecret));
    Some(match kind {
        Kind::Code => (Place::Code, "200 {\"access_token\""),
        Kind::AccessToken => (Place::Bearer, "200 "),
        Kind::BoundAccessToken => (Place::BoundToken, "200 "),
        Kind::RefreshToken => (Place::RefreshToken, "200 {\"access_token\""),
        Kind::ClientToken => (Place::Introspection, "200 {\"active\":true"),
        Kind::Interaction => (Place::SignIn, "303 code"),
        Kind::ReturnTo => (Place::ReturnTo, "200 change-password"),
        Kind::Confirmation => (Place::Confirmation, "200 logged-out"),
        Kind::Farewell => (Place::all().into_iter().find(|place| place.takes(kind))?, "200 logged-out"),
        Kind::DpopNonce => (Place::NonceInProof, "200 {\"access_token\""),
        Kind::PostedInAddress => (Place::PostedInAddress, "303 code"),
        Kind::Application => (Place::Join, "200 join-next"),
        Kind::WaitingForMail => (Place::JoinSent, "200 mail-state"),
        Kind::ActivationKey => (Place::Activate, "200 activate"),
        Kind::ResetKey => (Place::ResetPassword, "200 reset"),
        Kind::Captcha => (Place::Letters("/forgot-password"), "422 misread"),
        Kind::CodePage => (Place::ResetCode, "200 type-code"),
        Kind::UndoKey => (Place::UndoDeletion, "200 deletion-undone"),
        Kind::MemberPage => (Place::MemberPage("/account/password"), "422 change-password"),
        Kind::EmailKey => (Place::ConfirmEmail, "200 confirm-email"),
        Kind::IdToken => (Place::Hint, "303 code"),
        Kind::PostedRequest => (Place::Posted, "303 code"),
        Kind::RequestUri => (Place::RequestUri, "303 code"),
        Kind::Session => (Place::Session, "303 code"),
        Kind::InitialAccessToken => (Place::Registration, "201 {"),
        Kind::RegistrationAccessToken => (Place::Management, "200 {"),
        Kind::ClientSecret => (secret()?, "400 invalid_grant"),
        Kind::ClientAssertion => (assertion()?, "400 invalid_grant"),
        Kind::RequestObject | Kind::UntypedRequestObject => (Place::Request, "303 code"),
        Kind::DpopProof => (Place::Proof("/connect/token"), "200 {\"access_token\""),
        Kind::LogoutToken | Kind::SignedUserInfo => return None,
        Kind::ForeignCode | Kind::ForeignAccessToken | Kind::ForeignRefreshToken | Kind::ForeignIdToken => return None,
        Kind::Garbage => return None,
    })
}

#[test]
fn every_path_of_the_provider_takes_a_value_of_the_table_or_none() {
    let places: Vec<_> = Place::all().into_iter().map(Place::path).collect();
    for path in idp::routes::PATHS {
        assert_ne!(places.contains(&path), TAKE_NOTHING.contains(&path), "{path} stands in one of the two tables");
    }
}

#[test]
fn every_kind_of_sealed_value_of_the_program_is_in_the_table() {
    let (root, mut found) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), Vec::new());
    for folder in ["idp/src", "idp/core/src", "idp/store/src", "keys/src"] {
        purposes_in(&root.join(folder), &mut found);
    }
    assert!(found.len() >= SEALED.len());
    for purpose in found {
        assert!(
            SEALED.iter().any(|(known, _)| *known == purpose),
            "{purpose} has no line in the table of sealed values"
        );
    }
}

/// The purposes that values are sealed for, outside tests.
fn purposes_in(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            purposes_in(&path, found);
        } else if !path.ends_with("tests.rs") && !path.components().any(|part| part.as_os_str() == "tests") {
            let source = std::fs::read_to_string(&path).unwrap_or_default();
            let product = source.split("#[cfg(test)]").next().unwrap();
            let quoted = product.split("Purpose::new(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(quoted.map(str::to_owned));
        }
    }
}
