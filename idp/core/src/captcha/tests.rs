use super::*;
use keys::SealingKey;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);
const MINE: [u8; 32] = [7; 32];

fn picture() -> Challenge {
    Challenge::picture(Place::Join, MINE, ([1; 16], [0, 1, 2, 14, 31]), NOW)
}

fn code() -> Challenge {
    Challenge::mailed(Place::SignIn, (MINE, [9; 32]), ([1; 16], [0, 0, 0, 0, 0, 0, 0, 42]), NOW)
}

#[test]
fn what_a_picture_shows_is_read_as_people_type_it() {
    let picture = picture();
    assert_eq!(picture.answer(), "abd47");
    for typed in ["abd47", "ABD47", " Abd 47 ", "ａｂｄ４７", "ＡＢＤ４７", "ab\u{3000}d47"] {
        assert!(picture.is_answered_by(typed), "{typed}");
    }
    for typed in ["", "abd4", "abd477", "abd46", "а bd47", "abd47\u{301}"] {
        assert!(!picture.is_answered_by(typed), "{typed}");
    }
}

#[test]
fn a_code_is_read_in_full_width_digits_and_with_spaces() {
    assert_eq!(code().answer(), "000042");
    for typed in ["000042", "０００ ０４２", "000-042"] {
        assert!(code().is_answered_by(typed), "{typed}");
    }
    for typed in ["42", "00042", "0000421"] {
        assert!(!code().is_answered_by(typed), "{typed}");
    }
    for (typed, like) in [("０００ ０４２", true), ("000-042", true), ("34743", false), ("abd477", false)] {
        assert_eq!(is_like_a_code(typed), like, "{typed}");
    }
}

#[test]
fn no_two_letters_of_a_picture_look_alike() {
    let mut seen = std::collections::BTreeSet::new();
    for die in 0..=255 {
        seen.extend(letters::text([die; LENGTH]).chars());
    }
    assert_eq!(seen.len(), 16);
    for look_alikes in ["0o", "1lij7", "2z", "5s", "6b8", "9gq", "uv", "ce", "mn", "ft"] {
        let both: Vec<_> = look_alikes.chars().filter(|letter| seen.contains(letter)).collect();
        assert!(both.len() < 2, "{both:?}");
    }
}

#[test]
fn a_challenge_counts_on_its_page_in_its_browser_for_its_time() {
    let counts = |challenge: &Challenge, place, browser: [u8; 32], about: Option<[u8; 32]>, after| {
        challenge.counts(place, (&browser, about.as_ref()), NOW.plus(Duration::from_secs(after)))
    };
    assert!(counts(&picture(), Place::Join, MINE, None, 599));
    assert!(!counts(&picture(), Place::Join, MINE, None, 600), "over");
    assert!(!counts(&picture(), Place::SignIn, MINE, None, 0), "another page");
    assert!(!counts(&picture(), Place::Join, [8; 32], None, 0), "another browser");
    assert!(counts(&code(), Place::SignIn, MINE, Some([9; 32]), 899));
    assert!(!counts(&code(), Place::SignIn, MINE, Some([9; 32]), 900), "over");
    assert!(!counts(&code(), Place::SignIn, MINE, Some([8; 32]), 0), "another name");
    assert!(!counts(&code(), Place::SignIn, MINE, None, 0), "no name");
}

#[test]
fn a_challenge_comes_back_as_it_was_sealed_and_shows_its_answer_nowhere() {
    let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
    for challenge in [picture(), code()] {
        let sealed = challenge.seal(&sealer).unwrap();
        assert_eq!(Challenge::open(&sealer, &sealed).unwrap(), challenge);
        assert!(!format!("{challenge:?}{sealed}").contains(challenge.answer()));
    }
    assert!(Challenge::open(&sealer, "x").is_err());
}

/// Nodes of the release before and of this one read each other: a format that changes gets another version.
#[test]
fn what_was_sealed_before_is_read() {
    let sealer = Sealer::new(SealingKey::new("09dc0fa9".parse().unwrap(), [2; 32]), []);
    for (before, challenge) in [(PICTURE_BEFORE, picture()), (CODE_BEFORE, code())] {
        let now = challenge.seal(&sealer).unwrap();
        let plain = |sealed: &str| sealer.open(PURPOSE, sealed).unwrap();
        assert_eq!(Challenge::open(&sealer, before).unwrap(), challenge);
        assert_eq!(plain(before), plain(&now), "this release seals {now}");
    }
}

const PICTURE_BEFORE: &str = "CdwPqc3LMSDtZkDocYn2QFTsoI8ServkOfPkD1tQbVRWgK9gAwwH-DkrbJLslWddjN26Xr6ZTFZz7E_RJvsH0VfnEbXP2TGDAWRTF7XwkNKmWArYAIxgWwKRz5rQr06hGqz2mLXcf0Fu3G0";
const CODE_BEFORE: &str = "CdwPqaeQ0oexrQ_6uBzx4QG7anQUnBbjF0rYwXU0eRoxWsOLF0_IDSaDe1DyN0U3GNW4IaO00ZB8T2IHcxETmdWR-I9AfhRJAVmDGs80HNce0R8YkA0qKxxGf-2u8vbM7S2PY1ufooetUJMidbXtrd5a4BmTDBDd0DCAg7syB9Zui9TBDZC3sAl4Wxs";
