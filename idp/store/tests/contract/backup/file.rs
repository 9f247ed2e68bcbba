//! A file that is cut off, changed, of another program or under another master key is refused.

use super::{back_up, lines_without_the_last, set_up, signed_anew, verify};
use crate::backends::every_new_database;
use crate::fixtures::store_grant;
use idp_store::backup::{self, Unusable};
use idp_store::migrate;
use keys::MasterKey;

#[tokio::test]
async fn a_file_that_is_cut_off_at_any_place_is_refused() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        store_grant(&db, 1).await;
        let (_, bytes) = back_up(&db).await;
        assert!(verify(&bytes).is_ok());
        for length in 0..bytes.len() {
            let refused = verify(&bytes[..length]).unwrap_err();
            assert!(matches!(refused, Unusable::CutOff | Unusable::NoBackup), "{length}: {refused:?}");
            assert!(length == 0 || refused == Unusable::CutOff, "{length}: {refused:?}");
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert_eq!(verify(&longer).unwrap_err(), Unusable::Changed);
    })
    .await;
}

#[tokio::test]
async fn a_file_with_any_byte_changed_is_refused() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        store_grant(&db, 1).await;
        let (_, bytes) = back_up(&db).await;
        for at in 0..bytes.len() {
            for change in [1, 0x20] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                assert!(verify(&changed).is_err(), "byte {at}: {}", String::from_utf8_lossy(&changed));
            }
        }
        // A row less and a row more, with the header's counts to match: only the master key can sign that.
        let mut lines = lines_without_the_last(&bytes);
        let last = std::str::from_utf8(&bytes).unwrap().lines().last().unwrap().to_owned();
        let grant = lines.iter().position(|line| line.contains("weather") || line.contains("\"emic\"")).unwrap();
        lines[grant] = lines[grant].replace("openid identity", "openid uid");
        lines.push(last);
        assert_eq!(verify((lines.join("\n") + "\n").as_bytes()).unwrap_err(), Unusable::Changed);
    })
    .await;
}

#[tokio::test]
async fn what_this_program_cannot_know_and_what_needs_another_master_key_is_said() {
    every_new_database(async |database| {
        let db = set_up(database).await;
        let (_, bytes) = back_up(&db).await;
        let lines = lines_without_the_last(&bytes);
        let with = |from: &str, to: &str| {
            let mut lines = lines.clone();
            assert!(lines[0].contains(from), "{}", lines[0]);
            lines[0] = lines[0].replacen(from, to, 1);
            signed_anew(&lines)
        };
        assert!(verify(&with("\"program\":\"test\"", "\"program\":\"other\"")).is_ok(), "signing anew does not work");
        assert_eq!(verify(&with("\"version\":1", "\"version\":2")).unwrap_err(), Unusable::NewerFormat(2));
        let schema = format!("\"schema\":{}", migrate::SCHEMA_VERSION);
        assert_eq!(verify(&with(&schema, "\"schema\":999")).unwrap_err(), Unusable::NewerSchema(999));
        assert_eq!(verify(&with("shenfen backup", "something")).unwrap_err(), Unusable::NoBackup);
        let other = MasterKey::generate().unwrap();
        assert_eq!(backup::verify(&bytes[..], &other).unwrap_err(), Unusable::AnotherMasterKey);
        let mut endless: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        for table in endless["tables"].as_array_mut().unwrap() {
            table["rows"] = u64::MAX.into();
        }
        let endless = [&[endless.to_string()], &lines[1..]].concat();
        assert_eq!(verify(&signed_anew(&endless)).unwrap_err(), Unusable::CutOff);
        for nothing in [&b"SQLite format 3\0"[..], b"{}\n", b"\n", b"[]\n"] {
            assert!(verify(nothing).is_err(), "{nothing:?}");
        }
    })
    .await;
}
