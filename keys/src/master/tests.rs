use super::*;

const SIGNING: Purpose = Purpose::new("signing-key");
const SEALING: Purpose = Purpose::new("sealing-key");

#[test]
fn a_key_file_is_one_line_and_is_read_back() {
    let key = MasterKey::generate().unwrap();
    let text = key.render();
    assert_eq!((text.len(), text.lines().count()), (44, 1));
    assert_eq!(MasterKey::parse(&text).unwrap().check_value(), key.check_value());
    assert!(MasterKey::parse(&format!("  {}\r\n", text.trim())).is_ok());
}

#[test]
fn anything_but_32_bytes_of_base64url_is_refused() {
    let good = MasterKey::generate().unwrap().render();
    let good = good.trim();
    for text in ["", "\n", "abcd", &good[1..], &format!("{good}A"), &format!("{good}="), &format!("{good}\n{good}")] {
        assert_eq!(MasterKey::parse(text).unwrap_err(), KeyError::MasterKeyText, "{text:?}");
    }
}

#[test]
fn a_wrapped_key_opens_for_its_purpose_and_master_key_only() {
    let (ours, theirs) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    for secret in [&b""[..], b"private half", &[9; 4000]] {
        let wrapped = ours.wrap(SIGNING, secret).unwrap();
        assert_eq!(ours.unwrap(SIGNING, &wrapped).unwrap().as_slice(), secret);
        assert_eq!(ours.unwrap(SEALING, &wrapped).unwrap_err(), KeyError::Unwrapping);
        assert_eq!(theirs.unwrap(SIGNING, &wrapped).unwrap_err(), KeyError::Unwrapping);
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let key = MasterKey::generate().unwrap();
    let wrapped = key.wrap(SIGNING, b"thirty-two bytes of a sealing key").unwrap();
    for bit in 0..wrapped.len() * 8 {
        let mut forged = wrapped.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        assert!(key.unwrap(SIGNING, &forged).is_err(), "bit {bit}");
    }
    for length in 0..wrapped.len() {
        assert!(key.unwrap(SIGNING, &wrapped[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn wrapping_twice_gives_two_values() {
    let key = MasterKey::generate().unwrap();
    assert_ne!(key.wrap(SIGNING, b"same").unwrap(), key.wrap(SIGNING, b"same").unwrap());
}

#[test]
fn the_check_value_tells_master_keys_apart() {
    let (ours, theirs) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
    assert!(ours.matches_check_value(&ours.check_value()));
    assert!(!ours.matches_check_value(&theirs.check_value()));
    assert!(!ours.matches_check_value(&[]));
    assert!(!ours.matches_check_value(&ours.check_value()[..15]));
}

#[test]
fn a_master_key_is_never_printed() {
    assert_eq!(format!("{:?}", MasterKey::generate().unwrap()), "MasterKey(..)");
}
