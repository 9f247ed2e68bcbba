//! A role that may not do what the program does: a start that is refused in clear words, or 503 for what needs the missing right.

use conformance::history::run::{settings, settle};
use conformance::servers::are_installed;
use conformance::servers::idp_node::IdpNode;
use conformance::servers::postgres::{Postgres, PostgresOptions};
use reqwest::Response;
use std::time::Duration;

#[expect(clippy::disallowed_methods, reason = "a browser in a test, not the provider")]
fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().cookie_store(true).timeout(Duration::from_secs(20)).build().unwrap()
}

async fn guess(node: &IdpNode) -> Response {
    let browser = browser();
    let url = format!("{}/sign-in", node.base().replace("127.0.0.1", "localhost"));
    let page = browser.get(&url).send().await.unwrap().text().await.unwrap();
    let interaction = page.split_once("name=\"interaction\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let form = [("interaction", interaction.as_str()), ("username", "nobody01"), ("password", "wrong")];
    browser.post(&url).form(&form).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_a_right_cannot_start_the_program_or_is_503_where_it_needs_it() {
    if !are_installed() {
        return;
    }
    let postgres = Postgres::start_new(&PostgresOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let owner =
        IdpNode::new(&settings(folder.path(), &postgres.url("postgres")), folder.path().join("owner.log")).unwrap();
    settle(&owner, folder.path(), 1).await.unwrap();
    let all = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO weak";
    postgres.sql("postgres", &format!("CREATE ROLE weak LOGIN; {all}")).await.unwrap();
    let url = postgres.url("postgres").replace("//tester@", "//weak@");
    let node = || IdpNode::new(&settings(folder.path(), &url), folder.path().join("weak.log")).unwrap();

    // A right that every start needs.
    postgres.sql("postgres", "REVOKE SELECT ON clients FROM weak").await.unwrap();
    let refused = node().start_ready().await.unwrap_err().to_string();
    assert!(refused.contains("permission denied for table clients"), "{refused}");
    postgres.sql("postgres", all).await.unwrap();

    // A right that is taken away from a running program, and given back.
    let mut running = node();
    running.start_ready().await.unwrap();
    assert_eq!(guess(&running).await.status(), 422);
    postgres.sql("postgres", "DELETE FROM password_attempts; REVOKE INSERT ON audit FROM weak").await.unwrap();
    let answer = guess(&running).await;
    assert!(answer.status() == 503 && answer.headers().contains_key("retry-after"), "{answer:?}");
    postgres.sql("postgres", &format!("DELETE FROM password_attempts; {all}")).await.unwrap();
    assert_eq!(guess(&running).await.status(), 422);
}
