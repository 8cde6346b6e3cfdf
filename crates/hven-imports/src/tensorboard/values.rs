//! Values in events: tensors (tensorflow/core/framework/tensor.proto), and what the plugin `hparams` keeps
//! (tensorboard/plugins/hparams/plugin_data.proto).

use std::collections::BTreeMap;

use super::protobuf::{Fields, Value, varint};

/// A tensor, as far as a run has a place for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tensor {
    /// How many numbers it has by its shape; 1 for a scalar.
    pub(super) elements: u64,
    /// The first number.
    pub(super) number: Option<f64>,
    /// Texts or images.
    pub(super) strings: Vec<Vec<u8>>,
}

const FLOAT: i64 = 1;
const DOUBLE: i64 = 2;
const INT32: i64 = 3;
const INT64: i64 = 9;
const BOOL: i64 = 10;
const BFLOAT16: i64 = 14;
const HALF: i64 = 19;
const STRINGS_MAX: usize = 10_000;

pub(super) fn tensor(message: &[u8]) -> Tensor {
    let mut tensor = Tensor { elements: 1, ..Tensor::default() };
    let (mut kind, mut content) = (0, None);
    for (number, value) in Fields::of(message) {
        match number {
            1 => kind = value.int(),
            2 => tensor.elements = elements(value.bytes()),
            4 => content = Some(value.bytes()),
            5 => {
                tensor.number =
                    tensor.number.or_else(|| first_fixed::<4>(value).map(|b| f64::from(f32::from_le_bytes(b))));
            }
            6 => tensor.number = tensor.number.or_else(|| first_fixed::<8>(value).map(f64::from_le_bytes)),
            // Halves of 16 bits stand in whole numbers.
            13 => {
                tensor.number = tensor.number.or_else(|| {
                    let bits = u16::try_from(first_varint(value)?).ok()?;
                    Some(if kind == BFLOAT16 { bfloat16(bits) } else { half(bits) })
                });
            }
            7 | 10 | 11 => {
                tensor.number = tensor.number.or_else(|| first_varint(value).map(|number| number as i64 as f64));
            }
            16 | 17 => tensor.number = tensor.number.or_else(|| first_varint(value).map(|number| number as f64)),
            8 if tensor.strings.len() < STRINGS_MAX => tensor.strings.push(value.bytes().to_vec()),
            _ => {}
        }
    }
    if let Some(bytes) = content {
        tensor.number = of_content(kind, bytes).or(tensor.number);
    }
    tensor
}

/// The product of the sizes of a shape.
fn elements(shape: &[u8]) -> u64 {
    let mut elements = 1_u64;
    for (number, dimension) in Fields::of(shape) {
        if number == 2 {
            let size =
                Fields::of(dimension.bytes()).find(|(number, _)| *number == 1).map_or(0, |(_, value)| value.int());
            elements = elements.saturating_mul(u64::try_from(size).unwrap_or(0));
        }
    }
    elements
}

fn of_content(kind: i64, bytes: &[u8]) -> Option<f64> {
    match kind {
        FLOAT => Some(f64::from(f32::from_le_bytes(*bytes.first_chunk()?))),
        DOUBLE => Some(f64::from_le_bytes(*bytes.first_chunk()?)),
        INT32 => Some(f64::from(i32::from_le_bytes(*bytes.first_chunk()?))),
        INT64 => Some(i64::from_le_bytes(*bytes.first_chunk()?) as f64),
        BOOL => Some(f64::from(*bytes.first()?)),
        BFLOAT16 => Some(bfloat16(u16::from_le_bytes(*bytes.first_chunk()?))),
        HALF => Some(half(u16::from_le_bytes(*bytes.first_chunk()?))),
        _ => None,
    }
}

fn bfloat16(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

/// A number of IEEE 754 with 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(exponent - 15),
    }
}

/// Numbers of a list stand one by one, or packed.
fn first_fixed<const N: usize>(value: Value<'_>) -> Option<[u8; N]> {
    match value {
        Value::Fixed32(bits) => bits.to_le_bytes().first_chunk().copied(),
        Value::Fixed64(bits) => bits.to_le_bytes().first_chunk().copied(),
        Value::Bytes(bytes) => bytes.first_chunk().copied(),
        Value::Varint(_) => None,
    }
}

