//! Every kind of value that this provider hands out or takes, a good one of each.

use crate::receiver::Receiver;
use crate::request_object::object;
use conformance::steps::{browser, change, code, register, run, seconds, start, tokens};
use conformance::{
    Answer, Assertion, Browser, By, EDUCATOR, NATURAL_PERSON, PASSWORD, Portal, ProofKey, Provider, ProviderOptions,
    Request,
};
use idp::settings::RegistrationMode;
use idp_core::client::{AuthMethod, GrantType};
use idp_core::membership::activation_key::ActivationKey;
use idp_core::membership::email_key::{EmailChange, EmailKey};
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::membership::undo_key::UndoKey;
use idp_core::people::account::{AccountState, Person};
use idp_core::sign_in::interaction::Interaction;
use keys::Algorithm;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    // Sealed by us.
    Code,
    AccessToken,
    BoundAccessToken,
    RefreshToken,
    ClientToken,
    Interaction,
    ReturnTo,
    Confirmation,
    Farewell,
    DpopNonce,
    PostedInAddress,
    Application,
    WaitingForMail,
    ActivationKey,
    ResetKey,
    Captcha,
    MemberPage,
    CodePage,
    UndoKey,
    EmailKey,
    // Signed by us.
    IdToken,
    LogoutToken,
    SignedUserInfo,
    // Names of what we keep.
    PostedRequest,
    RequestUri,
    Session,
    InitialAccessToken,
    RegistrationAccessToken,
    ClientSecret,
    // Signed by the client, all with one key.
    ClientAssertion,
    RequestObject,
    UntypedRequestObject,
    DpopProof,
    // Of another provider.
    ForeignCode,
    ForeignAccessToken,
    ForeignRefreshToken,
    ForeignIdToken,
    Garbage,
}

/// What is sealed: how the product calls it, and the kind here. `None`: it never leaves the provider.
pub const SEALED: [(&str, Option<Kind>); 30] = [
    ("authorization_code", Some(Kind::Code)),
    ("access_token", Some(Kind::AccessToken)),
    ("refresh_token", Some(Kind::RefreshToken)),
    ("client_access_token", Some(Kind::ClientToken)),
    ("interaction", Some(Kind::Interaction)),
    ("return_to", Some(Kind::ReturnTo)),
    ("sign_out_confirmation", Some(Kind::Confirmation)),
    ("sign_out_afterwards", Some(Kind::Farewell)),
    ("dpop_nonce", Some(Kind::DpopNonce)),
    ("posted_request", Some(Kind::PostedInAddress)),
    ("membership/application", Some(Kind::Application)),
    ("membership/waiting", Some(Kind::WaitingForMail)),
    ("membership/activation", Some(Kind::ActivationKey)),
    ("membership/reset", Some(Kind::ResetKey)),
    ("membership/page", Some(Kind::MemberPage)),
    ("membership/reset_code", Some(Kind::CodePage)),
    ("membership/undo_deletion", Some(Kind::UndoKey)),
    ("captcha", Some(Kind::Captcha)),
    ("membership/email", Some(Kind::EmailKey)),
    ("message/recipient", None),
    ("message/content", None),
    ("pushed_request", None),
    ("signing_key", None),
    ("national_id", None),
    ("further_claims", None),
    ("recovery_question", None),
    ("recovery_mobile", None),
    ("mac_key", None),
    ("sealing_key", None),
    ("client_secrets", None),
];

/// A provider, a portal that proves itself and signs its requests by one key, and a person who is signed in at it.
pub struct Scene {
    pub provider: Provider,
    pub portal: Portal,
    /// The portal, with proofs.
    pub bound: Portal,
    pub emic: Portal,
    pub browser: Browser,
    /// Another browser, at the sign-in page.
    pub fresh: Browser,
    /// Another one, of somebody who applies for an account.
    pub applicant: Browser,
    /// The request of the code.
    pub request: Request,
    /// Who manages itself by the registration access token.
    pub registered: String,
    pub values: Vec<(Kind, String)>,
}

fn careful(settings: &mut idp::settings::Settings) {
    settings.registration.mode = RegistrationMode::InitialAccessToken;
    settings.dpop.require_nonce = true;
}

