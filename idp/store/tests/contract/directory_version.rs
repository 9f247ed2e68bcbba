use crate::backends::every_pair_of_nodes;
use crate::race::{node_of, race};
use idp_store::{Fault, directory_version};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_counts_on_whichever_node_it_is_made() {
    every_pair_of_nodes(async |one, other| {
        let before = one.read(directory_version::current).await.unwrap();
        race(50, |number| {
            let node = node_of(number, (&one, &other));
            async move { node.write(directory_version::raise).await.unwrap() }
        })
        .await;
        assert_eq!(other.read(directory_version::current).await.unwrap(), before + 50);
    })
    .await;
}

#[tokio::test]
async fn a_change_that_fails_does_not_make_nodes_read_anew() {
    every_pair_of_nodes(async |one, other| {
        let before = other.read(directory_version::current).await.unwrap();
        let failed = one.write(|tx| {
            directory_version::raise(tx)?;
            Err::<(), _>(Fault::corrupt("a test"))
        });
        assert!(failed.await.is_err());
        assert_eq!(other.read(directory_version::current).await.unwrap(), before);
    })
    .await;
}
