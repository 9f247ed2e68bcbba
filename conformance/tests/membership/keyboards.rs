//! One password, typed on keyboards that send its letters otherwise: é and ガ come in two characters from one system and in one from
//! another.

use crate::account::{send, signed_in};
use crate::support::*;
use conformance::steps::run;
use conformance::{Browser, NATURAL_PERSON, Provider};

/// As one system sends it, and as others do.
const FIRST: [&str; 2] = ["cafe\u{301}-ガラスの山", "caf\u{e9}-カ\u{3099}ラスの山"];
const SECOND: [&str; 2] = ["プリンと bru\u{302}le\u{301}e", "フ\u{309a}リンと br\u{fb}l\u{e9}e"];
const THIRD: [&str; 2] = ["ｘＫ９－ｍＱ２ｖ", "xK9-mQ2v"];

/// Argon2id of the first of [`FIRST`] as it stands there.
const AS_TYPED: &str = "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlcyBpdA$kGJrMYljGQrJwknx3GOIMhuTKq7hS+v0ixzRBcrt/wg";

async fn opens(provider: &Provider, account: &str, password: &str) -> bool {
    sign_in(provider, account, password).await.has("person-name")
}

#[tokio::test]
async fn whoever_chooses_a_password_on_one_keyboard_uses_it_on_another() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = begin(&provider, &browser).await;
    let fields = [("account", "keyboard1"), ("new-password", FIRST[0]), ("new-password-again", FIRST[1])];
    let page = step(&browser, &page, &fields).await;
    let page = skip_both(&browser, &step(&browser, &page, &super::support::SECOND).await).await;
    agree(&provider, &browser, &page).await;
    let link_of = |mails: Vec<mail_parser::Message<'static>>| link(&provider, mails.last().unwrap());
    let typed = [("current-password", FIRST[1])];
    let done = activate_by(&browser, &link_of(so_many_mails(&provider, 1).await), &typed).await;
    assert!(done.body.contains("帳號已啟用成功"), "{}", done.body);
    for typed in FIRST {
        assert!(opens(&provider, "keyboard1", typed).await, "{typed:?}");
    }
    // 密碼維護.
    let here = signed_in(&provider, "keyboard1", FIRST[1]).await;
    let fields = [("current-password", FIRST[1]), ("new-password", SECOND[0]), ("new-password-again", SECOND[1])];
    let page = send(&provider, &here, "/account/password", &fields).await;
    assert!(page.has("password-changed"), "{}", page.body);
    assert!(opens(&provider, "keyboard1", SECOND[1]).await);
    assert!(!opens(&provider, "keyboard1", FIRST[0]).await);
}

#[tokio::test]
async fn so_does_whoever_sets_another_by_a_mailed_link_or_is_given_one() {
    let provider = Provider::start().await.unwrap();
    asked(&provider, "/forgot-password", NATURAL_PERSON).await;
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&link(&provider, &mail)).await.unwrap();
    let done = set_password(&browser, &page, FIRST[1]).await;
    assert!(done.body.contains("密碼已經重設"), "{}", done.body);
    assert!(opens(&provider, NATURAL_PERSON, FIRST[0]).await);

    let file = provider.folder().join("password");
    std::fs::write(&file, THIRD[0]).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    run(&provider, &["accounts", "set-password", NATURAL_PERSON, "--password-file", file]).await.unwrap();
    assert!(opens(&provider, NATURAL_PERSON, THIRD[1]).await);
    let add = ["accounts", "add", "keyboard2", "--name", "林大勇", "--password-file", file];
    run(&provider, &add).await.unwrap();
    assert!(opens(&provider, "keyboard2", THIRD[1]).await);
}

/// Hashed before passwords were normalised: it works as it was typed then, and from then on however it is typed.
#[tokio::test]
async fn a_password_that_was_hashed_as_typed_still_opens_and_is_hashed_anew() {
    let provider = Provider::start().await.unwrap();
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, NATURAL_PERSON);
    let id = provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id;
    let now = provider.clock.now();
    provider.wired.base.db.write(move |tx| idp_store::accounts::set_password(tx, &id, AS_TYPED, now)).await.unwrap();
    assert!(!opens(&provider, NATURAL_PERSON, FIRST[1]).await, "nobody knows how it was typed");
    provider.advance(std::time::Duration::from_secs(6)).await.unwrap();
    assert!(opens(&provider, NATURAL_PERSON, FIRST[0]).await);
    assert!(opens(&provider, NATURAL_PERSON, FIRST[1]).await);
}
