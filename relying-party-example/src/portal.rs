//! The two portals: what makes one different from the other. A portal of your own is one more of these.

use crate::language::Both;

/// One portal's names, defaults and face.
pub struct Portal {
    /// Short name on the command line and in cookie names; also the default client id.
    pub key: &'static str,
    /// Port on this machine that the portal takes if none is given.
    pub default_port: u16,
    pub(crate) name: Both,
    pub(crate) short_name: &'static str,
    pub(crate) operator: Both,
    pub(crate) crest: &'static str,
    pub(crate) style: &'static str,
}

/// EMIC 應變管理資訊雲端服務: disaster response, run by 內政部消防署.
pub static EMIC: Portal = Portal {
    key: "emic",
    default_port: 8081,
    name: Both { zh: "EMIC 應變管理資訊雲端服務", en: "Emergency Management Information Cloud" },
    short_name: "EMIC",
    operator: Both { zh: "內政部消防署", en: "National Fire Agency, Ministry of the Interior" },
    crest: include_str!("../assets/emic.svg"),
    style: concat!(include_str!("../assets/base.css"), include_str!("../assets/emic.css")),
};

/// e等公務園: e-learning for the civil service and everybody.
pub static ELEARN: Portal = Portal {
    key: "elearn",
    default_port: 8082,
    name: Both { zh: "e等公務園", en: "e-Learning for the Civil Service" },
    short_name: "e等公務園",
    operator: Both {
        zh: "行政院人事行政總處公務人力發展學院", en: "Civil Service Development Institute"
    },
    crest: include_str!("../assets/elearn.svg"),
    style: concat!(include_str!("../assets/base.css"), include_str!("../assets/elearn.css")),
};
