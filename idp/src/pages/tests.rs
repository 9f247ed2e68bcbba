//! What holds for every page in every language, with plain and with hostile names.

use super::markup::{Tag, tags};
use super::samples::{self, HOSTILE, HOSTILE_TEXT, PLAIN};
use crate::routes::{ADDRESS_SCRIPT, PASSWORD_SCRIPT};
use crate::text::Language;
use flate2::Compression;
use flate2::read::GzEncoder;
use std::collections::HashSet;
use std::io::Read;
use std::path::PathBuf;

const STYLE: &str = include_str!("../../static/style.css");

/// Calls `check` with the name and the document of every page, in both languages, with plain and hostile names.
fn every_page(check: impl Fn(Language, &str, &str)) {
    for lang in Language::ALL {
        for names in [PLAIN, HOSTILE] {
            samples::all(lang, names).iter().for_each(|(file, html)| check(lang, file, html));
        }
    }
}

/// The browser tests look at every page: they name the folder in `IDP_WRITE_SAMPLES`.
#[test]
fn every_page_has_a_file_of_its_own_that_a_browser_can_open() {
    let own = tempfile::tempdir().expect("a folder");
    let all = std::env::var_os("IDP_WRITE_SAMPLES").map_or_else(|| own.path().to_owned(), PathBuf::from);
    for lang in Language::ALL {
        let (folder, pages) = (all.join(lang.tag()), samples::all(lang, PLAIN));
        std::fs::create_dir_all(&folder).expect("a folder");
        for (file, html) in &pages {
            std::fs::write(folder.join(format!("{file}.html")), html).expect("a file");
        }
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), pages.len(), "a name stands twice");
    }
}

