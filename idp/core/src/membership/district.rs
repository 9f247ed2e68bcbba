//! 鄉鎮市區: the 368 townships, cities and districts that Taiwan's counties and cities consist of, with their 郵遞區號.
//!
//! Facts of Chunghwa Post's list of three-digit postal codes, without its three for islands that are no such unit (東沙, 南沙, 釣魚臺).

use super::county::{self, County};
use std::sync::LazyLock;

/// A township, city or district.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct District {
    /// 郵遞區號, three digits. In 新竹市 and 嘉義市 several have the same.
    pub postal_code: &'static str,
    /// Where it is.
    pub county: &'static County,
    /// Its official name, which addresses hold. Several counties have one of the same name.
    pub name: &'static str,
    /// In English.
    pub english: &'static str,
}

/// By county in the order of [`county::ALL`], then by postal code.
static ALL: LazyLock<Vec<District>> =
    LazyLock::new(|| include_str!("districts.csv").lines().filter_map(District::read).collect());

/// Those of a county, by postal code.
pub fn of(county: &County) -> impl Iterator<Item = &'static District> {
    ALL.iter().filter(move |district| district.county.name == county.name)
}

/// What [`District::value`] stands for.
pub fn find(value: &str) -> Option<&'static District> {
    ALL.iter().find(|district| value.strip_prefix(district.postal_code) == Some(district.name))
}

/// The one of a name in a county; in both people write 台 for 臺.
pub fn named(county: &str, name: &str) -> Option<&'static District> {
    let (county, name) = (county::official(county), county::official(name));
    ALL.iter().find(|district| district.county.name == county && district.name == name)
}

impl District {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split(',');
        let (postal_code, county) = (cells.next()?, county::find(cells.next()?)?);
        Some(Self { postal_code, county, name: cells.next()?, english: cells.next()? })
    }

    /// As a form sends it, the same of no other: 116文山區.
    pub fn value(&self) -> String {
        format!("{}{}", self.postal_code, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_368_each_with_a_value_of_its_own() {
        assert_eq!(include_str!("districts.csv").lines().count(), 368);
        assert_eq!(ALL.len(), 368);
        assert_eq!(ALL.iter().map(District::value).collect::<HashSet<_>>().len(), 368);
        for district in ALL.iter() {
            assert!(district.postal_code.len() == 3 && district.postal_code.bytes().all(|byte| byte.is_ascii_digit()));
            assert!(district.name.ends_with(['區', '鄉', '鎮', '市']), "{district:?}");
            assert!(district.english.is_ascii() && !district.english.contains('.'), "{district:?}");
            assert_eq!(find(&district.value()), Some(district));
            assert_eq!(named(district.county.name, district.name), Some(district));
        }
    }

    #[test]
    fn every_county_has_as_many_as_it_has() {
        let counts: Vec<_> = county::ALL.iter().map(|county| of(county).count()).collect();
        assert_eq!(counts, [12, 29, 13, 29, 37, 38, 7, 3, 13, 18, 26, 13, 20, 2, 18, 33, 12, 13, 16, 6, 6, 4]);
        let in_order: Vec<_> = county::ALL.iter().flat_map(of).collect();
        assert_eq!(in_order, ALL.iter().collect::<Vec<_>>());
    }

    #[test]
    fn one_of_the_same_name_is_another() {
        let (taipei, keelung) = (named("臺北市", "中正區").unwrap(), named("基隆市", "中正區").unwrap());
        assert_eq!((taipei.value().as_str(), keelung.value().as_str()), ("100中正區", "202中正區"));
        assert_eq!(find("600西區").unwrap().county.name, "嘉義市");
        assert_eq!(find("403西區").unwrap().english, "West District");
        assert_eq!(named("台東縣", "台東市").map(District::value), Some("950臺東市".into()));
        for nothing in ["", "文山區", "116", "117文山區", "116文山區 "] {
            assert_eq!(find(nothing), None, "{nothing}");
        }
    }
}
