use crate::backends::every_new_database;
use crate::race::race;
use idp_store::migrate::{self, Fit};
use idp_store::{agencies, directory_version};

#[tokio::test]
async fn an_empty_database_is_older_and_serves_once_migrated() {
    every_new_database(async |database| {
        let db = database.node();
        assert_eq!(migrate::fit(&db).await, Ok(Fit::Empty));
        migrate::run(&db).await.unwrap();
        assert_eq!(migrate::fit(&db).await, Ok(Fit::Serves));
        assert_eq!(migrate::fit(&database.node()).await, Ok(Fit::Serves));
    })
    .await;
}

#[tokio::test]
async fn asking_whether_a_schema_fits_changes_nothing() {
    every_new_database(async |database| {
        let db = database.node();
        for _ in 0..2 {
            assert_eq!(migrate::fit(&db).await, Ok(Fit::Empty));
        }
        assert!(db.read(directory_version::current).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn migrating_again_keeps_what_is_there() {
    every_new_database(async |database| {
        let db = database.node();
        migrate::run(&db).await.unwrap();
        db.write(directory_version::raise).await.unwrap();
        let before = db.read(directory_version::current).await.unwrap();
        migrate::run(&db).await.unwrap();
        assert_eq!(db.read(directory_version::current).await.unwrap(), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_on_a_new_database_all_end_well() {
    for _ in 0..5 {
        every_new_database(async |database| {
            let nodes = [database.node(), database.node(), database.node(), database.node()];
            let ends = race(nodes.len(), |number| {
                let db = nodes[number].clone();
                async move {
                    migrate::run(&db).await?;
                    migrate::fit(&db).await
                }
            });
            assert_eq!(ends.await, [const { Ok(Fit::Serves) }; 4]);
            assert_eq!(nodes[0].read(directory_version::current).await, Ok(1), "migrated once");
            assert_eq!(nodes[1].scan(agencies::count).await, Ok(0));
        })
        .await;
    }
}
