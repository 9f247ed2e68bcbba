use super::*;

#[test]
fn an_oid_is_under_taiwans_arc() {
    for good in ["2.16.886.101.20003.20001.20003", "2.16.886.119.1"] {
        assert!(AgencyOid::parse(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "2.16.886.101",
        "2.16.840.1.101",
        "2.16.886.101.",
        "2.16.886.101.x",
        "2.16.886.101.020",
        " 2.16.886.101.1",
        "2.16.886..1",
    ] {
        assert!(AgencyOid::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn both_layouts_are_read_with_or_without_a_byte_order_mark() {
    let ours = "oid,name,org_code,parent_oid,dn,zip,address,url\n2.16.886.101.20003.20001.20003,內政部消防署,301200000A,2.16.886.101.20003.20001,\"ou=消防署,ou=內政部,o=行政院,c=TW\",231,,\n";
    let official = "\u{feff}OrgName,OID,TEL,Address,DN,OrgCode\n內政部消防署,2.16.886.101.20003.20001.20003,02-12345678,,\"ou=消防署\",301200000A\n";
    for list in [ours, official] {
        let agencies = read_list(list.as_bytes()).unwrap();
        assert_eq!(agencies.len(), 1);
        assert_eq!(agencies[0].name, "內政部消防署");
        assert_eq!(agencies[0].org_code.as_deref(), Some("301200000A"));
        assert_eq!(agencies[0].address, None);
    }
}

#[test]
fn every_bad_row_is_named_by_its_line() {
    let list = "oid,name\n2.16.886.101.1,甲\nnonsense,乙\n2.16.886.101.2,\n2.16.886.101.1,丙\n2.16.886.101.3,丁,more\n";
    let bad = read_list(list.as_bytes()).unwrap_err();
    assert_eq!(bad.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert!(bad[2].why.contains("line 2"));
}

#[test]
fn a_row_with_a_zero_byte_is_named_whichever_column_it_is_in() {
    for row in ["甲\0,地址", "甲,地\0址", "甲,\0"] {
        let bad = read_list(format!("oid,name,address\n2.16.886.101.1,{row}\n").as_bytes()).unwrap_err();
        assert_eq!(bad[0].line, 2, "{row:?}");
    }
}

#[test]
fn an_agency_cannot_look_like_another() {
    for name in ["內政部\u{200B}消防署", "\u{202E}署防消"] {
        let bad = read_list(format!("oid,name\n2.16.886.101.1,{name}\n").as_bytes()).unwrap_err();
        assert!(bad[0].line == 2 && bad[0].why.contains("U+20"), "{bad:?}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused_with_the_columns_it_needs() {
    for file in [&b"a,b\n1,2\n"[..], b"", b"oid,name\n"] {
        assert_eq!(read_list(file).unwrap_err()[0].line, 1);
    }
    let big5 = b"oid,name\n2.16.886.101.1,\xa4\xba\xac\xf0\n";
    assert!(read_list(big5).unwrap_err()[0].why.contains("UTF-8"));
}
