use crate::backends::every_database;
use crate::fixtures::{NOW, after, new_message};
use idp_store::messages::{self, NewMessage, Outcome};
use idp_store::sealing_keys;

#[tokio::test]
async fn a_new_sealing_key_is_the_current_one_and_the_others_stay_to_open_what_they_sealed() {
    every_database(async |db| {
        for (id, at) in [("00000001", NOW), ("00000002", after(1)), ("00000003", after(2))] {
            db.write(move |tx| sealing_keys::insert_current(tx, id, id.as_bytes(), at)).await.unwrap();
        }
        let mut rows = db.scan(sealing_keys::all).await.unwrap();
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        let seen: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.wrapped.as_slice(), row.is_current)).collect();
        let expected: [(&str, &[u8], bool); 3] =
            [("00000001", b"00000001", false), ("00000002", b"00000002", false), ("00000003", b"00000003", true)];
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn an_id_that_is_taken_is_a_fault_and_the_current_key_stays_current() {
    every_database(async |db| {
        db.write(|tx| sealing_keys::insert_current(tx, "00000001", b"first", NOW)).await.unwrap();
        assert!(db.write(|tx| sealing_keys::insert_current(tx, "00000001", b"second", NOW)).await.is_err());
        let rows = db.scan(sealing_keys::all).await.unwrap();
        assert_eq!((rows.len(), rows[0].wrapped.as_slice(), rows[0].is_current), (1, b"first".as_slice(), true));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_waits_needs_the_key_that_sealed_it() {
    every_database(async |db| {
        let (old, new) = ([0, 0, 0, 1], [0, 0, 0, 2]);
        let sealed = |key: [u8; 4]| [&key[..], &[7; 40]].concat();
        let message = NewMessage { recipient_sealed: sealed(old), content_sealed: Some(sealed(old)), ..new_message(1) };
        let other = NewMessage { recipient_sealed: sealed(new), content_sealed: None, ..new_message(2) };
        let id = message.id.clone();
        db.write(move |tx| {
            messages::add(tx, &message, NOW)?;
            messages::add(tx, &other, NOW)
        })
        .await
        .unwrap();
        let needs = async |key| db.scan(move |conn| sealing_keys::columns_sealed_with(conn, key)).await.unwrap();
        assert_eq!((needs(old).await, needs(new).await), (2, 1));
        db.write(move |tx| messages::settle(tx, (&id, 1), &Outcome::Sent("250 ok".into()), after(1))).await.unwrap();
        assert_eq!((needs(old).await, needs(new).await), (0, 1));
    })
    .await;
}
