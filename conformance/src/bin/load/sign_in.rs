//! Signing in with a password at the portal's request, once for each person: afterwards they have a session, and have been
//! told as whom they enter the portal.

use crate::Outcome;
use crate::http::Connection;
use crate::login::Portal;
use form_urlencoded::Serializer;

/// Signs a person in; gives the `Cookie` header field of their browser.
pub fn sign_in(connection: &mut Connection, portal: &Portal, account: &str, password: &str) -> Outcome<String> {
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
    let answer = connection.post("/sign-in", ("cookie", &browser), &form)?;
    let session = answer.cookie("idp_session").ok_or_else(|| answer.unexpected("a session"))?;
    Ok(format!("idp_session={session}"))
}

/// The value of a hidden field. What is sealed has nothing in it that HTML escapes.
fn hidden_field<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let tag = page.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
    tag.split_once("value=\"")?.1.split('"').next()
}
