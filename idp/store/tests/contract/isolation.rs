//! What units see of each other.

use crate::backends::{every_pair_of_nodes, on_server_from_here, postgres};
use crate::race::{node_of, race, winners};
use idp_store::{directory_version, migrate, secrets};

/// Nobody writes a row that another writes: that one alone gets through comes from an order of whole units.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_units_that_each_write_a_row_of_their_own_only_if_nobody_wrote_before_one_writes() {
    every_pair_of_nodes(async |one, other| {
        for round in 0..20 {
            let wrote = race(6, |number| {
                let (node, prefix) = (node_of(number, (&one, &other)), format!("round{round}."));
                let unit = move |tx: &mut idp_store::Tx<'_>| {
                    let before = secrets::all(tx.conn())?.iter().any(|(name, _)| name.starts_with(&prefix));
                    Ok(!before && secrets::insert(tx, &format!("{prefix}{number}"), &[1])?)
                };
                async move { node.write(unit).await.unwrap() }
            })
            .await;
            assert_eq!(winners(&wrote), 1, "in round {round}");
        }
    })
    .await;
}

/// On PostgreSQL, as [`idp_store::Db::scan`] says.
#[tokio::test]
async fn all_statements_of_a_scan_see_one_state() {
    let Ok(server) = std::env::var("IDP_TEST_POSTGRES_URL") else { return };
    let database = postgres(server).await;
    let (db, address) = (database.node(), database.address());
    migrate::run(&db).await.unwrap();
    let scan = db.scan(move |conn| {
        let first = directory_version::current(conn)?;
        on_server_from_here(&address, "UPDATE directory_version SET version = version + 1");
        Ok((first, directory_version::current(conn)?))
    });
    assert_eq!(scan.await, Ok((1, 1)));
    assert_eq!(db.read(directory_version::current).await, Ok(2));
}
