//! Who signed in and in which capacity (身分別), read from the claims of the scopes `identity`, `profile` and `email`.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, UserInfoClaims};
use serde::{Deserialize, Serialize};

use crate::language::Both;

/// The provider's own claims, in the ID token and in UserInfo. There is also `identity_type_name`, the Chinese name of
/// `identity_type`, for portals that only want to show it; names are for people, rights hang on `identity_type`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct IdentityClaims {
    pub(crate) identity_type: Option<String>,
    pub(crate) official_type: Option<String>,
    pub(crate) agency_oid: Option<String>,
    pub(crate) agency_name: Option<String>,
    pub(crate) sid: Option<String>,
}

impl AdditionalClaims for IdentityClaims {}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) capacity: Capacity,
}

/// In which capacity a person acts (身分別).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Capacity {
    /// 自然人
    NaturalPerson,
    /// 公務人員, for one agency (機關)
    Official { kind: OfficialKind, agency_oid: String, agency_name: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum OfficialKind {
    CivilServant,
    ContractStaff,
    Educator,
}

impl Person {
    pub(crate) fn new(identity: &IdentityClaims, about: &UserInfoClaims<IdentityClaims, CoreGenderClaim>) -> Self {
        Self {
            name: about.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()),
            email: about.email().map(|email| email.as_str().to_owned()),
            capacity: Capacity::new(identity),
        }
    }
}

impl Capacity {
    /// Nobody is an official unless the provider says exactly that and names the agency.
    fn new(claims: &IdentityClaims) -> Self {
        match (claims.identity_type.as_deref(), &claims.agency_oid, &claims.agency_name) {
            (Some("civil_servant"), Some(oid), Some(name)) => Self::Official {
                kind: match claims.official_type.as_deref() {
                    Some("contract_staff") => OfficialKind::ContractStaff,
                    Some("educator") => OfficialKind::Educator,
                    _ => OfficialKind::CivilServant,
                },
                agency_oid: oid.clone(),
                agency_name: name.clone(),
            },
            _ => Self::NaturalPerson,
        }
    }

    pub(crate) fn name(&self) -> Both {
        match self {
            Self::NaturalPerson => Both { zh: "自然人", en: "Private individual" },
            Self::Official { kind: OfficialKind::CivilServant, .. } => Both { zh: "公務人員", en: "Civil servant" },
            Self::Official { kind: OfficialKind::ContractStaff, .. } => {
                Both { zh: "公務人員之約聘僱人員", en: "Civil service: contract staff" }
            }
            Self::Official { kind: OfficialKind::Educator, .. } => {
                Both { zh: "公務人員之教育人員", en: "Civil service: educator" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_an_official_without_an_agency() {
        let mut claims = IdentityClaims { identity_type: Some("civil_servant".into()), ..IdentityClaims::default() };
        assert_eq!(Capacity::new(&claims), Capacity::NaturalPerson);
        claims.agency_oid = Some("2.16.886.101.20003.20001.20003".into());
        claims.agency_name = Some("內政部消防署".into());
        assert_eq!(Capacity::new(&claims).name().zh, "公務人員");
        claims.official_type = Some("educator".into());
        assert_eq!(Capacity::new(&claims).name().zh, "公務人員之教育人員");
        claims.identity_type = Some("Civil_Servant".into());
        assert_eq!(Capacity::new(&claims), Capacity::NaturalPerson);
    }
}
