//! Forms that arrive again after the node that took their attempt died: kept until their time has come, from everybody.

use crate::support::{Answer, Visitor};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider, ProviderOptions};
use idp_core::people::account_name::counter_key;
use idp_store::password_attempts;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

async fn provider(settings: fn(&mut idp::settings::Settings)) -> Provider {
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

/// Opens a page; in its millisecond an attempt at the name is taken, by a node that is no more; the form comes again, from this
/// address.
async fn comes_again(provider: &Provider, name: &str, password: &'static str, from: String) -> JoinHandle<Answer> {
    let mut visitor = Visitor::of(provider);
    let interaction = visitor.sign_in_page().await;
    let secret = provider.wired.base.directory.snapshot().secrets.typed_name.clone();
    let digest = keys::hmac_sha256(&secret, counter_key(name).as_bytes());
    let (now, policy) = (provider.wired.base.clock.now(), provider.wired.sign_in.attempts.clone());
    let taken = provider.wired.base.db.write(move |tx| password_attempts::take(tx, &digest, now, &policy)).await;
    assert!(taken.unwrap().is_ok());
    let form = [("interaction", interaction.clone()), ("username", name.to_owned()), ("password", password.to_owned())];
    let request = visitor.http.post(provider.url("/sign-in")).header("x-forwarded-for", from).form(&form);
    tokio::spawn(async move { visitor.send(request).await })
}

/// That so many are turned away at once, and no more.
async fn turned_away(forms: &[JoinHandle<Answer>], many: usize) {
    let away = || forms.iter().filter(|form| form.is_finished()).count();
    let all = async {
        while away() < many {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // Shorter than one is kept.
    let _ = tokio::time::timeout(Duration::from_secs(4), all).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(away(), many);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_or_network_takes_half_of_the_places_for_forms_and_leaves_the_others_to_others() {
    let provider =
        provider(|settings| settings.server.trusted_proxies = vec!["127.0.0.0/8".into(), "::1".into()]).await;
    let mut forms = Vec::new();
    for number in 0..40 {
        forms.push(comes_again(&provider, &format!("nobody{number}"), "wrong", "198.51.100.7".into()).await);
    }
    turned_away(&forms, 40 - 32).await;
    let somebody = comes_again(&provider, CIVIL_SERVANT, PASSWORD, "198.51.100.8".into()).await;
    let mut network = Vec::new();
    for number in 0..20 {
        let from = format!("2001:db8:1:{number:x}::1");
        network.push(comes_again(&provider, &format!("nobody1{number:03}"), "wrong", from).await);
    }
    // With 48 of the 64 taken, a network has an eighth.
    turned_away(&network, 20 - 15).await;
    provider.advance(Duration::from_secs(6)).await.unwrap();
    assert_eq!(somebody.await.unwrap().status, 303, "somebody else");
}

/// Hashes of this provider take long enough to fill its queue.
fn slow(settings: &mut idp::settings::Settings) {
    settings.passwords.argon2_memory_kib = 48 * 1024;
    settings.passwords.hashing_threads = 1;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_whose_time_comes_while_hashing_is_busy_waits_on() {
    let provider = provider(slow).await;
    let form = comes_again(&provider, CIVIL_SERVANT, PASSWORD, String::new()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (passwords, over) = (provider.wired.sign_in.passwords.clone(), over.clone());
        flood.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                let _ = passwords.hash(None, Zeroizing::new("flood".into())).await;
                tokio::task::yield_now().await;
            }
        });
    }
    provider.advance(Duration::from_secs(6)).await.unwrap();
    // A look or two meet the flood.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    over.store(true, Ordering::Relaxed);
    flood.join_all().await;
    assert_eq!(form.await.unwrap().status, 303);
}
