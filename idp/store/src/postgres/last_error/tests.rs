use super::Messages;

/// A message as the server writes it.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

fn error(code: &str) -> Vec<u8> {
    message(b'E', format!("SERROR\0VERROR\0C{code}\0Mthe words\0\0").as_bytes())
}

fn codes(bytes: &[u8], at_once: usize) -> Vec<String> {
    let (mut messages, mut codes) = (Messages::default(), Vec::new());
    for piece in bytes.chunks(at_once) {
        messages.read(piece, |state| codes.push(state.as_str().to_owned()));
    }
    codes
}

#[test]
fn errors_are_seen_among_other_messages_however_the_line_cuts_them() {
    let rows = message(b'D', &[b'E'; 5000]);
    let bytes = [message(b'Z', b"I"), error("40001"), rows, message(b'n', b""), error("53100"), message(b'Z', b"E")];
    let bytes = bytes.concat();
    for at_once in [1, 2, 3, 5, 7, 64, 1000, bytes.len()] {
        assert_eq!(codes(&bytes, at_once), ["40001", "53100"], "{at_once} at once");
    }
}

#[test]
fn an_error_without_a_code_or_with_a_strange_one_is_none() {
    for body in [&b"SERROR\0Mwords\0\0"[..], b"SERROR\0C123\0\0", b"", b"C"] {
        assert!(codes(&message(b'E', body), 4).is_empty());
    }
    assert!(codes(&message(b'E', &[&[b'M'; 400][..], b"\0C40001\0\0"].concat()), 9).is_empty(), "too far behind");
}

#[test]
fn the_last_error_is_told_once() {
    let last = super::LastError::default();
    assert_eq!(last.take(), None);
    Messages::default().read(&error("57P01"), |state| last.set(state));
    assert_eq!(last.take().map(|state| state.as_str().to_owned()).as_deref(), Some("57P01"));
    assert_eq!(last.take(), None);
}
