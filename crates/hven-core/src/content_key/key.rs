//! Keys of content, and the canonical JSON of a value.

use serde::Serialize;

use super::canonical::{self, NoContentKey};
use crate::Digest;

/// The key of content of a kind. Contents of different kinds never share a key. A kind ends with a version, as in `step/1`,
/// which increases when the set of fields in the content changes.
pub fn content_key<T: Serialize + ?Sized>(kind: &str, content: &T) -> Result<Digest, NoContentKey> {
    let text = canonical_json(content)?;
    let mut hasher = blake3::Hasher::new();
    // With the length first, the end of the kind cannot be confused with the content.
    hasher.update(&(kind.len() as u64).to_le_bytes());
    hasher.update(kind.as_bytes());
    hasher.update(text.as_bytes());
    Ok(hasher.finalize().into())
}

/// The canonical JSON of a value.
pub fn canonical_json<T: Serialize + ?Sized>(content: &T) -> Result<String, NoContentKey> {
    let mut text = String::new();
    content.serialize(canonical::Writer::new(&mut text))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn canonical(content: &(impl Serialize + ?Sized)) -> String {
        canonical_json(content).unwrap()
    }

    #[test]
    fn keys_never_change() {
        let check = |kind: &str, content: Value, expect: &str| {
            assert_eq!(content_key(kind, &content).unwrap().to_string(), expect, "{content}");
        };
        check("test/1", json!(null), "f0e36a6bfd01ece89c2c8b53827ebe35251537c431a3d2ce46e63bda26ce8bd5");
        check(
            "test/1",
            json!({ "b": [1, 2.5, "é"], "a": { "z": true, "y": null } }),
            "18da7f2dc5a55dc1ff5650d9e38b0be12fb86ccba4b63f1604423042d4929684",
        );
        check(
            "test/2",
            json!({ "b": [1, 2.5, "é"], "a": { "z": true, "y": null } }),
            "d0678e96fb581aaf2e445aa9a462b86aba72135be743b601b85295149b874a7b",
        );
        check(
            "test/1",
            json!([1e21, 1e-7, 0.1, -0.0, 123_456_789_012_345_678_u64, 5e-324, 1.797_693_134_862_315_7e308]),
            "26ad6643c083d7db978299838703d10f96d202b0986816a5fd6108646b8f25f0",
        );
    }

    #[test]
    fn the_canonical_form_is_that_of_rfc_8785() {
        // The examples of its sections 3.2.2 and 3.2.3.
        let example = json!({
            "numbers": [333_333_333.333_333_3, 1e30, 4.50, 2e-3, 0.000_000_000_000_000_000_000_000_001],
            "string": "€$\u{f}\nA'B\"\\\\\"/",
            "literals": [null, true, false]
        });
        let expect = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(&example), expect);
        let sorted = json!({ "€": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "😀": 5, "\u{80}": 6, "ö": 7 });
        assert_eq!(canonical(&sorted), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}");
        // Some examples of its appendix B.
        let check = |bits: u64, expect: &str| assert_eq!(canonical(&f64::from_bits(bits)), expect);
        check(0x0000_0000_0000_0000, "0");
        check(0x8000_0000_0000_0000, "0");
        check(0x0000_0000_0000_0001, "5e-324");
        check(0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308");
        check(0x4340_0000_0000_0000, "9007199254740992");
        check(0x4430_0000_0000_0000, "295147905179352830000");
        check(0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22");
        check(0x44b5_2d02_c7e1_4af6, "1e+23");
        check(0x444b_1ae4_d6e2_ef4e, "999999999999999700000");
        check(0x444b_1ae4_d6e2_ef50, "1e+21");
        check(0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7");
        check(0x3eb0_c6f7_a0b5_ed8d, "0.000001");
        check(0x41b3_de43_5555_5553, "333333333.3333332");
        check(0xbecb_f647_612f_3696, "-0.0000033333333333333333");
    }

    #[test]
    fn types_are_written_as_serde_json_does() {
        #[derive(Serialize)]
        enum Kind {
            Unit,
            Newtype(i8),
            Tuple(u8, char),
            Struct { x: Option<u8> },
        }
        #[derive(Serialize)]
        struct All {
            kinds: Vec<Kind>,
            pair: (i64, f32),
            #[serde(rename = "a")]
            unit: (),
            large: u128,
            by_number: BTreeMap<i32, bool>,
            by_flag: BTreeMap<bool, &'static str>,
        }
        let all = All {
            kinds: vec![Kind::Unit, Kind::Newtype(-1), Kind::Tuple(2, 'c'), Kind::Struct { x: None }],
            pair: (i64::MIN, 0.5),
            unit: (),
            large: 7,
            by_number: [(-2, true)].into(),
            by_flag: [(true, "x")].into(),
        };
        let text = canonical(&all);
        assert_eq!(
            text,
            r#"{"a":null,"by_flag":{"true":"x"},"by_number":{"-2":true},"kinds":["Unit",{"Newtype":-1},{"Tuple":[2,"c"]},{"Struct":{"x":null}}],"large":7,"pair":[-9223372036854775808,0.5]}"#
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), serde_json::to_value(&all).unwrap());
    }

    #[test]
    fn values_without_a_key_are_refused() {
        assert_eq!(content_key("x/1", &f64::NAN), Err(NoContentKey::NotFinite));
        assert_eq!(content_key("x/1", &vec![Some(f32::INFINITY)]), Err(NoContentKey::NotFinite));
        assert!(matches!(content_key("x/1", &HashMap::from([(vec![1], 2)])), Err(NoContentKey::NotJson(_))));
        let raw = serde_json::value::RawValue::from_string("1.0".to_owned()).unwrap();
        assert!(matches!(content_key("x/1", &raw), Err(NoContentKey::NotJson(_))));
        let deep = (0..1000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(content_key("x/1", &deep), Err(NoContentKey::TooDeep));
        assert_ne!(content_key("ab", "c").unwrap(), content_key("a", "bc").unwrap());
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(|x| if x.is_finite() { Value::from(x) } else { Value::Null }),
            (-1000_i32..1000, -30_i32..30).prop_map(|(n, e)| Value::from(f64::from(n) * 10_f64.powi(e))),
            "\\PC{0,8}|[\\x00-\\x1f\"\\\\]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,4}", inner), 0..5)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    /// Equal as numbers are, whatever their type.
    fn same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
            (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
            (Value::Object(a), Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
            }
            _ => one == other,
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_read_as_the_same_value(value in values()) {
            let text = canonical(&value);
            let read: Value = serde_json::from_str(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            prop_assert!(same(&read, &value), "{} {}", text, value);
            prop_assert_eq!(canonical(&read), text, "writing again changes nothing");
        }

        #[test]
        fn the_order_of_a_map_makes_no_difference(entries in prop::collection::hash_map("\\PC{0,3}", values(), 0..6)) {
            let sorted: BTreeMap<_, _> = entries.clone().into_iter().collect();
            prop_assert_eq!(content_key("x/1", &entries), content_key("x/1", &sorted));
        }

        #[test]
        fn numbers_are_written_as_they_are_read(x in any::<f64>()) {
            prop_assume!(x.is_finite());
            let text = canonical(&x);
            // `str::parse` rounds correctly.
            let read: f64 = text.parse().expect("a number");
            prop_assert!(read.to_bits() == x.to_bits() || (read == 0.0 && x == 0.0), "{text}");
        }
    }
}