fn count(tags: &[Tag<'_>], name: &str) -> usize {
    tags.iter().filter(|tag| tag.name == name).count()
}

fn page(lang: Language, wanted: &str) -> String {
    samples::all(lang, PLAIN).into_iter().find(|(file, _)| file == wanted).expect(wanted).1
}

#[test]
fn every_page_is_one_well_formed_document_with_landmarks_and_one_heading() {
    every_page(|lang, file, html| {
        let tags = tags(html);
        for once in ["html", "head", "title", "body", "header", "main", "footer", "h1"] {
            assert_eq!(count(&tags, once), 1, "{file}: <{once}>");
        }
        assert_eq!(tags[0].get("lang"), Some(lang.tag()), "{file}");
        let meta = |name| tags.iter().find(|tag| tag.get("name") == Some(name)).and_then(|tag| tag.get("content"));
        assert_eq!(meta("viewport"), Some("width=device-width, initial-scale=1"), "{file}");
        assert_eq!(meta("color-scheme"), Some("light dark"), "{file}");
        assert_eq!(meta("robots"), Some("noindex"), "{file}");
        let first_link = tags.iter().find(|tag| tag.name == "a").expect("a skip link");
        assert_eq!(first_link.get("href"), Some("#main"), "{file}: the first link skips to the content");
    });
}

#[test]
fn every_reference_inside_a_page_leads_somewhere_and_no_id_stands_twice() {
    every_page(|_, file, html| {
        let tags = tags(html);
        let ids: Vec<_> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let known: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{file}: an id stands twice in {ids:?}");
        for tag in &tags {
            let described = ["aria-describedby", "aria-labelledby", "for"].into_iter().filter_map(|name| tag.get(name));
            let linked = tag.get("href").and_then(|href| href.strip_prefix('#'));
            for id in described.flat_map(str::split_ascii_whitespace).chain(linked) {
                assert!(known.contains(id), "{file}: {tag:?} points at nothing");
            }
        }
    });
}

/// Whether the path is one of the program's; a part in braces stands for anything.
fn is_ours(path: &str) -> bool {
    let parts = |path: &'static str| path.split('/').collect::<Vec<_>>();
    let asked: Vec<_> = path.split('/').collect();
    crate::routes::PATHS.into_iter().map(parts).any(|known| {
        let fits = |(known, asked): (&&str, &&str)| known == asked || (known.starts_with('{') && !asked.is_empty());
        known.len() == asked.len() && known.iter().zip(&asked).all(fits)
    })
}

#[test]
fn no_link_and_no_form_of_a_page_leads_where_nothing_is() {
    assert!(is_ours("/client-logo/abc.png") && !is_ours("/client-logo") && !is_ours("/join/"));
    let seen = std::cell::Cell::new(0);
    every_page(|_, file, html| {
        for tag in tags(html) {
            let addresses = ["href", "action", "formaction", "src"].into_iter().filter_map(|name| tag.get(name));
            // Links of portals lead elsewhere (hostile ones begin with a quote); none is relative to wherever it stands.
            let elsewhere = |address: &&str| {
                *address == "//"
                    || ["#", "https://", "http://localhost", "&#34;"].iter().any(|one| address.starts_with(one))
            };
            for address in addresses.filter(|address| !elsewhere(address)) {
                let path = address.split(['?', '#']).next().unwrap_or_default();
                assert!(is_ours(path), "{file}: {tag:?}");
                seen.set(seen.get() + 1);
            }
        }
    });
    assert!(seen.get() > 1_000, "{}", seen.get());
}

#[test]
fn every_field_has_a_label_and_every_form_is_posted_by_a_button() {
    every_page(|_, file, html| {
        let tags = tags(html);
        // Some are for password managers alone.
        let is_seen =
            |tag: &&Tag<'_>| tag.get("type") != Some("hidden") && !tag.attribute_names().any(|it| it == "hidden");
        for field in tags.iter().filter(|tag| matches!(tag.name, "input" | "select")).filter(is_seen) {
            let labels = tags.iter().filter(|tag| tag.name == "label" && tag.get("for") == field.get("id"));
            assert_eq!(labels.count(), 1, "{file}: {field:?}");
        }
        assert!(tags.iter().filter(|tag| tag.name == "form").all(|form| form.get("method") == Some("post")), "{file}");
        assert!(count(&tags, "button") >= count(&tags, "form"), "{file}");
    });
}

#[test]
fn no_page_carries_a_style_and_few_a_script() {
    let ours = [PASSWORD_SCRIPT, ADDRESS_SCRIPT];
    every_page(|_, file, html| {
        let (has_meter, has_address) = (html.contains("class=\"strength\""), html.contains("id=\"district\""));
        assert_eq!(html.contains(PASSWORD_SCRIPT), has_meter, "{file}");
        assert_eq!(html.contains(ADDRESS_SCRIPT), has_address, "{file}");
        for tag in tags(html) {
            match (file, tag.name) {
                ("returning", "script") if tag.text == super::returning::SCRIPT => continue,
                ("signing-out", "script") if tag.text == super::end_session::SCRIPT => continue,
                (_, "script") if tag.get("src").is_some_and(|src| ours.contains(&src)) && tag.text.is_empty() => {
                    continue;
                }
                ("signing-out", "iframe") if tag.get("sandbox") == Some("allow-same-origin allow-scripts") => continue,
                _ => {}
            }
            assert!(!["script", "style", "iframe", "object", "base"].contains(&tag.name), "{file}: {tag:?}");
            let harmful = |name: &str| name == "style" || name.starts_with("on");
            assert!(!tag.attribute_names().any(harmful), "{file}: {tag:?}");
        }
    });
}

#[test]
fn a_hostile_name_changes_no_tag_of_any_page() {
    for lang in Language::ALL {
        for ((file, plain), (_, hostile)) in samples::all(lang, PLAIN).iter().zip(samples::all(lang, HOSTILE)) {
            assert!(!hostile.contains(HOSTILE_TEXT), "{file}");
            let shape =
                |html| tags(html).iter().map(|tag| format!("{} {:?}", tag.name, tag.get("id"))).collect::<Vec<_>>();
            assert_eq!(shape(plain), shape(&hostile), "{file}");
        }
    }
}

#[test]
fn a_problem_is_said_in_the_title_and_in_a_summary_that_takes_the_focus() {
    for (lang, prefix) in [(Language::ZhTw, "錯誤："), (Language::En, "Error: ")] {
        for (file, html) in samples::all(lang, PLAIN) {
            let problem = file.starts_with("error-")
                || file.starts_with("sign-in-")
                    && !["again", "alone", "not-saved", "without-logo", "unchecked", "letters", "code"]
                        .contains(&&file["sign-in-".len()..])
                || file.ends_with("-problem");
            let tags = tags(&html);
            let title = tags.iter().find(|tag| tag.name == "title").expect("a title").text;
            assert_eq!(title.starts_with(prefix), problem, "{file}: {title}");
            let alert = tags.iter().find(|tag| tag.get("role") == Some("alert"));
            assert_eq!(alert.is_some(), problem && !file.starts_with("error-"), "{file}");
            if let Some(alert) = alert {
                assert_eq!((alert.get("tabindex"), alert.get("autofocus")), (Some("-1"), Some("")), "{file}");
            }
        }
    }
}

#[test]
fn a_wrong_field_is_marked_and_described_beside_itself() {
    let marked = |file| {
        let html = page(Language::ZhTw, file);
        let invalid = |id: &str| {
            tags(&html)
                .iter()
                .find(|tag| tag.get("id") == Some(id))
                .and_then(|tag| Some((tag.get("aria-invalid")?, tag.get("aria-describedby")?)))
                .map(|(_, by)| by.to_owned())
        };
        (invalid("username"), invalid("password"))
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(marked("sign-in"), (None, None));
    assert_eq!(marked("sign-in-missing-username"), (said("username-error"), None));
    assert_eq!(marked("sign-in-missing-password"), (None, said("password-error password-hint")));
    assert_eq!(marked("sign-in-wrong"), (said("password-error"), said("password-error password-hint")));
    assert_eq!(marked("sign-in-locked"), (None, None));
}

#[test]
fn the_handles_that_scripts_rely_on_stand_where_they_are_promised() {
    let promised: [(&str, &[&str]); 12] = [
        ("sign-in", &["username", "password", "login-submit"]),
        ("consent-introduce", &["consent-allow", "switch-account"]),
        ("consent-ask", &["consent-allow", "consent-deny", "switch-account"]),
        ("consent-select", &["consent-allow", "switch-account"]),
        ("logout", &["logout-confirm"]),
        ("logged-out", &["logged-out"]),
        ("error-internal", &["error-title", "incident"]),
        ("home", &["sign-in"]),
        (
            "join-further",
            &["birth-year", "national-id", "gender", "county", "phone", "join-next", "join-skip", "join-back"],
        ),
        ("join-recovery", &["hint-question", "own-question", "hint-answer", "rescue-mobile", "join-skip"]),
        ("join-confirm", &["agree", "join-next", "join-change-account", "join-change-recovery"]),
        ("home-official", &["sign-out", "person-name", "identity-type", "agency-name", "agency-oid"]),
    ];
    for lang in Language::ALL {
        for (file, ids) in promised {
            let html = page(lang, file);
            for id in ids {
                assert!(tags(&html).iter().any(|tag| tag.get("id") == Some(id)), "{file}: #{id}");
            }
        }
    }
    assert!(
        !page(Language::ZhTw, "consent-introduce").contains("consent-deny"),
        "who is only told as whom has nothing to refuse"
    );
}

/// Sign-in pages to which no portal leads.
const OWN: [&str; 2] = ["sign-in-alone", "sign-in-not-saved"];

#[test]
fn what_a_portal_says_of_itself_opens_beside_the_page_and_is_told_nothing_of_it() {
    every_page(|_, file, html| {
        let tags = tags(html);
        let links: Vec<_> = tags.iter().filter(|tag| tag.name == "a" && tag.get("target").is_some()).collect();
        let decides = file.starts_with("consent") || file.starts_with("sign-in") && !OWN.contains(&file);
        // What is agreed to opens beside the form, which stays as it is.
        let agrees = file.starts_with("join-confirm");
        assert_eq!(links.len(), 3 * usize::from(decides) + 2 * usize::from(agrees), "{file}");
        for link in links {
            assert_eq!(link.get("target"), Some("_blank"), "{file}");
            assert_eq!(link.get("rel"), Some("noopener noreferrer"), "{file}");
        }
    });
    assert!(page(Language::En, "consent-ask").contains(">portal.emic.gov.tw</bdi>"), "where they lead is seen");
    let alone = samples::sign_in(Language::En, PLAIN, "c2VhbGVk");
    assert!(!alone.contains("about-portal"), "whoever registered no link has no heading for them");
}

#[test]
fn pictures_are_the_portals_logo_and_the_letters_which_are_ours_and_have_their_place_before_they_are_there() {
    every_page(|_, file, html| {
        let tags = tags(html);
        let ours = |tag: &&Tag| tag.get("id") == Some("captcha-image");
        let (letters, pictures): (Vec<_>, Vec<_>) = tags.iter().filter(|tag| tag.name == "img").partition(ours);
        for picture in letters {
            assert_eq!(picture.get("src"), Some("/captcha/image?challenge=AAAA"), "{file}");
            assert!(picture.get("alt").is_some_and(|alt| alt.chars().count() > 10), "{file}: says what to do instead");
            assert_eq!((picture.get("width"), picture.get("height")), (Some("192"), Some("64")), "{file}");
        }
        let decides = file.starts_with("consent") || file.starts_with("sign-in");
        let shown = decides && !OWN.contains(&file) && !file.ends_with("without-logo");
        // One portal of the list has a logo.
        let listed = file.starts_with("account-portals") && !file.ends_with("none") && !file.ends_with("sure");
        assert_eq!(pictures.len(), usize::from(shown || listed), "{file}");
        for picture in pictures {
            assert_eq!(picture.get("src"), Some(samples::LOGO), "{file}");
            // Its name stands beside it: a reader that speaks would say it twice.
            assert_eq!(picture.get("alt"), Some(""), "{file}");
            assert_eq!((picture.get("width"), picture.get("height")), (Some("64"), Some("64")), "{file}");
        }
    });
}

#[test]
fn the_password_never_comes_back() {
    every_page(|_, file, html| {
        let tags = tags(html);
        let mut passwords = tags.iter().filter(|tag| tag.get("type") == Some("password"));
        assert!(passwords.all(|field| field.get("value").is_none()), "{file}");
    });
}

#[test]
fn the_sign_in_page_is_two_requests_and_ten_kilobytes() {
    let sealed = "s".repeat(1500);
    let mut compressed = Vec::new();
    GzEncoder::new(STYLE.as_bytes(), Compression::best()).read_to_end(&mut compressed).expect("gzip");
    for lang in Language::ALL {
        let html = samples::sign_in(lang, PLAIN, &sealed);
        assert!(html.len() + compressed.len() <= 10_000, "{} + {}", html.len(), compressed.len());
        let tags = tags(&html);
        let fetched: Vec<_> = tags.iter().filter(|tag| tag.name == "link").filter_map(|tag| tag.get("href")).collect();
        assert_eq!(fetched, [crate::routes::STYLE, "//"], "the style sheet, and an icon that cannot be asked for");
        assert!(tags.iter().all(|tag| tag.get("src").is_none()));
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"), "the style sheet asks for nothing");
}
