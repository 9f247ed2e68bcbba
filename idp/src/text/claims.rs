//! What a portal receives, in the words of the manuals.

/// Names of claims and scopes as a person knows them.
pub struct ClaimsText {
    /// 姓名
    pub name: &'static str,
    /// 暱稱
    pub nickname: &'static str,
    /// 帳號
    pub account: &'static str,
    /// 電子信箱
    pub email: &'static str,
    /// 身分別
    pub identity_type: &'static str,
    /// 所屬機關
    pub agency_name: &'static str,
    /// 機關 OID
    pub agency_oid: &'static str,
    /// 公務身分 (公務人員, 約聘僱人員, 教育人員)
    pub official_type: &'static str,
    /// 身分證字號
    pub uid: &'static str,
    /// 生日
    pub birthdate: &'static str,
    /// 性別
    pub gender: &'static str,
    /// 聯絡電話
    pub phone: &'static str,
    /// 通訊地址
    pub address: &'static str,
    /// The scope `profile`: name and further basic data.
    pub profile: &'static str,
    /// The scope `identity`: in which capacity, and for which agency.
    pub identity: &'static str,
    /// The scope `gsp.profile`: name, account and kind of sign-in under today's names.
    pub gsp_profile: &'static str,
    /// The scope `offline_access`: use while the person is away.
    pub offline_access: &'static str,
}

impl ClaimsText {
    /// The words for a claim or scope by its name on the wire; `None` for one that tells a person nothing (`openid`, `sub`, …).
    pub fn label(&self, wire_name: &str) -> Option<&'static str> {
        Some(match wire_name {
            "name" | "cn" => self.name,
            "nickname" => self.nickname,
            "account" | "preferred_username" => self.account,
            "email" => self.email,
            "identity_type" | "identity_type_name" => self.identity_type,
            "agency_name" => self.agency_name,
            "agency_oid" => self.agency_oid,
            "official_type" => self.official_type,
            "uid" => self.uid,
            "birthdate" => self.birthdate,
            "gender" => self.gender,
            "phone" | "phone_number" => self.phone,
            "address" => self.address,
            "profile" => self.profile,
            "identity" => self.identity,
            "gsp.profile" => self.gsp_profile,
            "offline_access" => self.offline_access,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::text::Language;

    #[test]
    fn what_tells_a_person_nothing_has_no_label() {
        for language in Language::ALL {
            assert_eq!(language.text().claims.label("openid"), None);
            assert_eq!(language.text().claims.label("sub"), None);
        }
        assert_eq!(Language::ZhTw.text().claims.label("uid"), Some("身分證字號"));
    }
}
