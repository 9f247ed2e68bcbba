use super::*;
use crate::testing::Seeded;

#[test]
fn fields_are_read_back_in_order() {
    let written = Writer::new(3)
        .text("emic")
        .bytes(&[1, 2, 3])
        .array(&[9; 16])
        .i64(1_795_000_000_123)
        .u32(7)
        .bool(true)
        .option(Some("n-0S6_WzA2Mj"), Writer::text)
        .option(None, Writer::text)
        .list(&["openid", "identity"], |writer, scope| writer.text(scope))
        .finish();
    let mut reader = Reader::new(&written, 3).unwrap();
    assert_eq!(reader.text(), Ok("emic"));
    assert_eq!(reader.bytes(), Ok(&[1, 2, 3][..]));
    assert_eq!(reader.array(), Ok([9; 16]));
    assert_eq!(reader.i64(), Ok(1_795_000_000_123));
    assert_eq!(reader.u32(), Ok(7));
    assert_eq!(reader.bool(), Ok(true));
    assert_eq!(reader.option(Reader::text), Ok(Some("n-0S6_WzA2Mj")));
    assert_eq!(reader.option(Reader::text), Ok(None));
    assert_eq!(reader.list(Reader::text), Ok(vec!["openid", "identity"]));
    assert_eq!(reader.finish(), Ok(()));
}

#[test]
fn a_short_field_costs_one_byte_more_than_its_contents() {
    assert_eq!(Writer::new(1).finish().len(), 1);
    assert_eq!(Writer::new(1).text("").finish().len(), 2);
    assert_eq!(Writer::new(1).bytes(&[0; 127]).finish().len(), 1 + 128);
    assert_eq!(Writer::new(1).bytes(&[0; 128]).finish().len(), 1 + 130);
    assert_eq!(Writer::new(1).i64(0).i64(-1).i64(63).finish().len(), 4);
}

#[test]
fn numbers_of_every_size_survive() {
    let mut seeded = Seeded(2);
    let edges = [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN];
    for value in edges.into_iter().chain((0..1000).map(|at| seeded.next().cast_signed() >> (at % 64))) {
        let written = Writer::new(0).i64(value).finish();
        let mut reader = Reader::new(&written, 0).unwrap();
        assert_eq!(reader.i64(), Ok(value));
        assert_eq!(reader.finish(), Ok(()));
    }
    let written = Writer::new(0).u32(u32::MAX).finish();
    assert_eq!(Reader::new(&written, 0).unwrap().u32(), Ok(u32::MAX));
}

#[test]
fn another_version_is_refused() {
    let written = Writer::new(2).finish();
    assert_eq!(Reader::new(&written, 1).unwrap_err(), FieldsError::Version);
    assert_eq!(Reader::new(&[], 0).unwrap_err(), FieldsError::Version);
}

#[test]
fn a_field_left_over_is_an_error() {
    let written = Writer::new(1).text("a").text("b").finish();
    let mut reader = Reader::new(&written, 1).unwrap();
    reader.text().unwrap();
    assert_eq!(reader.finish(), Err(FieldsError::LeftOver));
}

#[test]
fn every_cut_is_an_error() {
    let written = Writer::new(1).text("client").i64(i64::MAX).array(&[1; 8]).option(Some(5), Writer::u32).finish();
    for length in 1..written.len() {
        let mut reader = Reader::new(&written[..length], 1).unwrap();
        let read = (|| {
            reader.text()?;
            reader.i64()?;
            reader.array::<8>()?;
            reader.option(Reader::u32)
        })();
        assert_eq!(read, Err(FieldsError::Missing), "{length} bytes");
    }
}

#[test]
fn second_spellings_and_impossible_values_are_refused() {
    let number = |bytes: &[u8]| Reader::new(&[&[0], bytes].concat(), 0).unwrap().varint();
    assert_eq!(number(&[0x80, 0x01]), Ok(128));
    assert_eq!(number(&[0x80, 0x00]), Err(FieldsError::Malformed));
    assert_eq!(number(&[0xff; 10]), Err(FieldsError::Malformed));
    assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), Err(FieldsError::Malformed));
    assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), Ok(u64::MAX));
    assert_eq!(Reader::new(&[0, 2], 0).unwrap().bool(), Err(FieldsError::Malformed));
    assert_eq!(Reader::new(&[0, 1, 0xff], 0).unwrap().text(), Err(FieldsError::Malformed));
    let big = Writer::new(0).i64(i64::MAX).finish();
    assert_eq!(Reader::new(&big, 0).unwrap().u32(), Err(FieldsError::Malformed));
}

#[test]
fn a_length_that_lies_reserves_nothing() {
    let lie = [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    assert_eq!(Reader::new(&lie, 0).unwrap().list(Reader::bool), Err(FieldsError::Missing));
    assert_eq!(Reader::new(&lie, 0).unwrap().bytes(), Err(FieldsError::Missing));
}
