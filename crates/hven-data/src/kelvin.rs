//! Columns in °C and °F are stored in kelvin: their types, and the conversion of their values.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Decimal128Array, Float64Array,
    cast::AsArray,
    types::{Decimal128Type, Float64Type, Int64Type},
};
use arrow_schema::DataType;
use hven_core::{
    dataset::{ColumnType, DECIMAL_DIGITS_MAX},
    unit::TemperatureScale,
};

use crate::{parse::number, schema};

/// The digits after the point of 273.15.
const OFFSET_SCALE: u8 = 2;
/// The digits before the point of a temperature that is stored: 273 is added to at most these.
const OFFSET_DIGITS: u8 = 3;

/// The conversion of a column to kelvin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ToKelvin {
    pub scale: TemperatureScale,
    /// The type of the numbers in the source.
    pub from: ColumnType,
    /// The type of the stored column.
    pub to: ColumnType,
}

impl ToKelvin {
    /// The conversion of numbers of a type. Whole numbers become numbers of 64 bits; exact decimal numbers in °C stay exact.
    pub(crate) fn new(scale: TemperatureScale, from: ColumnType) -> Self {
        let to = match from {
            ColumnType::Decimal { precision, scale: digits } if scale == TemperatureScale::Celsius => {
                let after = digits.max(OFFSET_SCALE);
                let before = (precision - digits).max(OFFSET_DIGITS) + 1;
                let precision = before + after;
                if precision > DECIMAL_DIGITS_MAX {
                    ColumnType::Float64
                } else {
                    ColumnType::Decimal { precision, scale: after }
                }
            }
            _ => ColumnType::Float64,
        };
        Self { scale, from, to }
    }

    /// The kelvin of a number in a cell: those of its decimal digits where they are plain, rounded once.
    pub(crate) fn of_cell(self, cell: &[u8], decimal: u8, value: f64) -> f64 {
        let plain = std::str::from_utf8(cell).ok().and_then(|text| match decimal {
            b'.' => self.scale.kelvin_of_text(text),
            other => self.scale.kelvin_of_text(&text.replace(char::from(other), ".")),
        });
        plain.unwrap_or_else(|| self.scale.kelvin(value))
    }

    /// The kelvin of an array of numbers with the type of the source.
    pub(crate) fn of_array(self, array: &ArrayRef) -> ArrayRef {
        let scale = self.scale;
        match array.data_type() {
            DataType::Float64 => {
                Arc::new(array.as_primitive::<Float64Type>().unary::<_, Float64Type>(|value| scale.kelvin(value)))
            }
            DataType::Int64 => {
                let whole =
                    |value: i64| scale.kelvin_of_decimal(value.into(), 0).unwrap_or_else(|| scale.kelvin(value as f64));
                Arc::new(array.as_primitive::<Int64Type>().unary::<_, Float64Type>(whole))
            }
            DataType::Decimal128(_, digits) => {
                self.of_decimals(array.as_primitive::<Decimal128Type>(), u8::try_from(*digits).unwrap_or_default())
            }
            _ => Arc::clone(array),
        }
    }

    fn of_decimals(self, values: &Decimal128Array, digits: u8) -> ArrayRef {
        if let ColumnType::Decimal { scale: after, .. } = self.to {
            // The stored type has room for every number of the source.
            let exact = values.iter().map(|value| self.scale.kelvin_decimal(value?, digits, after));
            return Arc::new(exact.collect::<Decimal128Array>().with_data_type(schema::data_type(self.to)));
        }
        let rounded = |value: i128| {
            let exact = self.scale.kelvin_of_decimal(value, -i32::from(digits));
            exact
                .or_else(|| Some(self.scale.kelvin(number::decimal_text(value, digits).parse().ok()?)))
                .unwrap_or(f64::NAN)
        };
        Arc::new(values.iter().map(|value| value.map(rounded)).collect::<Float64Array>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_room_for_kelvin() {
        let of =
            |precision, scale| ToKelvin::new(TemperatureScale::Celsius, ColumnType::Decimal { precision, scale }).to;
        assert_eq!(of(4, 1), ColumnType::Decimal { precision: 6, scale: 2 });
        assert_eq!(of(20, 0), ColumnType::Decimal { precision: 23, scale: 2 });
        assert_eq!(of(38, 0), ColumnType::Float64);
        assert_eq!(ToKelvin::new(TemperatureScale::Fahrenheit, ColumnType::Int64).to, ColumnType::Float64);
    }

    #[test]
    fn values_are_exact() {
        let decimals = Decimal128Array::from(vec![Some(-400), None, Some(999)]).with_precision_and_scale(4, 1).unwrap();
        let celsius = ToKelvin::new(TemperatureScale::Celsius, ColumnType::Decimal { precision: 4, scale: 1 });
        let kelvin = celsius.of_array(&(Arc::new(decimals.clone()) as ArrayRef));
        assert_eq!(
            (0..3).map(|row| schema::cell(&kelvin, row).to_string()).collect::<Vec<_>>(),
            ["233.15", "null", "373.05"]
        );
        let fahrenheit = ToKelvin::new(TemperatureScale::Fahrenheit, celsius.from);
        let kelvin = fahrenheit.of_array(&(Arc::new(decimals) as ArrayRef));
        assert_eq!(schema::cell(&kelvin, 0).to_string(), "233.15");
        assert_eq!(celsius.of_cell(b"-40,05", b',', -40.05).to_bits(), 233.1_f64.to_bits());
        assert_eq!(celsius.of_cell(b"1.0D+01", b'.', 10.0).to_bits(), 283.15_f64.to_bits());
    }
}
