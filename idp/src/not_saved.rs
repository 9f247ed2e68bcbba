//! A form that was sent when nobody was signed in any more: what stood in it is lost, and the sign-in page says so, and the page that the
//! person comes back to. It is noted in the address of that page.

/// In its query.
const NOT_SAVED: &str = "not-saved=yes";

/// The address of the page to come back to.
///
/// * `page`: path and query of ours.
pub fn note(page: &str) -> String {
    match (is_noted(page), page.contains('?')) {
        (true, _) => page.to_owned(),
        (false, true) => format!("{page}&{NOT_SAVED}"),
        (false, false) => format!("{page}?{NOT_SAVED}"),
    }
}

/// Whether it is one.
pub fn is_noted(page: &str) -> bool {
    page.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair == NOT_SAVED))
}

#[cfg(test)]
mod tests {
    use super::{is_noted, note};

    #[test]
    fn it_is_noted_once_behind_whatever_stands_in_the_query() {
        for (page, noted) in [("/account", "/account?not-saved=yes"), ("/a?key=x", "/a?key=x&not-saved=yes")] {
            assert_eq!(note(page), noted);
            assert_eq!(note(noted), noted);
            assert!(is_noted(noted) && !is_noted(page));
        }
        assert!(!is_noted("/not-saved=yes") && !is_noted("/a?key=not-saved=yes"));
    }
}
