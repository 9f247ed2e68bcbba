//! `idp agencies import`.

use crate::support::Idp;

/// A list as large and as varied as the real one, in our layout or the official one.
fn long_list(official: bool) -> String {
    let header =
        if official { "OrgName,OID,TEL,Address,DN,OrgCode" } else { "oid,name,org_code,parent_oid,dn,zip,address,url" };
    let mut list = format!("{header}\n");
    for number in 1..=2000 {
        let (oid, name) = (format!("2.16.886.101.{}.{number}", 20001 + number % 40), format!("機關第{number}處"));
        let dn = format!("\"ou={name},o=行政院,c=TW\"");
        list += &match official {
            true => format!("{name},{oid},(02)8195-9119,\"新北市新店區, {number} 號\",{dn},3{number:08}\n"),
            false => {
                format!("{oid},{name},3{number:08}A,2.16.886.101,{dn},231,新北市新店區{number}號,http://a.gov.tw/\n")
            }
        };
    }
    list
}

#[test]
fn both_layouts_are_imported_in_full() {
    for official in [false, true] {
        let idp = Idp::new();
        idp.write("list.csv", long_list(official));
        let done = idp.json(&["agencies", "import", "list.csv"]);
        assert_eq!((&done["imported"], &done["total"]), (&2000.into(), &2000.into()));
        idp.add_account("fireman0119");
        let oid = "2.16.886.101.20002.1";
        let set = ["accounts", "set-capacity", "fireman0119", "--agency-oid", oid, "--official-type", "educator"];
        assert!(idp.done(&set).contains("機關第1處"));
    }
}

#[test]
fn a_second_list_renames_and_adds_and_takes_none_away() {
    let idp = Idp::new();
    idp.write("one.csv", "oid,name\n2.16.886.101.1,甲\n2.16.886.101.2,乙\n");
    idp.write(
        "two.csv",
        "\u{feff}OrgName,OID,TEL,Address,DN,OrgCode\r\n新乙,2.16.886.101.2,,,,\r\n丙,2.16.886.101.3,,,,\r\n",
    );
    assert!(idp.done(&["agencies", "import", "one.csv"]).contains("imported 2"));
    let done = idp.json(&["agencies", "import", "two.csv"]);
    assert_eq!((&done["imported"], &done["total"]), (&2.into(), &3.into()));
    idp.add_account("fireman0119");
    for (oid, name) in [("2.16.886.101.1", "甲"), ("2.16.886.101.2", "新乙"), ("2.16.886.101.3", "丙")] {
        let set = ["accounts", "set-capacity", "fireman0119", "--agency-oid", oid, "--official-type", "educator"];
        assert_eq!(idp.json(&set)["agency_name"], name);
    }
}

#[test]
fn every_bad_row_is_named_by_its_line_and_nothing_is_imported() {
    let idp = Idp::new();
    let rows = [
        "oid,name",
        "2.16.886.101.1,好的",
        "1.2.3,別國",
        "2.16.886.101.2,",
        "2.16.886.101.1,又一次",
        "2.16.886.101.4,太多,欄位",
        "2.16.886.101.5",
        "2.16.886.101.6,也好",
    ];
    idp.write("bad.csv", rows.join("\n"));
    let said = idp.refused(&["agencies", "import", "bad.csv"]);
    assert!(said.contains("nothing was imported; 5 bad rows"), "{said}");
    for (line, words) in [(3, "1.2.3"), (4, "name"), (5, "line 2"), (6, "3 fields"), (7, "1 fields")] {
        let row = said.lines().find(|row| row.starts_with(&format!("bad.csv:{line}: ")));
        assert!(row.is_some_and(|row| row.contains(words)), "{line}: {said}");
    }
    idp.write("good.csv", "oid,name\n2.16.886.101.9,後來\n");
    assert_eq!(idp.json(&["agencies", "import", "good.csv"])["total"], 1, "half of the bad list was imported");
}

#[test]
fn a_flood_of_bad_rows_is_cut_short() {
    let idp = Idp::new();
    idp.write("bad.csv", format!("oid,name\n{}", "x,y\n".repeat(500)));
    let said = idp.refused(&["agencies", "import", "bad.csv"]);
    assert!(said.contains("500 bad rows") && said.contains("and 450 more"), "{said}");
    assert!(said.lines().count() < 60);
}

#[test]
fn what_is_no_list_is_said() {
    let idp = Idp::new();
    for (contents, words) in [
        (&b""[..], "name the columns"),
        (b"oid,name\n", "holds no agency"),
        (b"a,b\n1,2\n", "name the columns"),
        (b"oid,name\n2.16.886.101.1,\xa4\xbd\n", "UTF-8"),
        (b"\x00\x01\x02", "name the columns"),
    ] {
        idp.write("no.csv", contents);
        let said = idp.refused(&["agencies", "import", "no.csv"]);
        assert!(said.contains(words) && said.contains("no.csv:"), "{said}");
    }
    assert!(idp.refused(&["agencies", "import", "nowhere.csv"]).contains("nowhere.csv"));
    assert!(!idp.refused(&["agencies", "import", "."]).is_empty());
    assert!(idp.refused(&["agencies", "import", "/dev/zero"]).contains("longer than 64 MiB"));
}
