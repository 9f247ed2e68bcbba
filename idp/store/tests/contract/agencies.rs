use crate::backends::every_database;
use crate::fixtures::{after, fire_agency, school_agency, store_account, store_agencies};
use idp_core::identity::agency::{Agency, AgencyOid};
use idp_core::identity::capacity::OfficialType;
use idp_store::{Db, Fault, accounts, agencies, capacities};

async fn name(db: &Db, oid: AgencyOid) -> Option<String> {
    db.read(move |conn| agencies::name(conn, &oid)).await.unwrap()
}

#[tokio::test]
async fn an_import_adds_agencies_and_those_it_does_not_name_are_unknown() {
    every_database(async |db| {
        assert_eq!(db.scan(agencies::count).await.unwrap(), 0);
        store_agencies(&db).await;
        assert_eq!(db.scan(agencies::count).await.unwrap(), 2);
        assert_eq!(name(&db, fire_agency().oid).await, Some(fire_agency().name));
        assert_eq!(name(&db, AgencyOid::parse("2.16.886.101.1").unwrap()).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_later_list_renames_an_agency_and_takes_none_away() {
    every_database(async |db| {
        store_agencies(&db).await;
        let account = store_account(&db, 1).await;
        let (of, oid) = (account.clone(), fire_agency().oid);
        db.write(move |tx| capacities::set(tx, &of, (&oid, OfficialType::CivilServant), after(1))).await.unwrap();
        let renamed = Agency { name: "消防署".into(), ..fire_agency() };
        db.write(move |tx| agencies::import(tx, std::slice::from_ref(&renamed), after(2))).await.unwrap();
        assert_eq!(name(&db, school_agency().oid).await, Some(school_agency().name));
        assert_eq!(db.scan(agencies::count).await.unwrap(), 2);
        let person = db.read(move |conn| accounts::find(conn, &account)).await.unwrap().unwrap();
        assert_eq!(person.capacity.unwrap().agency_name, "消防署", "tokens carry the name of today's list");
    })
    .await;
}

#[tokio::test]
async fn an_import_that_fails_imports_nothing() {
    every_database(async |db| {
        let imported = db.write(|tx| {
            agencies::import(tx, &[fire_agency(), school_agency()], after(1))?;
            Err::<(), _>(Fault::corrupt("a test"))
        });
        assert!(imported.await.is_err());
        assert_eq!(db.scan(agencies::count).await.unwrap(), 0);
    })
    .await;
}
