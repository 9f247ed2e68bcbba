//! 忘記帳號: the names of an address, by mail.

use crate::support::*;
use conformance::Provider;
use conformance::{CIVIL_SERVANT, EDUCATOR};
use idp_core::AccountId;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_store::accounts::{self, NewAccount};
use std::time::Duration;

const SHARED: &str = "Family.Su@example.gov.tw";

#[tokio::test]
async fn who_forgot_the_account_name_is_mailed_the_names_of_the_address_and_no_others() {
    let provider = Provider::start().await.unwrap();
    for account in ["mother01", "daughter02"] {
        add(&provider, account, (SHARED, true)).await;
    }
    add(&provider, "alike0001", ("FAMILY.su@example.gov.tw", true)).await;
    add(&provider, "waiting01", (SHARED, false)).await;
    let page = asked(&provider, "/forgot-account", "Family.Su@example.gov.tw").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(SHARED), "as the account has it");
    for said in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        assert!(said.contains("mother01") && said.contains("daughter02"), "{said}");
        for other in ["alike0001", "waiting01", EDUCATOR, "王家人", "key="] {
            assert!(!said.contains(other), "{other}: {said}");
        }
    }
    provider.advance(Duration::from_secs(60)).await.unwrap();
    asked(&provider, "/forgot-account", "TEACHER0001@example.gov.TW").await;
    let mail = so_many_mails(&provider, 2).await.pop().unwrap();
    let to = mail.to().unwrap().first().unwrap().address().map(str::to_owned);
    assert_eq!(to.as_deref(), Some("teacher0001@example.gov.tw"), "as the account has it, not as it was typed");
}

/// An account with this address, confirmed or not.
pub async fn add(provider: &Provider, account: &str, (email, email_verified): (&str, bool)) {
    let new = NewAccount {
        id: AccountId::new(keys::random().unwrap()),
        account: AccountName::parse(account).unwrap(),
        name: "王家人".into(),
        email: Some(email.into()),
        email_verified,
        state: AccountState::Active,
        password_hash: "$argon2id$".into(),
        name_digest: keys::sha256(account.as_bytes()),
    };
    let now = provider.clock.now();
    assert!(provider.wired.base.db.write(move |tx| accounts::insert(tx, &new, now)).await.unwrap());
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_gets_no_mail() {
    let provider = Provider::start().await.unwrap();
    add(&provider, "unproven1", ("unproven@example.gov.tw", false)).await;
    for typed in ["unproven@example.gov.tw", "nobody@example.gov.tw", "%@example.gov.tw", "f_reman0119@example.gov.tw"]
    {
        assert_eq!(asked(&provider, "/forgot-account", typed).await.status, 200, "{typed}");
    }
    // A mail that does go out: by then the others were looked at.
    provider.advance(Duration::from_secs(1)).await.unwrap();
    asked(&provider, "/forgot-account", "fireman0119@example.gov.tw").await;
    let all = async || settled(&provider).await == 5;
    until("all are looked at", all).await;
    assert_eq!(mails(&provider).len(), 1);
    assert!(mails(&provider)[0].body_text(0).unwrap().contains(CIVIL_SERVANT));
}

#[tokio::test]
async fn what_is_no_address_is_said_beside_the_field() {
    let provider = Provider::start().await.unwrap();
    for (path, typed, words) in [
        ("/forgot-account", "", "請輸入電子信箱"),
        ("/forgot-account", "claire\r\nBcc: x@example.tw", "電子信箱的格式不正確"),
        ("/forgot-account", "cla\0ire@example.tw", "電子信箱的格式不正確"),
        ("/forgot-password", "", "請輸入帳號"),
        ("/resend-confirmation", "1\0", "帳號須為"),
    ] {
        let page = asked(&provider, path, typed).await;
        assert!(page.status == 422 && page.body.contains(words), "{path} {typed}: {}", page.body);
    }
    assert_eq!(noted(&provider).await, 0);
}
