use crate::backends::{every_database, every_new_database, every_pair_of_nodes};
use crate::backup::rows_of;
use crate::fixtures::{NOW, after, new_account, new_message};
use crate::race::{node_of, race};
use idp_core::ids::time_ordered;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::people::account::AccountState;
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::{NewMessage, Outcome, Standing, State};
use idp_store::sweep::MESSAGES;
use idp_store::{Conn, Db, Tx, accounts, deletion, messages, migrate};

async fn add(db: &Db, number: u8) -> String {
    let message = new_message(number);
    let id = message.id.clone();
    db.write(move |tx| messages::add(tx, &message, NOW)).await.unwrap();
    id
}

async fn due(db: &Db, now: UnixMillis) -> Vec<String> {
    let rows = db.scan(move |conn| messages::due(conn, Channel::Mail, now, 10)).await.unwrap();
    rows.into_iter().map(|row| row.id).collect()
}

async fn lease(db: &Db, id: &str, now: UnixMillis) -> bool {
    let ids = vec![id.to_owned()];
    let until = UnixMillis(now.0 + 30_000);
    !db.write(move |tx| messages::lease(tx, &ids, now, until)).await.unwrap().is_empty()
}

async fn settle(db: &Db, id: &str, attempt: i64, outcome: Outcome, now: UnixMillis) {
    let id = id.to_owned();
    db.write(move |tx| messages::settle(tx, (&id, attempt), &outcome, now)).await.unwrap();
}

async fn newest(db: &Db) -> Option<Standing> {
    db.scan(|conn| messages::newest(conn, &new_account(1).id, Purpose::Activation)).await.unwrap()
}

#[tokio::test]
async fn a_message_waits_with_all_that_it_needs_and_is_forgotten_when_it_is_over() {
    every_database(async |db| {
        let id = add(&db, 1).await;
        let row = db.scan(|conn| messages::due(conn, Channel::Mail, NOW, 10)).await.unwrap().remove(0);
        assert_eq!((row.channel().unwrap(), row.purpose().unwrap()), (Channel::Mail, Purpose::Activation));
        assert_eq!((row.account_id(), row.attempts, row.language.as_str()), (new_account(1).id, 0, "zh-Hant-TW"));
        assert_eq!((row.recipient_sealed, row.content_sealed), (Some(vec![1; 40]), Some(vec![1; 8])));
        assert_eq!(newest(&db).await.unwrap().state, State::Queued);
        assert!(lease(&db, &id, NOW).await && due(&db, NOW).await.is_empty());
        settle(&db, &id, 1, Outcome::Retry(after(5), "451 busy".into()), NOW).await;
        assert_eq!(newest(&db).await.unwrap().state, State::Delayed { next: after(5) });
        assert!(due(&db, after(4)).await.is_empty());
        assert!(lease(&db, &id, after(5)).await);
        settle(&db, &id, 2, Outcome::Sent("250 ok".into()), after(6)).await;
        let standing = newest(&db).await.unwrap();
        assert_eq!((standing.state, standing.detail.as_deref()), (State::Sent { at: after(6) }, Some("250 ok")));
        settle(&db, &id, 2, Outcome::Refused("550 no".into()), after(7)).await;
        assert_eq!(newest(&db).await.unwrap().state, State::Sent { at: after(6) }, "what is over stays so");
        assert_eq!(db.scan(messages::depth).await.unwrap(), (0, None));
    })
    .await;
}

#[tokio::test]
async fn what_is_held_for_a_full_mailbox_was_no_attempt_and_is_due_again() {
    every_database(async |db| {
        let id = add(&db, 1).await;
        for hour in 0..3 {
            assert!(lease(&db, &id, after(hour * 3600)).await);
            settle(&db, &id, 1, Outcome::Held(after((hour + 1) * 3600)), after(hour * 3600)).await;
            assert_eq!(newest(&db).await.unwrap().state, State::Held { next: after((hour + 1) * 3600) });
            assert!(due(&db, after((hour + 1) * 3600 - 1)).await.is_empty());
        }
        let row = db.scan(|conn| messages::due(conn, Channel::Mail, after(3 * 3600), 10)).await.unwrap().remove(0);
        assert_eq!((row.id.as_str(), row.attempts, row.recipient_sealed), (id.as_str(), 0, Some(vec![1; 40])));
        // A node whose lease was over holds nothing that another delivers.
        assert!(lease(&db, &id, after(3 * 3600)).await && lease(&db, &id, after(3 * 3600 + 40)).await);
        settle(&db, &id, 1, Outcome::Held(after(9 * 3600)), after(3 * 3600 + 41)).await;
        assert!(due(&db, after(3 * 3600 + 41)).await.is_empty(), "the second holder still has it");
        settle(&db, &id, 2, Outcome::Sent("250 ok".into()), after(3 * 3600 + 42)).await;
        assert_eq!(newest(&db).await.unwrap().state, State::Sent { at: after(3 * 3600 + 42) });
    })
    .await;
}

