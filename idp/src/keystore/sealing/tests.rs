use super::{Due, PUBLISHED_FOR, due};
use idp_core::UnixMillis;
use idp_store::sealing_keys::SealingKeyRow;
use std::time::Duration;

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

fn row(id: &str, is_current: bool, created_at: UnixMillis, superseded_at: Option<UnixMillis>) -> SealingKeyRow {
    SealingKeyRow { id: id.into(), wrapped: vec![], is_current, created_at, superseded_at }
}

#[test]
fn a_key_seals_only_when_every_node_can_have_read_it() {
    let rows = [row("old", true, UnixMillis(0), None), row("new", false, NOW, None)];
    for early in [Duration::ZERO, PUBLISHED_FOR - Duration::from_millis(1)] {
        assert_eq!(due(&rows, NOW.plus(early), Some(YEAR)), None, "{early:?}");
    }
    assert_eq!(due(&rows, NOW.plus(PUBLISHED_FOR), None), Some(Due::Promote("new".into())));
}

#[test]
fn a_key_that_is_old_enough_gets_a_successor_unless_that_is_left_to_the_operator() {
    let rows = [row("older", false, UnixMillis(0), Some(NOW)), row("old", true, NOW, None)];
    assert_eq!(due(&rows, NOW.plus(YEAR).minus(Duration::from_millis(1)), Some(YEAR)), None);
    assert_eq!(due(&rows, NOW.plus(YEAR), Some(YEAR)), Some(Due::Make));
    assert_eq!(due(&rows, NOW.plus(YEAR), None), None);
    assert_eq!(due(&[], NOW, Some(YEAR)), None);
}
