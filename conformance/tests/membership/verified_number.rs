//! An applicant who types the 身分證字號 of somebody else's account, where it is verified.

use crate::support::*;
use conformance::steps::fill_in;
use conformance::{Browser, CIVIL_SERVANT, Page, Provider};

/// A page without what is sealed anew each time, and without what this applicant typed.
fn plain(page: &Page, typed: [&str; 3]) -> (u16, String) {
    let sealed = ["application", "captcha", "return_to", "waiting", "key"];
    let names = sealed.into_iter().filter_map(|name| page.field(name)).chain(typed.map(str::to_owned));
    let body = names.fold(page.body.clone(), |body, text| body.replace(&text, "TYPED"));
    (page.status.as_u16(), body)
}

/// Every page of an application with this number, to the account that is active, and what was written down.
async fn applies(provider: &Provider, account: &str, number: &str) -> Vec<(u16, String)> {
    let browser = Browser::new(&provider.issuer).unwrap();
    let masked = format!("{}******{}", &number[..2], &number[8..]);
    let typed = [account, number, masked.as_str()];
    let before = (noted(provider).await, provider.audit(500).await.unwrap().len(), mails(provider).len());
    let mut pages = Vec::new();
    let page = browser.open(&provider.url("/join?kind=official")).await.unwrap();
    let page = step(&browser, &page, &first(account)).await;
    let page = step(&browser, &page, &SECOND).await;
    let third = THIRD.map(|(name, text)| if name == "national-id" { (name, number) } else { (name, text) });
    let page = step(&browser, &page, &third).await;
    pages.push(plain(&page, typed));
    let page = step(&browser, &page, &SKIP).await;
    pages.push(plain(&page, typed));
    let page = agree(provider, &browser, &page).await;
    assert!(page.url.contains("/join/sent?waiting="), "{}", page.body);
    until("the mail is sent", async || settled(provider).await == noted(provider).await).await;
    pages.push(plain(&browser.open(&page.url).await.unwrap(), typed));
    let mails = mails(provider);
    let link = link(provider, mails.iter().find(|mail| mail.body_text(0).unwrap().contains(account)).unwrap());
    pages.push(plain(&browser.open(&link).await.unwrap(), typed));
    let page = activate(&browser, &link).await;
    assert!(page.body.contains("帳號已啟用成功"), "{}", page.body);
    pages.push(plain(&page, typed));
    let after = (noted(provider).await, provider.audit(500).await.unwrap().len(), mails.len());
    assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (1, 2, 1));
    pages
}

#[tokio::test]
async fn a_number_that_is_verified_elsewhere_keeps_no_applicant_out_and_tells_them_nothing() {
    let provider = Provider::start().await.unwrap();
    fill_in(&provider, CIVIL_SERVANT).await;
    let taken = applies(&provider, "samenum01", "A123456789").await;
    let free = applies(&provider, "othernum1", "B222222228").await;
    assert_eq!(taken.len(), 5);
    for (one, other) in taken.iter().zip(&free) {
        assert_eq!(one, other);
    }
    for (account, is_verified) in [("samenum01", false), ("othernum1", false), (CIVIL_SERVANT, true)] {
        let find = move |conn: &mut idp_store::Conn| {
            let person = idp_store::accounts::login(conn, account)?.unwrap().person;
            Ok::<_, idp_store::Fault>(idp_store::records::find(conn, &person.account_id)?.unwrap())
        };
        let record = provider.wired.base.db.scan(find).await.unwrap();
        assert_eq!(record.sealed.national_id_verified, is_verified, "{account}");
        assert!(record.sealed.national_id.is_some(), "{account}");
    }
}
