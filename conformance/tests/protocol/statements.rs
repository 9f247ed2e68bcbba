//! What the database is asked in a login, counted by the database. Only with `IDP_TEST_SERVERS=1`.

use conformance::servers::are_installed;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use conformance::servers::statements::{Asked, asked};
use conformance::steps::{EMIC, browser, code, portal};
use conformance::{CIVIL_SERVANT, Provider, ProviderOptions};
use std::collections::BTreeMap;

/// Logins, one after the other: more than any job has turns meanwhile.
const LOGINS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_single_sign_on_login_is_seven_statements_five_of_them_in_one_transaction() {
    if !are_installed() {
        return;
    }
    let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let server = Some(postgres.url("postgres"));
    let options = ProviderOptions { database_server: server, ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let (emic, person) = (portal(&provider, "emic", EMIC).await, browser(&provider));
    code(&person, &emic.request(), CIVIL_SERVANT).await;
    postgres.log_statements().await.unwrap();
    let before = postgres.log().unwrap().len();
    for _ in 0..LOGINS {
        let request = emic.request();
        let code = code(&person, &request, CIVIL_SERVANT).await;
        let tokens = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
        assert_eq!(emic.userinfo(&tokens.access).await.unwrap().status, 200);
    }
    let log = postgres.log().unwrap();
    let counted = of_each_login(&log[before..]);
    let expected = [
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", LOGINS),
        ("COMMIT", LOGINS),
        ("INSERT audit", LOGINS),
        ("INSERT grants", LOGINS),
        ("SELECT grants sessions accounts capacities agencies", LOGINS),
        // At the authorization endpoint and at the token endpoint, where a withdrawal counts.
        ("SELECT sessions accounts capacities agencies consents", 2 * LOGINS),
    ];
    assert_eq!(counted, expected.map(|(statement, times)| (statement.to_owned(), times)).into(), "{log}");
}

/// Statements that came about once a login or oftener, and how often; those of the jobs are rarer.
///
/// Of transactions only those that note a grant are counted: jobs take their turns meanwhile, oftener on a slow machine.
fn of_each_login(log: &str) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    let mut begun: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Asked { connection, statement } in asked(log) {
        let (begins, ends) = (statement.starts_with("BEGIN"), ["COMMIT", "ROLLBACK"].contains(&statement.as_str()));
        match begun.get_mut(&connection) {
            Some(transaction) => transaction.push(statement),
            None if begins => drop(begun.insert(connection.clone(), vec![statement])),
            None => *counted.entry(statement).or_default() += 1,
        }
        let over = if ends { begun.remove(&connection) } else { None };
        let over = over.filter(|transaction| transaction.iter().any(|statement| statement == "INSERT grants"));
        over.into_iter().flatten().for_each(|statement| *counted.entry(statement).or_default() += 1);
    }
    counted.retain(|_, times| *times >= LOGINS / 2);
    counted
}
