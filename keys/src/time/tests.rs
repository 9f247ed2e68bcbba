use super::*;

#[test]
fn seconds_round_down_also_before_the_epoch() {
    assert_eq!(UnixMillis(1_999).seconds(), 1);
    assert_eq!(UnixMillis(-1).seconds(), -1);
    assert_eq!(UnixMillis::from_seconds(7), UnixMillis(7_000));
}

#[test]
fn arithmetic_saturates_instead_of_wrapping() {
    assert_eq!(UnixMillis(i64::MAX).plus(Duration::from_secs(1)), UnixMillis(i64::MAX));
    assert_eq!(UnixMillis(i64::MIN).minus(Duration::MAX), UnixMillis(i64::MIN));
    assert_eq!(UnixMillis::from_seconds(i64::MAX), UnixMillis(i64::MAX));
    assert_eq!(UnixMillis(i64::MAX).since(UnixMillis(i64::MIN)), Duration::from_millis(i64::MAX.unsigned_abs()));
}

#[test]
fn nothing_has_passed_since_a_moment_still_to_come() {
    assert_eq!(UnixMillis(5).since(UnixMillis(9)), Duration::ZERO);
    assert_eq!(UnixMillis(9).since(UnixMillis(5)), Duration::from_millis(4));
}

#[test]
fn a_moment_is_a_bare_number_in_json() {
    assert_eq!(serde_json::to_string(&UnixMillis(42)).unwrap(), "42");
    assert_eq!(serde_json::from_str::<UnixMillis>("42").unwrap(), UnixMillis(42));
}