pub async fn scene() -> Scene {
    let options = ProviderOptions { settings: Some(careful), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    // So long that it vouches for proofs and assertions of now.
    provider.advance(seconds(121)).await.unwrap();
    let receiver = Receiver::start([]).await;
    let portal = register(&provider, "portal", |asked| {
        asked.auth_method = AuthMethod::PrivateKeyJwt;
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
        asked.userinfo_signed_response_alg = Some(Algorithm::Es256);
        asked.grant_types.push(GrantType::ClientCredentials);
    })
    .await;
    let emic = conformance::steps::portal(&provider, "emic", conformance::steps::EMIC).await;
    let snapshot = provider.wired.base.directory.snapshot();
    let nonce = idp_core::oauth::dpop::nonce::seal(&snapshot.sealer, provider.clock.now()).unwrap();
    let bound = portal.proving(&ProofKey::generate().unwrap()).with_nonce(&nonce);
    let [browser, fresh, applicant] = [(); 3].map(|()| browser(&provider));
    let (request, registered) = (portal.request(), String::new());
    let values = vec![(Kind::DpopNonce, nonce)];
    let mut scene = Scene { provider, portal, bound, emic, browser, fresh, applicant, request, registered, values };
    of_a_sign_in(&mut scene).await;
    of_a_sign_out(&mut scene, &receiver).await;
    of_pages(&mut scene).await;
    of_an_application(&mut scene).await;
    of_the_client(&mut scene).await;
    of_registration(&mut scene).await;
    of_another_provider(&mut scene).await;
    scene
}

impl Scene {
    fn add(&mut self, kind: Kind, value: impl Into<String>) {
        self.values.push((kind, value.into()));
    }
}

async fn of_a_sign_in(scene: &mut Scene) {
    let page = scene.browser.open(&scene.portal.request().url()).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let form = [("interaction", interaction.as_str()), ("username", NATURAL_PERSON), ("password", PASSWORD)];
    let post = scene.browser.http.post(scene.provider.url("/sign-in")).form(&form);
    let answer = post.header("origin", &scene.provider.issuer).header("sec-fetch-site", "same-origin").send().await;
    let cookies = answer.unwrap().headers().clone();
    let cookies = cookies.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut session =
        cookies.filter_map(|cookie| cookie.strip_prefix("idp_session=")?.split(';').next().map(str::to_owned));
    scene.add(Kind::Session, session.next_back().unwrap());
    let given = tokens(&scene.portal, &scene.browser, &scene.portal.request(), NATURAL_PERSON).await;
    let said = scene.portal.userinfo(&given.access).await.unwrap();
    assert_eq!((said.status.as_u16(), said.body.split('.').count()), (200, 3), "{}", said.body);
    scene.add(Kind::SignedUserInfo, said.body);
    scene.add(Kind::AccessToken, given.access);
    scene.add(Kind::RefreshToken, given.refresh);
    scene.add(Kind::IdToken, given.id_token);
    let given = tokens(&scene.bound, &scene.browser, &scene.bound.request(), NATURAL_PERSON).await;
    scene.add(Kind::BoundAccessToken, given.access);
    scene.request = scene.portal.request();
    let code = code(&scene.browser, &scene.request, NATURAL_PERSON).await;
    scene.add(Kind::Code, code);
}

async fn of_a_sign_out(scene: &mut Scene, receiver: &Receiver) {
    let leaving = browser(&scene.provider);
    tokens(&scene.portal, &leaving, &scene.portal.request(), NATURAL_PERSON).await;
    let page = leaving.open(&scene.provider.url("/connect/end_session")).await.unwrap();
    let confirmation = page.field("confirmation").unwrap();
    let page = leaving.submit("/connect/end_session/confirm", &[("confirmation", &confirmation)]).await.unwrap();
    scene.add(Kind::Farewell, page.url.split_once("farewell=").unwrap().1);
    scene.add(Kind::LogoutToken, receiver.wait_for(1).await[0].token());
}

async fn of_pages(scene: &mut Scene) {
    let page = scene.fresh.open(&scene.portal.request().url()).await.unwrap();
    scene.add(Kind::Interaction, page.field("interaction").unwrap());
    let page = scene.browser.open(&scene.provider.url("/account/password")).await.unwrap();
    scene.add(Kind::ReturnTo, page.field("return_to").unwrap());
    scene.add(Kind::MemberPage, page.field("page").unwrap());
    let page = scene.browser.open(&scene.provider.url("/connect/end_session")).await.unwrap();
    scene.add(Kind::Confirmation, page.field("confirmation").unwrap());
    // So long that it is kept, and does not go on in its address.
    let request = scene.portal.request().with("padding", &"x".repeat(5000));
    let post = scene.browser.http.post(scene.provider.url("/connect/authorize")).form(&request.params);
    let to = Answer::of(post).await.unwrap().header("location").unwrap().to_owned();
    scene.add(Kind::PostedRequest, to.split_once("?posted=").unwrap().1);
    // What its address holds when nothing can be kept: path, end, body.
    let until = scene.provider.clock.now().plus(seconds(600)).0;
    let contents = keys::sealing::fields::Writer::new(1).text("/connect/authorize").i64(until);
    let contents = contents.bytes(scene.portal.request().query().as_bytes()).finish();
    let snapshot = scene.provider.wired.base.directory.snapshot();
    let sealed = snapshot.sealer.seal(keys::Purpose::new("posted_request"), &contents).unwrap();
    scene.add(Kind::PostedInAddress, sealed);
}

/// Of somebody who applies for an account.
async fn of_an_application(scene: &mut Scene) {
    let Scene { provider, applicant, .. } = &*scene;
    let begun = applicant.open(&provider.url("/join?kind=general")).await.unwrap().field("application").unwrap();
    let mut page = applicant.open(&provider.url("/join?kind=general")).await.unwrap();
    let steps: [&[(&str, &str)]; 5] = [
        &[("account", "applicant1"), ("new-password", NEW_PASSWORD), ("new-password-again", NEW_PASSWORD)],
        &[("name", "蘇小美"), ("email", "a@example.tw"), ("email-again", "a@example.tw"), ("nickname", "")],
        &[("decision", "skip")],
        &[("decision", "skip")],
        &[("agree", "yes")],
    ];
    for fields in steps {
        let (application, proof) = (page.field("application").unwrap(), provider.proof(&page).unwrap());
        let proof: Vec<_> = proof.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let documents = page.field("documents").unwrap_or_default();
        let form = [&[("application", application.as_str()), ("documents", &documents)], fields, &proof].concat();
        page = applicant.submit("/join", &form).await.unwrap();
    }
    let waiting = page.field("waiting").unwrap_or_else(|| panic!("{}", page.body));
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, "applicant1");
    let account = provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id;
    let key = ActivationKey::new(account, "a@example.tw", provider.clock.now().plus(seconds(3600)));
    let snapshot = provider.wired.base.directory.snapshot();
    let key = key.seal(&snapshot.sealer).unwrap();
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, NATURAL_PERSON);
    let person = provider.wired.base.db.read(find).await.unwrap().unwrap().person;
    let reset = ResetKey::new(&person, Proofs::MAIL, provider.clock.now().plus(seconds(3600))).unwrap();
    let reset = reset.seal(&snapshot.sealer).unwrap();
    let asking = applicant.open(&provider.url("/forgot-password")).await.unwrap();
    let proof = provider.proof(&asking).unwrap();
    let mut by_text = vec![("account", NATURAL_PERSON), ("way", "text")];
    by_text.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    let code_page = applicant.submit("/forgot-password", &by_text).await.unwrap().field("asking").unwrap();
    let change = email_change(provider, &person).await;
    let email = EmailKey::new(&person, &change).seal(&snapshot.sealer).unwrap();
    scene.add(Kind::Application, begun);
    scene.add(Kind::WaitingForMail, waiting);
    scene.add(Kind::ActivationKey, key);
    scene.add(Kind::EmailKey, email);
    scene.add(Kind::ResetKey, reset);
    scene.add(Kind::CodePage, code_page);
    let leaving = of_who_leaves(&scene.provider, &scene.applicant).await;
    scene.add(Kind::UndoKey, leaving);
    let asking = scene.applicant.open(&scene.provider.url("/forgot-password")).await.unwrap();
    scene.add(Kind::Captcha, asking.field("captcha").unwrap());
}

