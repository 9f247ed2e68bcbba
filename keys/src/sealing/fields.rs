//! The contents of sealed values: fields one after the other, read back in the same order.
//!
//! Every byte counts in a code or token that travels in a URL, so that lengths and numbers are variable-length integers
//! (seven bits a byte, least significant first): a field shorter than 128 bytes costs one byte more than its contents.
//! The first byte is a version, so that values sealed by the program of yesterday are recognised.
//!
//! Reading is strict: a field more, a field less or a second spelling of a number is an error.

use thiserror::Error;

/// The contents are not what the reader expects: made by another version, or a mistake of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FieldsError {
    /// There is no version byte, or it is another one.
    #[error("the contents are of another version")]
    Version,
    /// A field is missing or cut off.
    #[error("a field is missing")]
    Missing,
    /// A field has a value its type does not have.
    #[error("a field is malformed")]
    Malformed,
    /// There is more than was read.
    #[error("there are fields left over")]
    LeftOver,
}

/// Writes fields in order.
#[derive(Debug)]
#[must_use]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Starts with the version of the layout.
    pub fn new(version: u8) -> Self {
        let mut out = Vec::with_capacity(192);
        out.push(version);
        Self(out)
    }

    /// Bytes of any length.
    pub fn bytes(mut self, value: &[u8]) -> Self {
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// Bytes of a length that both sides know (an id, a hash).
    pub fn array<const N: usize>(mut self, value: &[u8; N]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Text.
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// A signed number, such as a time in milliseconds.
    pub fn i64(mut self, value: i64) -> Self {
        // Zigzag: small negative numbers stay short too.
        self.varint(((value << 1) ^ (value >> 63)).cast_unsigned());
        self
    }

    /// An unsigned number.
    pub fn u32(mut self, value: u32) -> Self {
        self.varint(value.into());
        self
    }

    /// A yes or no.
    pub fn bool(mut self, value: bool) -> Self {
        self.0.push(value.into());
        self
    }

    /// A field that may be absent: `.option(nonce, Writer::text)`.
    pub fn option<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            None => self.bool(false),
            Some(value) => write(self.bool(true), value),
        }
    }

    /// A list: `.list(&scopes, |writer, scope| writer.text(scope))`.
    pub fn list<T>(mut self, values: &[T], write: impl FnMut(Self, &T) -> Self) -> Self {
        self.varint(values.len() as u64);
        values.iter().fold(self, write)
    }

    /// The bytes to seal.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// Reads fields in the order they were written.
#[derive(Debug)]
#[must_use]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Starts reading contents of this version.
    ///
    /// # Errors
    /// [`FieldsError::Version`].
    pub fn new(contents: &'a [u8], version: u8) -> Result<Self, FieldsError> {
        match contents.split_first() {
            Some((found, rest)) if *found == version => Ok(Self(rest)),
            _ => Err(FieldsError::Version),
        }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], FieldsError> {
        let length = usize::try_from(length).map_err(|_| FieldsError::Missing)?;
        let (value, rest) = self.0.split_at_checked(length).ok_or(FieldsError::Missing)?;
        self.0 = rest;
        Ok(value)
    }

    /// Bytes of any length.
    ///
    /// # Errors
    /// [`FieldsError::Missing`] or [`FieldsError::Malformed`], as for all that follow.
    pub fn bytes(&mut self) -> Result<&'a [u8], FieldsError> {
        let length = self.varint()?;
        self.take(length)
    }

    /// Bytes of a known length.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FieldsError> {
        let (value, rest) = self.0.split_first_chunk().ok_or(FieldsError::Missing)?;
        self.0 = rest;
        Ok(*value)
    }

    /// Text.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn text(&mut self) -> Result<&'a str, FieldsError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| FieldsError::Malformed)
    }

    /// A signed number.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn i64(&mut self) -> Result<i64, FieldsError> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// An unsigned number.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn u32(&mut self) -> Result<u32, FieldsError> {
        self.varint()?.try_into().map_err(|_| FieldsError::Malformed)
    }

    /// A yes or no.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn bool(&mut self) -> Result<bool, FieldsError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(FieldsError::Malformed),
        }
    }

    /// A field that may be absent: `reader.option(Reader::text)`.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FieldsError>,
    ) -> Result<Option<T>, FieldsError> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    /// A list: `reader.list(Reader::text)`.
    ///
    /// # Errors
    /// As [`Reader::bytes`].
    pub fn list<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, FieldsError>,
    ) -> Result<Vec<T>, FieldsError> {
        let length = self.varint()?;
        // Every item takes at least a byte: a length that lies cannot make us reserve memory.
        if length > self.0.len() as u64 {
            return Err(FieldsError::Missing);
        }
        (0..length).map(|_| read(self)).collect()
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`FieldsError::LeftOver`] if there is more.
    pub fn finish(self) -> Result<(), FieldsError> {
        if self.0.is_empty() { Ok(()) } else { Err(FieldsError::LeftOver) }
    }

    fn varint(&mut self) -> Result<u64, FieldsError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            let overflows = shift == 63 && bits > 1;
            let needless = byte == 0 && shift > 0;
            if overflows || needless {
                return Err(FieldsError::Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(FieldsError::Malformed)
    }
}

#[cfg(test)]
mod tests;
