use crate::backends::{every_database, every_pair_of_nodes};
use crate::fixtures::{NOW, after, new_message};
use crate::race::{node_of, race, winners};
use idp_core::AccountId;
use idp_core::ids::time_ordered;
use idp_core::membership::message::Channel;
use idp_core::membership::reset_code::{MOST_TO_A_MOBILE, TRIES};
use idp_store::messages::NewMessage;
use idp_store::sweep::RESET_CODES;
use idp_store::{Fault, Tx, messages, reset_codes};

fn id(number: u8) -> String {
    time_ordered(NOW, [number; 10])
}

#[tokio::test]
async fn of_many_who_type_codes_at_once_so_many_are_looked_at_and_one_uses_it() {
    every_pair_of_nodes(async |one, other| {
        one.write(|tx| reset_codes::add(tx, &id(1))).await.unwrap();
        let tried = race(20, |number| {
            let node = node_of(number, (&one, &other));
            async move { node.write(|tx| reset_codes::take_try(tx, &id(1))).await.unwrap() }
        });
        let mut left: Vec<u32> = tried.await.into_iter().flatten().collect();
        left.sort_unstable();
        assert_eq!(left, (0..TRIES).collect::<Vec<_>>());
        let used = race(8, |number| {
            let node = node_of(number, (&one, &other));
            async move { node.write(|tx| reset_codes::redeem(tx, &id(1), NOW)).await.unwrap() }
        });
        assert_eq!(winners(&used.await), 1);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_used_or_never_asked_for_has_no_tries() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            reset_codes::add(tx, &id(1))?;
            let first = reset_codes::take_try(tx, &id(1))?;
            reset_codes::redeem(tx, &id(1), NOW)?;
            Ok((first, reset_codes::take_try(tx, &id(1))?, reset_codes::take_try(tx, &id(2))?))
        };
        assert_eq!(db.write(unit).await.unwrap(), (Some(TRIES - 1), None, None));
    })
    .await;
}

/// Asks at an account, and sends to a mobile. Gives whether that may be.
fn send(tx: &mut Tx<'_>, number: u8, account: &AccountId) -> Result<bool, Fault> {
    let asked = NewMessage { account: account.clone(), channel: Channel::Text, ..new_message(number) };
    messages::add(tx, &asked, NOW)?;
    reset_codes::add(tx, &asked.id)?;
    reset_codes::send_to(tx, (&asked.id, account), &[7; 32], NOW)
}

#[tokio::test]
async fn so_many_codes_go_to_one_mobile_in_a_day_and_sending_one_again_counts_once() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let most = u8::try_from(MOST_TO_A_MOBILE).unwrap();
            let account = AccountId::from_trusted("digest-of-a-name");
            let mut sent = Vec::new();
            for number in 0..=most {
                sent.push(send(tx, number, &account)?);
            }
            let again = reset_codes::send_to(tx, (&id(0), &account), &[7; 32], NOW)?;
            let elsewhere = reset_codes::send_to(tx, (&id(most), &account), &[8; 32], NOW)?;
            let later = reset_codes::send_to(tx, (&id(most), &account), &[7; 32], after(1))?;
            Ok((sent, again, elsewhere, later))
        };
        let (sent, again, elsewhere, later) = db.write(unit).await.unwrap();
        let (last, first) = sent.split_last().unwrap();
        assert!(first.iter().all(|sent| *sent) && !last, "{sent:?}");
        assert_eq!((again, elsewhere, later), (true, true, true));
    })
    .await;
}

#[tokio::test]
async fn the_first_two_of_each_account_go_besides_until_twenty_went_in_all() {
    every_database(async |db| {
        let unit = |tx: &mut Tx<'_>| {
            let mut went = Vec::new();
            for account in 0..8 {
                let of = AccountId::from_trusted(format!("digest-of-name-{account}"));
                let mut sent = 0;
                for number in 0..6 {
                    sent += u8::from(send(tx, account * 6 + number, &of)?);
                }
                went.push(sent);
            }
            Ok(went)
        };
        // Two of somebody's fill the ten, the others have their two, and at twenty it ends.
        assert_eq!(db.write(unit).await.unwrap(), [6, 4, 2, 2, 2, 2, 2, 0]);
    })
    .await;
}

#[tokio::test]
async fn old_codes_are_swept() {
    every_database(async |db| {
        db.write(|tx| reset_codes::add(tx, &id(1))).await.unwrap();
        let found =
            async |before| db.scan(move |conn| RESET_CODES.find(conn, &String::new(), before, 10)).await.unwrap().old;
        assert_eq!(found(NOW).await, Vec::<String>::new());
        assert_eq!(found(after(1)).await, [id(1)]);
        assert_eq!(db.write(|tx| RESET_CODES.remove(tx, &[id(1)], after(1))).await.unwrap(), 1);
    })
    .await;
}
