//! 身分別: in which capacity somebody signs in. 自然人 unless an agency vouches for more.

use super::agency::AgencyOid;

/// Kind of 公務人員.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficialType {
    /// 公務人員.
    CivilServant,
    /// 約聘僱人員.
    ContractStaff,
    /// 教育人員 (「公務人員之教育人員」).
    Educator,
}

impl OfficialType {
    /// Every type, for messages.
    pub const ALL: [OfficialType; 3] =
        [OfficialType::CivilServant, OfficialType::ContractStaff, OfficialType::Educator];

    /// The value of the claim `official_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            OfficialType::CivilServant => "civil_servant",
            OfficialType::ContractStaff => "contract_staff",
            OfficialType::Educator => "educator",
        }
    }

    /// Reads the value of the claim.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// 身分別 as the manuals word it.
    pub const fn chinese(self) -> &'static str {
        match self {
            OfficialType::CivilServant => "公務人員",
            OfficialType::ContractStaff => "公務人員之約聘僱人員",
            OfficialType::Educator => "公務人員之教育人員",
        }
    }
}

/// An official capacity: which agency, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// 機關 OID.
    pub agency_oid: AgencyOid,
    /// 機關名稱, as the list of agencies has it today.
    pub agency_name: String,
    /// As what.
    pub official_type: OfficialType,
}
