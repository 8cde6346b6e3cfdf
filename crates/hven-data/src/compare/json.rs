//! Compares JSON value by value; the order of the fields of an object is ignored.

use std::path::Path;

use hven_core::reproduction::{Spot, Tolerance};
use serde_json::Value;

use super::{BytesOnly, differences::Differences, read_text};

pub(super) fn compare(before: &Path, after: &Path, differences: &mut Differences) -> Result<(), BytesOnly> {
    let read = |path| {
        let text = read_text(path)?;
        serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
            .map_err(|wrong| format!("it is no JSON ({wrong})"))
    };
    let (before, after) = (read(before)?, read(after)?);
    values(&before, &after, &mut String::new(), differences);
    Ok(())
}

/// Compares two values at `pointer`. The parser limits the nesting to 128.
fn values(before: &Value, after: &Value, pointer: &mut String, differences: &mut Differences) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, old) in before {
                at(pointer, &escaped(name), |pointer| match after.get(name) {
                    Some(new) => values(old, new, pointer, differences),
                    None => differences.differs(Some(&old.to_string()), None, || spot(pointer)),
                });
            }
            for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                at(pointer, &escaped(name), |pointer| {
                    differences.differs(None, Some(&new.to_string()), || spot(pointer));
                });
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for place in 0..before.len().max(after.len()) {
                at(pointer, &place.to_string(), |pointer| match (before.get(place), after.get(place)) {
                    (Some(old), Some(new)) => values(old, new, pointer, differences),
                    (old, new) => {
                        let (old, new) = (old.map(Value::to_string), new.map(Value::to_string));
                        differences.differs(old.as_deref(), new.as_deref(), || spot(pointer));
                    }
                });
            }
        }
        (Value::Number(old), Value::Number(new)) if old != new => match (old.as_f64(), new.as_f64()) {
            (Some(before), Some(after)) if before.to_bits() != after.to_bits() => {
                differences.numbers(before, after, || (old.to_string(), new.to_string()), || spot(pointer));
            }
            // Different whole numbers that are equal as 64-bit floats differ by less than any inexact tolerance.
            _ if old.is_f64() == new.is_f64() && differences.tolerance == Tolerance::EXACT => {
                differences.differs(Some(&old.to_string()), Some(&new.to_string()), || spot(pointer));
            }
            _ => {}
        },
        _ if before == after => {}
        // `NaN` and infinities are written as text, because JSON does not have them.
        _ => differences.differs(Some(&before.to_string()), Some(&after.to_string()), || spot(pointer)),
    }
}

fn at(pointer: &mut String, part: &str, inside: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(part);
    inside(pointer);
    pointer.truncate(length);
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn spot(pointer: &str) -> Spot {
    Spot::Pointer { pointer: pointer.to_owned() }
}
