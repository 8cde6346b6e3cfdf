//! JSON, value by value; the order of the fields of an object says nothing.

use std::path::Path;

use hven_core::reproduction::{Spot, Tolerance};
use serde_json::Value;

use super::{BytesOnly, found::Found, read_text};

pub(super) fn compare(before: &Path, after: &Path, found: &mut Found) -> Result<(), BytesOnly> {
    let read = |path| {
        let text = read_text(path)?;
        serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
            .map_err(|wrong| format!("it is no JSON ({wrong})"))
    };
    let (before, after) = (read(before)?, read(after)?);
    values(&before, &after, &mut String::new(), found);
    Ok(())
}

/// Compares two values that stand at `pointer`. The reader lets nothing be nested deeper than 128.
fn values(before: &Value, after: &Value, pointer: &mut String, found: &mut Found) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, old) in before {
                at(pointer, &escaped(name), |pointer| match after.get(name) {
                    Some(new) => values(old, new, pointer, found),
                    None => found.differs(Some(&old.to_string()), None, || spot(pointer)),
                });
            }
            for (name, new) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                at(pointer, &escaped(name), |pointer| found.differs(None, Some(&new.to_string()), || spot(pointer)));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for place in 0..before.len().max(after.len()) {
                at(pointer, &place.to_string(), |pointer| match (before.get(place), after.get(place)) {
                    (Some(old), Some(new)) => values(old, new, pointer, found),
                    (old, new) => {
                        let (old, new) = (old.map(Value::to_string), new.map(Value::to_string));
                        found.differs(old.as_deref(), new.as_deref(), || spot(pointer));
                    }
                });
            }
        }
        (Value::Number(old), Value::Number(new)) if old != new => match (old.as_f64(), new.as_f64()) {
            (Some(before), Some(after)) if before.to_bits() != after.to_bits() => {
                found.numbers(before, after, || (old.to_string(), new.to_string()), || spot(pointer));
            }
            // Different whole numbers that are one as 64-bit floats: closer than any tolerance that is not exact.
            _ if old.is_f64() == new.is_f64() && found.tolerance == Tolerance::EXACT => {
                found.differs(Some(&old.to_string()), Some(&new.to_string()), || spot(pointer));
            }
            _ => {}
        },
        _ if before == after => {}
        // `NaN` and the infinities are written as text, since JSON lacks them.
        _ => found.differs(Some(&before.to_string()), Some(&after.to_string()), || spot(pointer)),
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