#[tokio::test]
async fn each_channel_has_what_is_due_on_it() {
    every_database(async |db| {
        let mail = add(&db, 1).await;
        let text = NewMessage { channel: Channel::Text, purpose: Purpose::ResetCode, ..new_message(2) };
        let id = text.id.clone();
        db.write(move |tx| messages::add(tx, &text, NOW)).await.unwrap();
        assert_eq!(due(&db, NOW).await, [mail]);
        let texts = db.scan(|conn| messages::due(conn, Channel::Text, NOW, 10)).await.unwrap();
        assert_eq!(texts.into_iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    })
    .await;
}

#[tokio::test]
async fn what_a_newer_program_noted_is_left_to_it() {
    every_new_database(async |database| {
        let db = database.node();
        migrate::run(&db).await.unwrap();
        for number in 1..=3 {
            add(&db, number).await;
        }
        let [newer, known] = [new_message(2).id, new_message(3).id];
        let sql = format!("UPDATE messages SET purpose = 'of_tomorrow' WHERE id <> '{known}'");
        database.run(&sql).await;
        assert_eq!(due(&db, NOW).await, std::slice::from_ref(&known));
        assert_eq!(
            db.scan(|conn| messages::due(conn, Channel::Mail, NOW, 1)).await.unwrap().len(),
            1,
            "nor in its way"
        );
        database.run(&format!("UPDATE messages SET purpose = 'activation' WHERE id = '{newer}'")).await;
        let rows = db.scan(|conn| messages::due(conn, Channel::Mail, NOW, 10)).await.unwrap();
        let attempts: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.attempts)).collect();
        assert_eq!(attempts, [(newer.as_str(), 0), (known.as_str(), 0)]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_message_is_not_tried_again() {
    every_database(async |db| {
        let id = add(&db, 1).await;
        assert!(lease(&db, &id, NOW).await);
        settle(&db, &id, 1, Outcome::Refused("550 nobody here".into()), after(1)).await;
        assert_eq!(newest(&db).await.unwrap().state, State::NotSent { at: after(1) });
        assert!(due(&db, after(1_000_000)).await.is_empty());
    })
    .await;
}

/// However it ended: nobody needs to know any more whom it went to, and what it said opens accounts.
#[tokio::test]
async fn what_is_over_keeps_neither_its_recipient_nor_its_content() {
    every_database(async |db| {
        let words = || "words".to_owned();
        let over = [Outcome::Sent(words()), Outcome::Refused(words()), Outcome::GivenUp(words())];
        for (number, outcome) in (2..).zip(over) {
            let id = add(&db, number).await;
            assert!(lease(&db, &id, NOW).await);
            settle(&db, &id, 1, outcome, NOW).await;
        }
        for (number, outcome) in [(5, Outcome::Retry(after(5), words())), (6, Outcome::Held(after(6)))] {
            let message = NewMessage { purpose: Purpose::PasswordReset, ..new_message(number) };
            let id = message.id.clone();
            db.write(move |tx| messages::add(tx, &message, NOW)).await.unwrap();
            assert!(lease(&db, &id, NOW).await);
            settle(&db, &id, 1, outcome, NOW).await;
        }
        add(&db, 1).await;
        db.write(|tx| messages::withdraw(tx, &new_account(1).id, Purpose::Activation, NOW)).await.unwrap();
        let (mut seen, mut kept) = (Vec::new(), 0);
        for row in rows_of(&db, "messages").await {
            let (recipient, content, finished, state) = (&row[5], &row[6], &row[10], row[11].as_str().unwrap());
            assert_eq!((recipient.is_null(), content.is_null()), (!finished.is_null(), !finished.is_null()), "{row}");
            seen.push(state.to_owned());
            kept += usize::from(!recipient.is_null());
        }
        seen.sort();
        assert_eq!(seen, ["given_up", "given_up", "refused", "sent", "waiting", "waiting"]);
        assert_eq!(kept, 2, "what is tried again");
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ended_is_taken_by_one_other_and_its_first_holder_frees_nothing() {
    every_pair_of_nodes(async |one, other| {
        let id = add(&one, 1).await;
        assert!(lease(&one, &id, NOW).await);
        let late = after(31);
        let took = race(6, |number| {
            let (node, id) = (node_of(number, (&one, &other)), id.clone());
            async move { lease(&node, &id, late).await }
        })
        .await;
        assert_eq!(took.iter().filter(|took| **took).count(), 1);
        settle(&one, &id, 1, Outcome::Retry(late, "too late".into()), late).await;
        assert!(due(&other, late).await.is_empty(), "the second holder still has it");
        settle(&one, &id, 1, Outcome::GivenUp("too late".into()), late).await;
        assert_ne!(newest(&other).await.unwrap().state, State::NotSent { at: late }, "nor does it end it");
        settle(&one, &id, 1, Outcome::Sent("250 ok".into()), late).await;
        assert_eq!(newest(&other).await.unwrap().state, State::Sent { at: late }, "but what left has left");
    })
    .await;
}

#[tokio::test]
async fn a_newer_message_replaces_what_waits() {
    every_database(async |db| {
        add(&db, 1).await;
        db.write(|tx| messages::withdraw(tx, &new_account(1).id, Purpose::Activation, after(1))).await.unwrap();
        let second = add(&db, 2).await;
        assert_eq!(due(&db, after(2)).await, std::slice::from_ref(&second));
        assert_eq!(newest(&db).await.unwrap().id, second);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_goes_after_its_time_and_what_waits_stays() {
    every_database(async |db| {
        let over = add(&db, 1).await;
        add(&db, 2).await;
        assert!(lease(&db, &over, NOW).await);
        settle(&db, &over, 1, Outcome::Sent("250 ok".into()), after(10)).await;
        let sweep = async |before: UnixMillis| {
            let found = db.scan(move |conn| MESSAGES.find(conn, &String::new(), before, 100)).await.unwrap();
            db.write(move |tx| MESSAGES.remove(tx, &found.old, before)).await.unwrap()
        };
        assert_eq!((sweep(after(10)).await, sweep(after(11)).await, sweep(after(99_999)).await), (0, 1, 0));
        assert_eq!(db.scan(messages::depth).await.unwrap().0, 1);
    })
    .await;
}

#[tokio::test]
async fn in_which_language_somebody_asked_to_leave_is_known_until_they_are_gone() {
    every_database(async |db| {
        let (leaves, stays) = (new_account(1).id, new_account(2).id);
        db.write(|tx| {
            for number in [1, 2] {
                accounts::insert(tx, &new_account(number), NOW)?;
            }
            let asked = deletion::ask(tx, &new_account(1).id, (1, AccountState::Active), after(90 * 86_400), NOW)?;
            assert!(asked);
            for (number, about) in [(1, 1), (2, 2)] {
                let (account, language) = (new_account(about).id, "en");
                let asked = NewMessage { purpose: Purpose::DeletionAsked, account, language, ..new_message(number) };
                messages::add(tx, &asked, NOW)?;
                messages::settle(tx, (&asked.id, 1), &Outcome::Sent("250 ok".into()), NOW)?;
            }
            messages::add(tx, &new_message(3), NOW)?;
            messages::settle(tx, (&new_message(3).id, 1), &Outcome::Sent("250 ok".into()), NOW)
        })
        .await
        .unwrap();
        let sweep = async || {
            let before = after(31 * 86_400);
            let found = db.scan(move |conn| MESSAGES.find(conn, &String::new(), before, 100)).await.unwrap();
            // Looked at once more when it is removed.
            let all = [1, 2, 3].map(|number| new_message(number).id);
            (found.old.len(), db.write(move |tx| MESSAGES.remove(tx, &all, before)).await.unwrap())
        };
        let language = async |id: &AccountId| {
            let id = id.clone();
            db.scan(move |conn| messages::language(conn, &id, Purpose::DeletionAsked)).await.unwrap()
        };
        assert_eq!(sweep().await, (2, 2));
        assert_eq!((language(&leaves).await.as_deref(), language(&stays).await), (Some("en"), None));
        let undone = |tx: &mut Tx<'_>| deletion::undo(tx, &new_account(1).id, (2, after(90 * 86_400)), NOW);
        assert!(db.write(undone).await.unwrap());
        assert_eq!(sweep().await, (1, 1), "it goes when its account stays");
    })
    .await;
}

#[tokio::test]
async fn what_was_noted_for_a_purpose_since_a_moment_is_counted_waiting_or_not() {
    every_database(async |db| {
        for (number, purpose) in [(1, Purpose::PasswordReset), (2, Purpose::Activation), (3, Purpose::PasswordReset)] {
            let id = time_ordered(after(u64::from(number)), [number; 10]);
            let message = NewMessage { id, purpose, ..new_message(number) };
            db.write(move |tx| messages::add(tx, &message, after(u64::from(number)))).await.unwrap();
        }
        let first = due(&db, after(1)).await.remove(0);
        settle(&db, &first, 1, Outcome::Sent("250 ok".into()), after(5)).await;
        let noted = async |since, most| {
            let about = new_account(1).id;
            let read =
                move |conn: &mut Conn| messages::noted_since(conn, (&about, Purpose::PasswordReset), since, most);
            db.scan(read).await.unwrap()
        };
        assert_eq!(noted(NOW, 10).await, [after(3), after(1)]);
        assert_eq!(noted(after(1), 10).await, [after(3), after(1)], "that moment as well");
        assert_eq!(noted(UnixMillis(after(1).0 + 1), 10).await, [after(3)]);
        assert_eq!(noted(NOW, 1).await, [after(3)]);
    })
    .await;
}
