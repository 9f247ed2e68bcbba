//! By which indexes statements find their rows. SQLite looks at no bound value (QPSG): whether a partial index holds them has to
//! stand in the statement itself.

use super::{migrate, new_file, sqlite_of};
use crate::accounts::NewAccount;
use crate::deletion::Digests;
use crate::not_activated::{self, Over};
use crate::sqlite::connect;
use crate::{Conn, Fault, Tx, accounts, client_logos, deletion, messages, outbox, records, reset_codes};
use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use idp_core::membership::message::Channel;
use idp_core::people::account::AccountState;
use idp_core::people::account_name::AccountName;
use idp_core::{AccountId, UnixMillis};
use std::sync::{Arc, Mutex};

/// Keeps the statements that run.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let shown = query.to_string();
            let (statement, _binds) = shown.split_once(" -- binds").unwrap();
            self.0.lock().unwrap().push(statement.to_owned());
        }
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// How SQLite goes about what a unit asks, step by step.
fn plan(conn: &mut Conn, unit: impl FnOnce(&mut Tx<'_>) -> Result<(), Fault>) -> Vec<String> {
    let statements = Statements::default();
    sqlite_of(conn).set_instrumentation(statements.clone());
    unit(&mut Tx(conn)).unwrap();
    sqlite_of(conn).set_instrumentation(None::<Box<dyn Instrumentation>>);
    let statements = statements.0.lock().unwrap();
    let explain = |sql: &String| {
        let steps = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(sqlite_of(conn)).unwrap();
        steps.into_iter().map(|step| step.detail)
    };
    statements.iter().flat_map(explain).collect()
}

type Unit = fn(&mut Tx<'_>) -> Result<(), Fault>;
const NOW: UnixMillis = UnixMillis(1_000);

fn id() -> AccountId {
    AccountId::new([1; 16])
}

#[test]
fn every_partial_index_is_used_by_what_it_was_made_for() {
    let units: [(&str, Unit); 7] = [
        ("accounts_not_activated", |tx| {
            let over = Over { made_before: NOW, mailed_before: NOW };
            not_activated::over(tx.conn(), over, 10).map(drop)
        }),
        ("accounts_verified_number", |tx| records::is_proven_for_another(tx, &id(), &[1; 32]).map(drop)),
        ("accounts_leaving", |tx| deletion::due(tx.conn(), NOW, 10).map(drop)),
        ("client_logos_due", |tx| client_logos::due(tx.conn(), NOW, 10).map(drop)),
        ("messages_waiting", |tx| messages::due(tx.conn(), Channel::Mail, NOW, 10).map(drop)),
        ("reset_codes_of_mobile", |tx| {
            reset_codes::send_to(tx, ("", &AccountId::new([1; 16])), &[1; 32], NOW).map(drop)
        }),
        ("outbox_waiting", |tx| outbox::due(tx.conn(), &[], NOW, 10).map(drop)),
    ];
    let (_folder, path) = new_file();
    migrate(&path);
    let mut conn = connect(&path).unwrap();
    for (index, unit) in units {
        let plan = plan(&mut conn, unit);
        assert!(plan.iter().any(|step| step.contains(&format!("INDEX {index} "))), "{index}: {plan:#?}");
    }
}

/// A walk through a table in a writing transaction keeps everybody else waiting.
#[test]
fn an_account_is_removed_without_a_walk_through_any_table() {
    let (_folder, path) = new_file();
    migrate(&path);
    let mut conn = connect(&path).unwrap();
    let new = NewAccount {
        id: id(),
        account: AccountName::parse("fireman0119").unwrap(),
        name: "林大勇".to_owned(),
        email: None,
        email_verified: false,
        state: AccountState::Leaving { until: NOW },
        password_hash: String::new(),
        name_digest: [1; 32],
    };
    assert!(accounts::insert(&mut Tx(&mut conn), &new, NOW).unwrap());
    let steps = plan(&mut conn, |tx| {
        assert!(deletion::remove(tx, &id(), &Digests::default(), NOW)?);
        Ok(())
    });
    assert!(steps.len() > 15, "{steps:#?}");
    let walks: Vec<_> = steps.iter().filter(|step| step.starts_with("SCAN ") && *step != "SCAN CONSTANT ROW").collect();
    assert!(walks.is_empty(), "{walks:?}");
}
