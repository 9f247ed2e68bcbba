use super::*;

const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

fn password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.into())
}

async fn compare(to: &Passwords, typed: Zeroizing<String>, stored: Option<String>) -> Result<Compared, Failure> {
    to.compare(to.place()?, typed, stored).await
}

#[tokio::test]
async fn a_password_is_recognised_and_another_is_not() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let stored = passwords.hash(password("abcd1234")).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    let right = compare(&passwords, password("abcd1234"), Some(stored.clone())).await.unwrap();
    assert_eq!(right, Compared { right: true, outdated: false });
    assert!(!compare(&passwords, password("Abcd1234"), Some(stored)).await.unwrap().right);
    assert!(!compare(&passwords, password("abcd1234"), None).await.unwrap().right);
}

#[tokio::test]
async fn a_hash_of_another_cost_is_recognised_and_called_outdated() {
    let old = Passwords::start(CHEAP, 1).unwrap().hash(password("abcd1234")).await.unwrap();
    let raised = Passwords::start(Cost { memory_kib: 128, passes: 2 }, 1).unwrap();
    let compared = compare(&raised, password("abcd1234"), Some(old)).await.unwrap();
    assert_eq!(compared, Compared { right: true, outdated: true });
}

#[tokio::test]
async fn an_overlong_password_is_wrong_and_costs_no_more() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let stored = passwords.hash(password(&"a".repeat(LONGEST))).await.unwrap();
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

#[test]
fn nobody_waits_longer_than_half_a_second_for_a_thread() {
    let load = Load { threads: 2, taken: 0.into(), hashed: 0.into(), takes: 0.into() };
    load.took(Duration::from_millis(20));
    assert_eq!(load.wait_behind(50), Duration::from_millis(500));
    for _ in 0..40 {
        load.took(Duration::from_millis(100));
    }
    let (least, most) = (Duration::from_millis(450), Duration::from_millis(500));
    assert!((least..=most).contains(&load.wait_behind(10)), "{:?}", load.wait_behind(10));
}

#[tokio::test]
async fn a_place_that_is_not_used_is_free_again() {
    let passwords = Passwords::start(CHEAP, 1).unwrap();
    let places: Vec<_> = std::iter::from_fn(|| passwords.place().ok()).collect();
    assert!(!places.is_empty() && places.len() <= MOST_WAITING, "{}", places.len());
    drop(places);
    assert!(passwords.place().is_ok());
}
