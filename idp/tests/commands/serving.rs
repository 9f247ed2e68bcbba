//! A running server: its log, its incidents, its stop.

use crate::support::{Idp, Serving, field, http};
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn an_error_page_shows_the_incident_that_the_log_explains() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    let page = serving.get("/sign-in").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let interaction = field(&page.text().await.unwrap(), "interaction");
    idp.sql("DROP TABLE password_attempts");
    let form = [("interaction", interaction.as_str()), ("username", "fireman0119"), ("password", "my-secret-guess")];
    let request = http().post(format!("{}/sign-in", serving.issuer)).header("cookie", cookie).form(&form);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 500);
    let page = answer.text().await.unwrap();
    let shown = page.split_once("id=\"incident\">").unwrap().1.split('<').next().unwrap().to_owned();
    let line = serving.logged(|line| line["incident"] == shown.as_str());
    assert_eq!(line["level"], "ERROR");
    assert!(line["why"].as_str().unwrap().contains("password_attempts"), "{line}");
    // The log knows why; the page does not tell, and neither knows what was typed.
    assert!(!page.contains("password_attempts") && !page.contains("table"), "{page}");
    assert!(!line.to_string().contains("my-secret-guess") && !line.to_string().contains("fireman0119"), "{line}");
}

#[tokio::test]
async fn a_portals_program_gets_the_incident_as_json() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    idp.sql("DROP TABLE directory_version");
    let form = [("grant_type", "authorization_code"), ("client_id", "stranger")];
    let answer = http().post(format!("{}/connect/token", serving.issuer)).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 500);
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(body["error"], "server_error");
    let code = body["error_description"].as_str().unwrap().strip_prefix("incident ").unwrap().to_owned();
    serving.logged(|line| line["incident"] == code.as_str());
}

