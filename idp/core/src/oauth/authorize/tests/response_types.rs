//! What travels how, and for whom.

use super::*;

/// Every response type with its grant types, as a client of a web portal that the operator lets have them.
fn standard_with_everything() -> Client {
    let mut client = client(Profile::Standard, AuthMethod::ClientSecretBasic);
    client.response_types = ResponseType::ALL.to_vec();
    client.grant_types.push(GrantType::Implicit);
    client
}

/// What an answer or a refusal to this request looks like.
fn travels(client: &Client, query: &str) -> (&'static str, Option<OAuthErrorCode>) {
    let params = Params::parse(query.as_bytes()).unwrap();
    let address = identify(Some(client), &params).unwrap();
    let mode = match address.with_answer(&[("x", "y")], "https://idp.example") {
        Sent::Form { .. } => "form_post",
        Sent::Redirect(url) if url.starts_with("https://emic.example/cb?x=y&") && !url.contains('#') => "query",
        Sent::Redirect(url) if url.starts_with("https://emic.example/cb#x=y&") && !url.contains('?') => "fragment",
        Sent::Redirect(url) => panic!("{url}"),
    };
    (mode, read(client, &params, Endpoint::Authorize, &Came::default()).err().map(|error| error.code))
}

#[test]
fn each_response_type_travels_as_it_was_asked_and_tokens_never_in_the_query() {
    let client = standard_with_everything();
    for kind in ResponseType::ALL {
        let natural = if kind.gives_tokens() { "fragment" } else { "query" };
        for mode in [None, Some("query"), Some("fragment"), Some("form_post"), Some("web_message")] {
            let asked = [("response_type", Some(kind.as_str())), ("response_mode", mode), ("nonce", Some("n"))];
            let expected = match mode {
                None => (natural, None),
                Some("web_message") => (natural, Some(OAuthErrorCode::InvalidRequest)),
                Some("query") if kind.gives_tokens() => ("fragment", Some(OAuthErrorCode::InvalidRequest)),
                Some(mode) => (mode, None),
            };
            assert_eq!(travels(&client, &query(&asked)), expected, "{kind} {mode:?}");
        }
    }
    // A refusal goes where the portal looks for it, also of types that are not offered.
    let rows = [("token", "fragment"), ("token none", "fragment"), ("none", "query"), ("code foo", "query")];
    for (kind, mode) in rows {
        let refused = (mode, Some(OAuthErrorCode::UnsupportedResponseType));
        assert_eq!(travels(&client, &query(&[("response_type", Some(kind))])), refused, "{kind}");
    }
}

#[test]
fn a_response_type_is_for_the_clients_that_are_registered_for_it() {
    for own in ResponseType::ALL {
        let client = Client { response_types: vec![own], ..standard_with_everything() };
        for kind in ResponseType::ALL {
            let (_, error) = travels(&client, &query(&[("response_type", Some(kind.as_str())), ("nonce", Some("n"))]));
            let expected = (kind != own).then_some(OAuthErrorCode::UnauthorizedClient);
            assert_eq!(error, expected, "{kind} of a client with {own}");
        }
    }
    let asked = [("response_type", Some("token id_token code")), ("nonce", Some("n"))];
    assert_eq!(travels(&standard_with_everything(), &query(&asked)).1, None, "the order means nothing");
}

#[test]
fn an_id_token_from_here_needs_a_nonce_and_a_code_its_challenge() {
    let confidential = standard_with_everything();
    let public = Client { auth_method: AuthMethod::None, ..standard_with_everything() };
    for kind in ResponseType::ALL {
        let without = |name| query(&[("response_type", Some(kind.as_str())), ("nonce", Some("n")), (name, None)]);
        let refused = |wrong: bool| wrong.then_some(OAuthErrorCode::InvalidRequest);
        assert_eq!(travels(&confidential, &without("nonce")).1, refused(kind.gives_id_token()), "{kind}");
        let no_challenge = without("code_challenge").replace("code_challenge_method=S256", "");
        assert_eq!(travels(&public, &no_challenge).1, refused(kind.gives_code()), "{kind}");
        assert_eq!(travels(&confidential, &no_challenge).1, None, "{kind}");
        let offline =
            [("response_type", Some(kind.as_str())), ("nonce", Some("n")), ("scope", Some("openid offline_access"))];
        let text = query(&offline);
        let params = Params::parse(text.as_bytes()).unwrap();
        let request = read(&public, &params, Endpoint::Authorize, &Came::default()).unwrap();
        assert_eq!(request.scope.has(crate::scope::Scope::OfflineAccess), kind.gives_code(), "{kind}");
    }
}
