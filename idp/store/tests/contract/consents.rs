use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, store_account};
use crate::race::{node_of, race};
use idp_core::oauth::authorize::prompt::Consent;
use idp_core::scope::{Scope, ScopeSet};
use idp_core::{AccountId, ClientId, UnixMillis};
use idp_store::{Db, consents};

async fn add(db: &Db, account: &AccountId, client: &str, scope: ScopeSet, now: UnixMillis) {
    let (account, client) = (account.clone(), ClientId::from_trusted(client));
    db.write(move |tx| consents::add(tx, (&account, &client), scope, now)).await.unwrap();
}

async fn find(db: &Db, account: &AccountId, client: &str) -> Option<Consent> {
    let (account, client) = (account.clone(), ClientId::from_trusted(client));
    db.read(move |conn| consents::find(conn, &account, &client)).await.unwrap()
}

#[tokio::test]
async fn consent_grows_and_the_person_was_told_when_they_first_were() {
    every_database(async |db| {
        let account = store_account(&db, 1).await;
        assert_eq!(find(&db, &account, "emic").await, None);
        add(&db, &account, "emic", ScopeSet::parse_known("openid email"), NOW).await;
        add(&db, &account, "emic", ScopeSet::parse_known("openid phone"), after(60)).await;
        let all = ScopeSet::parse_known("openid email phone");
        assert_eq!(find(&db, &account, "emic").await, Some(Consent { scope: all, told_at: Some(NOW) }));
    })
    .await;
}

#[tokio::test]
async fn consent_holds_for_one_person_at_one_portal() {
    every_database(async |db| {
        let (account, other) = (store_account(&db, 1).await, store_account(&db, 2).await);
        add(&db, &account, "emic", ScopeSet::parse_known("openid"), NOW).await;
        assert_eq!(find(&db, &account, "elearn").await, None);
        assert_eq!(find(&db, &other, "emic").await, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_consents_given_in_several_tabs_at_once_none_is_lost() {
    every_pair_of_nodes(async |one, other| {
        let account = store_account(&one, 1).await;
        race(Scope::ALL.len(), |number| {
            let (node, account) = (node_of(number, (&one, &other)), account.clone());
            let scope = ScopeSet::default().with(Scope::ALL[number]);
            async move { add(&node, &account, "emic", scope, NOW).await }
        })
        .await;
        let all: ScopeSet = Scope::ALL.into_iter().collect();
        assert_eq!(find(&other, &account, "emic").await.unwrap().scope, all);
    })
    .await;
}