/// Of somebody whose account is about to be deleted.
async fn of_who_leaves(provider: &Provider, browser: &Browser) -> String {
    let now = provider.clock.now();
    let until = now.plus(seconds(86_400));
    let leave = move |tx: &mut idp_store::Tx<'_>, id: &idp_core::AccountId| {
        idp_store::accounts::set_state(tx, id, AccountState::Leaving { until }, now)
    };
    change(provider, EDUCATOR, leave).await;
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, EDUCATOR);
    let person = provider.wired.base.db.read(find).await.unwrap().unwrap().person;
    let sealer = &provider.wired.base.directory.snapshot().sealer;
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let browser = Interaction::open(sealer, &page.field("interaction").unwrap()).unwrap().browser.unwrap();
    let key = UndoKey::new(&person, browser, (now.plus(seconds(600)), now)).unwrap();
    key.seal(sealer).unwrap()
}

/// Another address that somebody asked for.
async fn email_change(provider: &Provider, person: &Person) -> EmailChange {
    let (now, id) = (provider.clock.now(), person.account_id.clone());
    let change = EmailChange {
        email: "new@example.tw".into(),
        security_epoch: person.security_epoch,
        asked_at: now,
        expires_at: now.plus(seconds(3600)),
    };
    let asked = change.clone();
    provider.wired.base.db.write(move |tx| idp_store::email_changes::put(tx, &id, &asked)).await.unwrap();
    change
}

