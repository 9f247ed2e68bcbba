//! The invented people of every test.

/// The password of all of them.
pub const PASSWORD: &str = "abcd1234";
/// 自然人.
pub const NATURAL_PERSON: &str = "clairesu1234";
/// 公務人員 of 內政部消防署.
pub const CIVIL_SERVANT: &str = "fireman0119";
/// 公務人員之教育人員 of 教育部國民及學前教育署.
pub const EDUCATOR: &str = "teacher0001";
