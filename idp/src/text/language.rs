//! Which language a person reads, from what the portal, the person and the browser say.

use idp_core::membership::further::Years;
use std::cmp::Reverse;

/// At most this many bytes of a list of languages are looked at; a longer one is cut at the last whole entry.
const LONGEST_LIST: usize = 512;
/// At most this many entries of a list of languages are looked at.
const MOST_ENTRIES: usize = 16;

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Traditional Chinese as written in Taiwan; the default.
    #[default]
    ZhTw,
    /// English.
    En,
}

impl Language {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::ZhTw, Self::En];

    /// The language tag for `lang` attributes, forms and cookies (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::ZhTw => "zh-Hant-TW",
            Self::En => "en",
        }
    }

    /// In which years its readers count.
    pub fn years(self) -> Years {
        match self {
            Self::ZhTw => Years::Minguo,
            Self::En => Years::Western,
        }
    }

    /// What its readers read of what portals wrote, the dearest first, as tags in lower case.
    pub fn reads(self) -> &'static [&'static str] {
        match self {
            Self::ZhTw => &["zh-hant-tw", "zh-tw", "zh-hant", "zh"],
            Self::En => &["en"],
        }
    }

    /// The language's name for itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::ZhTw => "中文",
            Self::En => "English",
        }
    }

    /// The other language.
    pub fn other(self) -> Self {
        match self {
            Self::ZhTw => Self::En,
            Self::En => Self::ZhTw,
        }
    }

    /// The language for a BCP 47 tag, judged by its primary subtag alone; `None` for a language the pages do not speak.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::ZhTw)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The language to answer in: what the person chose on a page of ours (the cookie), else what the portal asks for
    /// (`ui_locales`, OpenID Connect Core §3.1.2.1: tags separated by spaces, best first), else what the browser sends
    /// (`Accept-Language`), else Chinese.
    pub fn choose(cookie: Option<&str>, ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        cookie
            .and_then(Self::from_tag)
            .or_else(|| ui_locales.and_then(first_known))
            .or_else(|| accept_language.and_then(best_accepted))
            .unwrap_or_default()
    }
}

/// The first language of a space-separated list that the pages speak.
fn first_known(list: &str) -> Option<Language> {
    bounded(list, ' ').split_ascii_whitespace().take(MOST_ENTRIES).find_map(Language::from_tag)
}

/// The best language of an `Accept-Language` list (RFC 9110 §12.5.4). Equal weights: the earlier one. `*` means the default.
fn best_accepted(list: &str) -> Option<Language> {
    bounded(list, ',')
        .split(',')
        .take(MOST_ENTRIES)
        .enumerate()
        .filter_map(|(place, entry)| {
            let (range, weight) = weighted(entry)?;
            let language = if range == "*" { Some(Language::default()) } else { Language::from_tag(range) }?;
            (weight > 0).then_some((Reverse(weight), place, language))
        })
        .min_by_key(|(weight, place, _)| (*weight, *place))
        .map(|(_, _, language)| language)
}

/// `zh-TW;q=0.8` → (`zh-TW`, 800). An unreadable weight makes the entry unreadable.
fn weighted(entry: &str) -> Option<(&str, u16)> {
    let mut pieces = entry.split(';').map(str::trim);
    let range = pieces.next()?;
    let weight = match pieces.find_map(|piece| piece.strip_prefix("q=").or_else(|| piece.strip_prefix("Q="))) {
        Some(weight) => thousandths(weight)?,
        None => 1000,
    };
    Some((range, weight))
}

/// A weight of 0 to 1 with at most three decimals (RFC 9110 §12.4.2), in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

/// The list up to the last separator within the bound.
fn bounded(list: &str, separator: char) -> &str {
    if list.len() <= LONGEST_LIST {
        return list;
    }
    let end = list.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST_LIST).last().unwrap_or(0);
    list.get(..end).and_then(|head| head.rsplit_once(separator)).map_or("", |(whole, _)| whole)
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn tags_are_judged_by_their_primary_subtag() {
        for tag in ["zh", "zh-TW", "zh-Hant", "zh-Hant-TW", "ZH_tw", "zh-HK"] {
            assert_eq!(Language::from_tag(tag), Some(Language::ZhTw), "{tag}");
        }
        for tag in ["en", "en-GB", "EN-us", " en "] {
            assert_eq!(Language::from_tag(tag), Some(Language::En), "{tag}");
        }
        for tag in ["", "ja", "english", "zhx", "*", "-en"] {
            assert_eq!(Language::from_tag(tag), None, "{tag}");
        }
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }

    #[test]
    fn the_person_comes_before_the_portal_and_the_portal_before_the_browser() {
        assert_eq!(Language::choose(Some("en"), Some("zh-Hant-TW"), Some("zh")), Language::En);
        assert_eq!(Language::choose(None, Some("ja en-GB zh"), Some("zh")), Language::En);
        assert_eq!(Language::choose(Some("nonsense"), Some("ja fr"), Some("en")), Language::En);
        assert_eq!(Language::choose(None, None, None), Language::ZhTw);
    }

    #[test]
    fn the_heaviest_language_of_the_browser_wins_and_the_earlier_of_equals() {
        let browser = |list| Language::choose(None, None, Some(list));
        assert_eq!(browser("en;q=0.5, zh-TW;q=0.9"), Language::ZhTw);
        assert_eq!(browser("en, zh"), Language::En);
        assert_eq!(browser("zh;q=0, en;q=0.001"), Language::En);
        assert_eq!(browser("fr, *;q=0.5, en;q=0.1"), Language::ZhTw);
        assert_eq!(browser("en;q=nan, zh;q=0.1"), Language::ZhTw);
        assert_eq!(browser("en;q=2, en;q=0.1234, en;q=-1"), Language::ZhTw, "unreadable weights are passed over");
    }

    #[test]
    fn an_endless_list_is_cut_and_does_no_harm() {
        let far = format!("{}en", "ja,".repeat(100_000));
        assert_eq!(Language::choose(None, None, Some(&far)), Language::ZhTw);
        let one_word = "е".repeat(100_000);
        assert_eq!(Language::choose(Some(&one_word), Some(&one_word), Some(&one_word)), Language::ZhTw);
        let near = format!("en,{}", "日".repeat(100_000));
        assert_eq!(Language::choose(None, None, Some(&near)), Language::En);
    }
}
