use crate::backends::{every_database, every_pair_of_nodes};
use crate::race::{node_of, race, winners};
use idp_store::secrets;

#[tokio::test]
async fn a_secret_is_stored_under_its_name() {
    every_database(async |db| {
        assert!(db.write(|tx| secrets::insert(tx, "sid", &[0, 1, 255])).await.unwrap());
        assert!(db.write(|tx| secrets::insert(tx, "pairwise", &[2])).await.unwrap());
        let mut all = db.scan(secrets::all).await.unwrap();
        all.sort();
        assert_eq!(all, [("pairwise".to_owned(), vec![2]), ("sid".to_owned(), vec![0, 1, 255])]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_nodes_that_make_the_same_secret_at_once_one_does_and_its_value_stays() {
    every_pair_of_nodes(async |one, other| {
        let made = race(50, |number| {
            let node = node_of(number, (&one, &other));
            let value = [u8::try_from(number).unwrap()];
            async move { node.write(move |tx| secrets::insert(tx, "pairwise", &value)).await.unwrap() }
        })
        .await;
        assert_eq!(winners(&made), 1);
        let winner = made.iter().position(|won| *won).unwrap();
        let all = other.scan(secrets::all).await.unwrap();
        assert_eq!(all, [("pairwise".to_owned(), vec![u8::try_from(winner).unwrap()])]);
    })
    .await;
}
