//! The fields of a message of Protocol Buffers, without a schema: each field is a number and a value.

/// A value on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'m> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// A text, bytes, a message, or packed numbers.
    Bytes(&'m [u8]),
}

impl<'m> Value<'m> {
    pub(super) fn bytes(self) -> &'m [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    pub(super) fn text(self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// A signed whole number.
    pub(super) fn int(self) -> i64 {
        if let Self::Varint(number) = self { number as i64 } else { 0 }
    }

    pub(super) fn double(self) -> f64 {
        if let Self::Fixed64(bits) = self { f64::from_bits(bits) } else { 0.0 }
    }

    pub(super) fn float(self) -> f32 {
        if let Self::Fixed32(bits) = self { f32::from_bits(bits) } else { 0.0 }
    }
}

/// The fields of a message, in their order. Reading ends at the first fault, which [`Fields::is_faulty`] tells.
#[derive(Clone, Debug)]
pub(super) struct Fields<'m> {
    rest: &'m [u8],
    is_faulty: bool,
}

impl<'m> Fields<'m> {
    pub(super) fn of(message: &'m [u8]) -> Self {
        Self { rest: message, is_faulty: false }
    }

    pub(super) fn is_faulty(&self) -> bool {
        self.is_faulty
    }

    fn take(&mut self, length: usize) -> Option<&'m [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let (number, length) = varint(self.rest)?;
        self.rest = &self.rest[length..];
        Some(number)
    }

    fn field(&mut self) -> Option<(u64, Value<'m>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            // Groups, which no writer of event files uses.
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

impl<'m> Iterator for Fields<'m> {
    type Item = (u64, Value<'m>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.is_faulty {
            return None;
        }
        let field = self.field();
        self.is_faulty = field.is_none();
        field
    }
}

/// A number of seven bits in each byte, and how many bytes it has.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        let part = u64::from(byte & 0x7f);
        if place == 9 && part > 1 {
            return None;
        }
        number |= part << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_each_kind_are_read() {
        let message = [
            &[0x08, 0x96, 0x01][..],
            &[0x11],
            &1.5_f64.to_le_bytes(),
            &[0x1a, 2, b'h', b'i'],
            &[0x25],
            &0.5_f32.to_le_bytes(),
            &[0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        ]
        .concat();
        let fields: Vec<_> = Fields::of(&message).collect();
        assert_eq!((fields[0].0, fields[0].1.int()), (1, 150));
        assert_eq!((fields[1].0, fields[1].1.double()), (2, 1.5));
        assert_eq!((fields[2].0, fields[2].1.text()), (3, "hi".to_owned()));
        assert_eq!((fields[3].0, fields[3].1.float()), (4, 0.5));
        assert_eq!((fields[4].0, fields[4].1.int()), (5, -1));
        assert_eq!(fields.len(), 5);
        for length in 1..message.len() {
            let mut fields = Fields::of(&message[..length]);
            let count = fields.by_ref().count();
            assert!(count < 5 && (fields.is_faulty() || count > 0), "{length}");
        }
    }

    #[test]
    fn hostile_lengths_are_faults() {
        let huge = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, b'x'];
        let too_long = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        for message in [&huge[..], &too_long, &[0x0b], &[0x0f, 1], &[0x80; 20]] {
            let mut fields = Fields::of(message);
            assert_eq!(fields.by_ref().count(), 0);
            assert!(fields.is_faulty());
        }
        assert!(!Fields::of(&[]).is_faulty());
    }
}
