//! Signing in with a password at the portal's request: afterwards a person has a session, and has been told as whom they
//! enter the portal.

use crate::Outcome;
use crate::http::Connection;
use crate::login::Portal;
use crate::process::now;
use form_urlencoded::Serializer;
use std::time::Duration;

/// What became of a sign-in.
pub enum Attempt {
    /// The `Cookie` header field of the browser.
    SignedIn(String),
    /// 503, or 429: to come back later.
    TurnedAway {
        /// Whether the answer says when.
        says_when: bool,
    },
}

/// Tries to sign a person in; gives what became of it, and how long the two pages took.
pub fn attempt(
    connection: &mut Connection,
    portal: &Portal,
    account: &str,
    password: &str,
) -> Outcome<(Attempt, [Duration; 2])> {
    let begun = now();
    let (request, _) = portal.request()?;
    let page = connection.get(&request, ("accept", "text/html"))?;
    let browser = page.cookie("idp_browser").ok_or_else(|| page.unexpected("a sign-in page and its cookie"))?;
    let browser = format!("idp_browser={browser}");
    let interaction = hidden_field(page.body, "interaction").ok_or_else(|| page.unexpected("a sign-in page"))?;
    let form = Serializer::new(String::new())
        .append_pair("interaction", interaction)
        .append_pair("username", account)
        .append_pair("password", password)
        .finish();
    let shown = begun.elapsed();
    let answer = connection.post("/sign-in", ("cookie", &browser), &form)?;
    let times = [shown, begun.elapsed().saturating_sub(shown)];
    if matches!(answer.status, 429 | 503) {
        return Ok((Attempt::TurnedAway { says_when: answer.field("retry-after").is_some() }, times));
    }
    let session = answer.cookie("idp_session").ok_or_else(|| answer.unexpected("a session"))?;
    Ok((Attempt::SignedIn(format!("idp_session={session}")), times))
}

/// Signs a person in; gives the `Cookie` header field of their browser.
pub fn sign_in(connection: &mut Connection, portal: &Portal, account: &str, password: &str) -> Outcome<String> {
    match attempt(connection, portal, account, password)? {
        (Attempt::SignedIn(cookie), _) => Ok(cookie),
        (Attempt::TurnedAway { .. }, _) => Err(format!("{account} was asked to come back later").into()),
    }
}

/// Guesses a wrong password at the provider itself; gives how long the answer took.
pub fn attempt_wrong(connection: &mut Connection, account: &str) -> Outcome<Duration> {
    let (mut fields, cookie) = form_of(connection, "/sign-in")?;
    fields.extend([("username".to_owned(), account.to_owned()), ("password".to_owned(), "not it at all".to_owned())]);
    let form = Serializer::new(String::new()).extend_pairs(fields).finish();
    let begun = now();
    let answer = connection.post("/sign-in", ("cookie", &cookie), &form)?;
    let took = begun.elapsed();
    if answer.status != 422 {
        return Err(answer.unexpected("«wrong account or password»").into());
    }
    Ok(took)
}

/// The hidden fields of a page's own form, and the `Cookie` header field that belongs to it.
pub fn form_of(connection: &mut Connection, path: &str) -> Outcome<(Vec<(String, String)>, String)> {
    form_of_page(connection, path, ("accept", "text/html"), path)
}

/// The hidden fields of a form on a page, and the cookie of the page.
///
/// * `header`: of the request.
/// * `action`: where the form is sent.
pub fn form_of_page(
    connection: &mut Connection,
    page: &str,
    header: (&str, &str),
    action: &str,
) -> Outcome<(Vec<(String, String)>, String)> {
    let page = connection.get(page, header)?;
    let cookie = page.cookie("idp_browser").map(|browser| format!("idp_browser={browser}")).unwrap_or_default();
    let to = format!("action=\"{action}\"");
    let form = page.body.split("<form").find(|form| form.contains(&to)).unwrap_or_default();
    let hidden = form.split("<input").filter(|tag| tag.contains("type=\"hidden\""));
    let named = |tag: &str, name: &str| Some(tag.split_once(name)?.1.split('"').next()?.to_owned());
    let fields = hidden.filter_map(|tag| Some((named(tag, "name=\"")?, named(tag, "value=\"")?)));
    Ok((fields.collect(), cookie))
}

/// The value of a hidden field. What is sealed has nothing in it that HTML escapes.
fn hidden_field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let tag = page.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
    tag.split_once("value=\"")?.1.split('"').next()
}