/// What an applicant chooses.
pub const NEW_PASSWORD: &str = "xK9mQ2v-z";

async fn of_the_client(scene: &mut Scene) {
    let Scene { provider, portal, bound, .. } = &*scene;
    let key = portal.key.clone().unwrap();
    let by = By::Key(key.clone());
    let assertion = Assertion::new(&portal.id, &provider.issuer, by, &provider.clock).unwrap().signed().unwrap();
    let pushed = portal.pushed(&portal.request()).await.unwrap();
    let request_uri = pushed.get("request_uri").unwrap().to_owned();
    let request = object(provider, &key, &portal.request());
    let untyped = object(provider, &key, &portal.request()).header("typ", Value::Null);
    let proofs = bound.proofs.clone().unwrap();
    let proof = proofs.sign(&bound.proof(&proofs, "POST", "/connect/token"));
    scene.add(Kind::ClientAssertion, assertion);
    scene.add(Kind::RequestUri, request_uri);
    scene.add(Kind::RequestObject, request.signed().unwrap());
    scene.add(Kind::UntypedRequestObject, untyped.signed().unwrap());
    scene.add(Kind::DpopProof, proof);
    scene.add(Kind::ClientSecret, Provider::secret("emic"));
    let own = scene.portal.token(&[("grant_type", "client_credentials")]).await.unwrap().tokens().unwrap();
    scene.add(Kind::ClientToken, own.access);
}

async fn of_registration(scene: &mut Scene) {
    let file = scene.provider.folder().join("initial-access-token");
    let path = file.to_str().unwrap();
    let add =
        ["clients", "registration-tokens", "add", "--note", "x", "--uses", "2", "--life", "1h", "--token-file", path];
    run(&scene.provider, &add).await.unwrap();
    let initial = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    let asked = json!({ "redirect_uris": ["http://localhost:9/callback"] });
    let post = scene.emic.http.post(scene.provider.url("/connect/register")).bearer_auth(&initial).json(&asked);
    let answer = Answer::of(post).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json["client_id"].as_str().unwrap().clone_into(&mut scene.registered);
    scene.add(Kind::RegistrationAccessToken, answer.json["registration_access_token"].as_str().unwrap());
    scene.add(Kind::InitialAccessToken, initial);
}

async fn of_another_provider(scene: &mut Scene) {
    let (other, _) = start().await;
    let portal = register(&other, "portal", |_| {}).await;
    let browser = browser(&other);
    let given = tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    scene.add(Kind::ForeignCode, code(&browser, &portal.request(), NATURAL_PERSON).await);
    scene.add(Kind::ForeignAccessToken, given.access);
    scene.add(Kind::ForeignRefreshToken, given.refresh);
    scene.add(Kind::ForeignIdToken, given.id_token);
    scene.add(Kind::Garbage, "garbage");
}
