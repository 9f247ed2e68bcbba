//! 縣市: the 22 counties and cities of Taiwan, in the order of official lists.

/// A county or city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct County {
    /// Its official name, which addresses hold.
    pub name: &'static str,
    /// In English.
    pub english: &'static str,
}

const fn county(name: &'static str, english: &'static str) -> County {
    County { name, english }
}

/// All of them.
pub static ALL: [County; 22] = [
    county("臺北市", "Taipei City"),
    county("新北市", "New Taipei City"),
    county("桃園市", "Taoyuan City"),
    county("臺中市", "Taichung City"),
    county("臺南市", "Tainan City"),
    county("高雄市", "Kaohsiung City"),
    county("基隆市", "Keelung City"),
    county("新竹市", "Hsinchu City"),
    county("新竹縣", "Hsinchu County"),
    county("苗栗縣", "Miaoli County"),
    county("彰化縣", "Changhua County"),
    county("南投縣", "Nantou County"),
    county("雲林縣", "Yunlin County"),
    county("嘉義市", "Chiayi City"),
    county("嘉義縣", "Chiayi County"),
    county("屏東縣", "Pingtung County"),
    county("宜蘭縣", "Yilan County"),
    county("花蓮縣", "Hualien County"),
    county("臺東縣", "Taitung County"),
    county("澎湖縣", "Penghu County"),
    county("金門縣", "Kinmen County"),
    county("連江縣", "Lienchiang County"),
];

/// The one of this name, in which people write 台 for 臺.
pub fn find(name: &str) -> Option<&'static County> {
    let name = official(name);
    ALL.iter().find(|county| county.name == name)
}

/// A name as official lists write it.
pub(super) fn official(name: &str) -> String {
    name.replace('台', "臺")
}
