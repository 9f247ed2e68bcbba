//! TLS towards PostgreSQL: the server proves its name, or is not spoken to. Only with `IDP_TEST_SERVERS=1`.

use conformance::servers::are_installed;
use conformance::servers::postgres::{PASSWORD, Postgres, PostgresOptions};
use idp_store::{Db, DbUrl, Fault, PostgresUrl, migrate};

async fn tried(url: PostgresUrl) -> Result<migrate::Fit, Fault> {
    migrate::fit(&Db::open(&DbUrl::Postgres(Box::new(url)))?).await
}

fn refusal(tried: Result<migrate::Fit, Fault>) -> String {
    match tried {
        Err(Fault::Unavailable(words)) => words,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_proves_its_name_is_spoken_to_and_no_other() {
    if !are_installed() {
        return;
    }
    let server = Postgres::start_new(&PostgresOptions { tls: true, ..PostgresOptions::default() }).unwrap();
    server.sql("postgres", &format!("ALTER ROLE tester PASSWORD '{PASSWORD}'")).await.unwrap();
    let url = |text: &str, password: &str| {
        let url: PostgresUrl = text.parse().unwrap();
        url.with_password(password.to_owned().into()).unwrap()
    };
    let by_name = server.tls_url("postgres");
    let trusting = |password: &str| url(&by_name, password).trusting(server.ca_file());
    assert_eq!(tried(trusting(PASSWORD)).await, Ok(migrate::Fit::Empty));

    let said = refusal(tried(trusting("falsch-und-lang")).await);
    assert!(said.contains("password authentication failed") && !said.contains("falsch-und-lang"), "{said}");

    let said = refusal(tried(url(&by_name, PASSWORD)).await);
    assert!(said.contains("did not prove that it is localhost") && said.contains("database.ca_file"), "{said}");

    let other_name = by_name.replace("localhost", "127.0.0.1");
    let said = refusal(tried(url(&other_name, PASSWORD).trusting(server.ca_file())).await);
    assert!(said.contains("did not prove that it is 127.0.0.1"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_nothing_where_tls_was_asked_for() {
    if !are_installed() {
        return;
    }
    let server = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let url: PostgresUrl = server.tls_url("postgres").parse().unwrap();
    let said = refusal(tried(url.with_password(PASSWORD.to_owned().into()).unwrap()).await);
    assert!(said.contains("speaks no TLS") && said.contains("sslmode=disable"), "{said}");
    assert!(!said.contains(PASSWORD), "{said}");
}