#[tokio::test]
async fn a_stop_lets_the_request_under_way_finish_and_takes_no_new_one() {
    let idp = Idp::new();
    let mut serving = Serving::start(&idp);
    let address = serving.issuer.trim_start_matches("http://").replace("localhost", "127.0.0.1");
    let mut under_way = TcpStream::connect(&address).await.unwrap();
    let head = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    under_way.write_all(format!("{head}Content-Length: 10\r\n\r\ninter").as_bytes()).await.unwrap();
    // The server has to have begun to read it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    serving.terminate();
    serving.logged(|line| line["message"] == "stopping");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(serving.child.try_wait().unwrap().is_none(), "it stopped in the middle of a request");
    let refused = TcpStream::connect(&address).await;
    assert!(refused.is_err(), "a stopping server takes new connections");
    under_way.write_all(b"actio").await.unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    serving.logged(|line| line["message"] == "stopped");
    assert!(serving.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_those_who_only_keep_a_connection_open() {
    let idp = Idp::new();
    let mut serving = Serving::start(&idp);
    let keeps_alive = http();
    let url = format!("{}/livez", serving.issuer);
    assert_eq!(keeps_alive.get(&url).send().await.unwrap().text().await.unwrap(), r#"{"status":"alive"}"#);
    serving.terminate();
    for _ in 0..150 {
        if let Some(status) = serving.child.try_wait().unwrap() {
            assert!(status.success());
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it waits for an idle connection");
}

#[tokio::test]
async fn nothing_but_the_log_is_printed_and_each_line_says_when_and_how_grave() {
    let idp = Idp::new();
    let mut serving = Serving::start(&idp);
    serving.get("/nowhere").await;
    serving.terminate();
    let stopped = serving.logged(|line| {
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        line["message"] == "stopped"
    });
    assert_eq!(stopped["level"], "INFO");
    assert!(serving.child.wait().unwrap().success());
    let mut printed = String::new();
    std::io::Read::read_to_string(serving.child.stdout.as_mut().unwrap(), &mut printed).unwrap();
    assert_eq!(printed, "");
}

#[tokio::test]
async fn without_its_database_a_server_lives_and_says_after_a_while_that_it_is_not_ready() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    idp.sql("ALTER TABLE directory_version RENAME TO gone");
    assert_eq!(serving.get("/livez").await.status(), 200);
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(serving.get("/readyz").await.status().as_u16());
        if statuses.last() == Some(&503) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!((statuses.first(), statuses.last()), (Some(&200), Some(&503)), "{statuses:?}");
    assert_eq!(serving.get("/livez").await.status(), 200);
    idp.sql("ALTER TABLE gone RENAME TO directory_version");
    crate::support::within_two_seconds("ready again", async || serving.get("/readyz").await.status() == 200).await;
}

#[tokio::test]
async fn a_refusal_says_which_portal_asked_where_and_for_which_scope_and_no_secret() {
    let idp = Idp::new();
    idp.add_client("emic");
    let serving = Serving::start(&idp);
    let post = async |path: &str, basic: Option<(&str, &str)>, form: &[(&str, &str)]| {
        let request = http().post(format!("{}{path}", serving.issuer)).form(form);
        let request = match basic {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        request.send().await.unwrap();
        serving.logged(|line| line["message"] == "refused")
    };
    let says = |line: &Value, wanted: [&str; 3]| {
        let read = ["error", "client", "route"].map(|field| line[field].as_str().unwrap_or_default());
        assert_eq!(read, wanted, "{line}");
        for secret in ["my-secret", "my-code", "my-token"] {
            assert!(!line.to_string().contains(secret), "{line}");
        }
    };
    let code =
        [("grant_type", "authorization_code"), ("code", "my-code"), ("redirect_uri", "http://localhost:1/callback")];
    let line = post("/connect/token", Some(("emic", "my-secret")), &code).await;
    says(&line, ["invalid_client", "emic", "/connect/token"]);
    assert_eq!(line["detail"], "the secret is wrong");
    let verifier = "v".repeat(43);
    let right = idp.read("emic.secret").trim().to_owned();
    let line =
        post("/connect/token", Some(("emic", &right)), &[&code[..], &[("code_verifier", verifier.as_str())]].concat())
            .await;
    says(&line, ["invalid_grant", "emic", "/connect/token"]);
    assert!(!line.to_string().contains(&right), "{line}");
    let line = post(
        "/connect/revoke",
        None,
        &[("client_id", "stranger"), ("client_secret", "my-secret"), ("token", "my-token")],
    )
    .await;
    says(&line, ["invalid_client", "stranger", "/connect/revoke"]);
    let forged = format!("a\n\u{1b}[2J\u{202e}{}", "x".repeat(500));
    let line = post("/connect/token", None, &[("client_id", forged.as_str()), ("client_secret", "my-secret")]).await;
    let claimed = line["client"].as_str().unwrap();
    assert!(claimed.starts_with("a\\u{a}\\u{1b}[2J\\u{202e}xx") && claimed.len() < 100, "{claimed:?}");
    let query = "response_type=code&client_id=emic&redirect_uri=http://localhost:1/callback&scope=openid%20email\
                 &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
                 &state=my-code&nonce=my-token";
    serving.get(&format!("/connect/authorize?{query}")).await;
    let line = serving.logged(|line| line["message"] == "refused");
    says(&line, ["invalid_scope", "emic", "/connect/authorize"]);
    assert_eq!(line["scope"], "openid email");
    serving.get("/connect/userinfo").await;
    http().get(format!("{}/connect/userinfo", serving.issuer)).bearer_auth("my-token").send().await.unwrap();
    says(&serving.logged(|line| line["message"] == "refused"), ["invalid_token", "", "/connect/userinfo"]);
}

#[tokio::test]
async fn a_flood_of_refused_requests_writes_a_few_lines_and_says_how_many_were_left_out() {
    let idp = Idp::new();
    let mut serving = Serving::start(&idp);
    let form = [("grant_type", "authorization_code"), ("client_id", "stranger"), ("client_secret", "guess")];
    for _ in 0..200 {
        let answer = http().post(format!("{}/connect/token", serving.issuer)).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    serving.terminate();
    let (mut lines, mut left_out) = (0, 0);
    serving.logged(|line| {
        lines += u64::from(line["message"] == "refused");
        left_out += line["left_out"].as_u64().unwrap_or_default();
        line["message"] == "stopped"
    });
    assert!(serving.child.wait().unwrap().success());
    assert_eq!(lines + left_out, 200);
    // An interval may have ended in between.
    assert!(lines <= 60, "{lines} lines");
}