fn first_varint(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Varint(number) => Some(number),
        Value::Bytes(bytes) => varint(bytes).map(|(number, _)| number),
        _ => None,
    }
}

/// The value of a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Hparam {
    Number(f64),
    Text(String),
    Bool(bool),
}

/// The content of the plugin `hparams` for a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Session {
    pub(super) params: BTreeMap<String, Hparam>,
    /// Seconds since 1970.
    pub(super) started: Option<f64>,
    pub(super) ended: Option<f64>,
    /// 1: success, 2: failure.
    pub(super) status: i64,
}

impl Session {
    /// Adds the content of one summary.
    pub(super) fn add(&mut self, content: &[u8]) {
        for (number, value) in Fields::of(content) {
            match number {
                3 => {
                    for (number, value) in Fields::of(value.bytes()) {
                        match number {
                            1 => self.params.extend(hparam(value.bytes())),
                            5 => self.started = Some(value.double()),
                            _ => {}
                        }
                    }
                }
                4 => {
                    for (number, value) in Fields::of(value.bytes()) {
                        match number {
                            1 => self.status = value.int(),
                            2 => self.ended = Some(value.double()),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// An entry of a map: a name, and a `google.protobuf.Value`.
fn hparam(entry: &[u8]) -> Option<(String, Hparam)> {
    let (mut name, mut found) = (None, None);
    for (number, value) in Fields::of(entry) {
        match number {
            1 => name = Some(value.text()),
            2 => {
                for (number, value) in Fields::of(value.bytes()) {
                    found = match number {
                        2 => Some(Hparam::Number(value.double())),
                        3 => Some(Hparam::Text(value.text())),
                        4 => Some(Hparam::Bool(value.int() != 0)),
                        _ => found,
                    };
                }
            }
            _ => {}
        }
    }
    Some((name?, found?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_read() {
        for (bits, expected) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x0001, 2_f64.powi(-24)),
            (0x7bff, 65504.0),
            (0x7c00, f64::INFINITY),
            (0x0000, 0.0),
        ] {
            assert_eq!(half(bits).to_bits(), f64::to_bits(expected), "{bits:x}: {}", half(bits));
        }
        assert!(half(0x7e00).is_nan());
        assert_eq!(bfloat16(0x3f80).to_bits(), 1_f64.to_bits());
    }

    #[test]
    fn scalars_of_each_kind_are_read() {
        let number = |message: &[u8]| tensor(message).number;
        assert_eq!(
            number(&[&[8, 1, 18, 0, 42][..], &0.5_f32.to_le_bytes()].concat()),
            None,
            "a field without its length"
        );
        assert_eq!(number(&[&[8, 1, 18, 0, 0x22, 4][..], &0.5_f32.to_le_bytes()].concat()), Some(0.5));
        assert_eq!(number(&[&[8, 1, 0x2a, 4][..], &0.25_f32.to_le_bytes()].concat()), Some(0.25));
        assert_eq!(number(&[&[8, 1, 0x2d][..], &0.25_f32.to_le_bytes()].concat()), Some(0.25));
        assert_eq!(number(&[&[8, 2, 0x32, 8][..], &(-0.125_f64).to_le_bytes()].concat()), Some(-0.125));
        assert_eq!(number(&[8, 9, 0x52, 1, 7]), Some(7.0));
        assert_eq!(number(&[8, 3, 0x3a, 10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Some(-1.0));
        assert_eq!(number(&[8, 19, 0x6a, 2, 0x80, 0x78]), Some(1.0));
        let of_three = tensor(&[&[8, 1, 18, 4, 18, 2, 8, 3][..], &[0x22, 12], &[0; 12]].concat());
        assert_eq!((of_three.elements, of_three.number), (3, Some(0.0)));
        assert_eq!(
            elements(&[18, 11, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            0,
            "a negative size"
        );
    }
}
