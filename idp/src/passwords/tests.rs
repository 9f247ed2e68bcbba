use super::*;

const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

fn password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.into())
}

async fn compare(to: &Passwords, typed: Zeroizing<String>, stored: Option<String>) -> Result<Compared, Failure> {
    to.compare(to.place(None)?, typed, stored).await
}

#[tokio::test]
async fn a_password_is_recognised_and_another_is_not() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let stored = passwords.hash(None, password("abcd1234")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    let right = compare(&passwords, password("abcd1234"), Some(stored.clone())).await.unwrap();
    assert_eq!(right, Compared { right: true, outdated: false });
    assert!(!compare(&passwords, password("Abcd1234"), Some(stored)).await.unwrap().right);
    assert!(!compare(&passwords, password("abcd1234"), None).await.unwrap().right);
}

#[tokio::test]
async fn a_hash_of_another_cost_is_recognised_and_called_outdated() {
    let old = Passwords::start(CHEAP, 1).unwrap().hash(None, password("abcd1234")).await.unwrap();
    let raised = Passwords::start(Cost { memory_kib: 128, passes: 2 }, 1).unwrap();
    let compared = compare(&raised, password("abcd1234"), Some(old)).await.unwrap();
    assert_eq!(compared, Compared { right: true, outdated: true });
}

const APART: &str = "cafe\u{301} カ\u{3099}";
const AS_ONE: &str = "caf\u{e9} ガ";

#[tokio::test]
async fn a_password_is_recognised_whichever_keyboard_it_is_typed_on() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    for chosen in [APART, AS_ONE] {
        let stored = passwords.hash(None, password(chosen)).await.unwrap();
        for typed in [APART, AS_ONE] {
            let compared = compare(&passwords, password(typed), Some(stored.clone())).await.unwrap();
            assert_eq!(compared, Compared { right: true, outdated: false }, "{chosen:?} {typed:?}");
        }
    }
}

#[tokio::test]
async fn a_hash_of_what_was_typed_once_is_recognised_as_typed_and_called_outdated() {
    let old = Hasher::new(CHEAP, Places::new(1)).hash(APART.as_bytes()).unwrap();
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let compared = compare(&passwords, password(APART), Some(old.clone())).await.unwrap();
    assert_eq!(compared, Compared { right: true, outdated: true });
    assert!(!compare(&passwords, password(AS_ONE), Some(old)).await.unwrap().right);
}

#[tokio::test]
async fn what_a_guess_costs_depends_on_what_was_typed_and_not_on_whose_name_it_is() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let stored = passwords.hash(None, password("another")).await.unwrap();
    for (typed, hashes) in [(APART, 2), (AS_ONE, 1), ("plain", 1), ("ＷＩＤＥ", 2)] {
        for stored in [Some(stored.clone()), None] {
            let before = passwords.hashed();
            assert!(!compare(&passwords, password(typed), stored.clone()).await.unwrap().right);
            assert_eq!(passwords.hashed() - before, hashes, "{typed:?} {stored:?}");
        }
    }
}

#[tokio::test]
async fn an_overlong_password_is_wrong_and_costs_no_more() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let stored = passwords.hash(None, password(&"a".repeat(LONGEST))).await.unwrap();
    assert!(compare(&passwords, password(&"a".repeat(LONGEST)), Some(stored.clone())).await.unwrap().right);
    assert!(!compare(&passwords, password(&"a".repeat(1 << 20)), Some(stored)).await.unwrap().right);
}

#[tokio::test]
async fn more_than_can_wait_are_turned_away() {
    let passwords = Passwords::start(Cost { memory_kib: 19 * 1024, passes: 2 }, 1).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let passwords = passwords.clone();
        tasks.spawn(async move { compare(&passwords, password("x"), None).await });
    }
    let outcomes = tasks.join_all().await;
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(Failure::Busy))).count();
    assert!(busy > 0 && busy < 200, "{busy}");
    assert_eq!(passwords.hashed(), 200 - busy as u64);
    compare(&passwords, password("x"), None).await.expect("there is room again");
}

#[tokio::test]
async fn a_place_that_is_not_used_is_free_again() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let places: Vec<_> = std::iter::from_fn(|| passwords.place(None).ok()).collect();
    assert!(!places.is_empty() && places.len() <= MOST_WAITING, "{}", places.len());
    drop(places);
    assert!(passwords.place(None).is_ok());
}

#[test]
fn what_an_old_hash_costs_less_is_made_up_for_when_the_password_is_wrong() {
    let now = Cost { memory_kib: 19 * 1024, passes: 2 };
    for (memory, passes) in [(7 * 1024, 1), (19 * 1024, 1), (12 * 1024, 3), (64, 1)] {
        let old = Params::new(memory, passes, 1, Some(32)).unwrap();
        let rest = now.beyond(&old).unwrap();
        let work = memory * passes + rest.m_cost() * rest.t_cost();
        assert!((38 * 1024 - 2..=38 * 1024).contains(&work), "{old:?}: {rest:?}");
        assert!(rest.m_cost() <= now.memory_kib, "it would need more memory than a hash: {rest:?}");
    }
    for (memory, passes) in [(19 * 1024, 2), (64 * 1024, 1), (9 * 1024, 5)] {
        let old = Params::new(memory, passes, 1, Some(32)).unwrap();
        assert!(now.beyond(&old).is_none(), "{old:?} costs as much already");
    }
}

#[test]
fn a_wrong_password_for_an_old_hash_is_as_much_work_as_a_name_that_nobody_has() {
    let hasher = |memory_kib, passes| Hasher::new(Cost { memory_kib, passes }, Places::new(1));
    let old = hasher(512, 1).hash(b"abcd1234").unwrap();
    let mut raised = hasher(1024, 3);
    let decoy = raised.hash(b"nobody").unwrap();
    let mut work = |stored: &str, typed: &[u8]| {
        let before = raised.filled;
        assert_eq!(raised.compare(typed, stored).unwrap().right, typed == b"abcd1234");
        raised.filled - before
    };
    assert_eq!(work(&decoy, b"guess"), 3 * 1024);
    // What is missing is rounded down to whole passes.
    assert!((3 * 1024 - 3..=3 * 1024).contains(&work(&old, b"guess")), "{}", work(&old, b"guess"));
    assert_eq!(work(&old, b"abcd1234"), 512, "the right one is hashed anew afterwards, by the caller");
}
