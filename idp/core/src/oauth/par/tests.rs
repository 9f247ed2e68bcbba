use super::*;
use keys::{SealingKey, UnixMillis};

const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

fn sealer() -> Sealer {
    Sealer::new(SealingKey::new("00000001".parse().unwrap(), [7; 32]), [])
}

fn pushed() -> Pushed {
    Pushed {
        handle: Handle::new([1; 32]),
        client_id: ClientId::parse("emic").unwrap(),
        usable_until: UnixMillis(NOW.0 + 90_000),
        query: "client_id=emic&scope=openid".into(),
        signed: true,
    }
}

#[test]
fn a_pushed_request_survives_being_kept_and_opens_as_nothing_else() {
    let text = pushed().seal(&sealer()).unwrap();
    assert_eq!(Pushed::open(&sealer(), &text).unwrap(), pushed());
    assert!(crate::sign_in::interaction::Interaction::open(&sealer(), &text).is_err());
}

#[test]
fn it_is_for_its_client_under_its_name_in_its_time() {
    let (emic, other) = (ClientId::parse("emic").unwrap(), ClientId::parse("weather").unwrap());
    let late = UnixMillis(NOW.0 + 90_000);
    let rows = [
        (Handle::new([1; 32]), &emic, NOW, None),
        (Handle::new([1; 32]), &emic, UnixMillis(late.0 - 1), None),
        (Handle::new([1; 32]), &emic, late, Some(Unusable::Expired)),
        (Handle::new([1; 32]), &other, NOW, Some(Unusable::Foreign)),
        (Handle::new([2; 32]), &emic, NOW, Some(Unusable::Unknown)),
    ];
    for (handle, client, now, refused) in rows {
        let brought = pushed().bring(&handle, client, now);
        assert_eq!(brought.as_ref().err().copied(), refused, "{handle:?} {client}");
        if let Ok(request) = brought {
            assert_eq!(request.came, Came { pushed: Some(handle), signed: true });
        }
    }
}

#[test]
fn a_request_uri_of_ours_has_256_bits_and_nothing_else_is_one() {
    let handle = Handle::new([0xfb; 32]);
    assert_eq!(Handle::of(&handle.request_uri()), Some(handle.clone()));
    assert_eq!(b64::decode(handle.as_str()).unwrap().len(), 32);
    let uri = handle.request_uri();
    for none in [&uri[1..], &uri[..uri.len() - 1], &format!("{uri}A"), &uri.replace("-", "="), URN, "", "https://a/"] {
        assert_eq!(Handle::of(none), None, "{none}");
    }
}
