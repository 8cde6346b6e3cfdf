//! Writes any serialisable value as canonical JSON (RFC 8785).

use std::fmt::{self, Display};

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
        SerializeTupleVariant,
    },
};

/// The reason why something has no content key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoContentKey {
    #[error("this cannot be written as JSON: {0}")]
    NotJson(String),
    #[error("it contains a number that is not finite, which has no canonical form")]
    NotFinite,
    #[error("it is nested more than {DEPTH_MAX} levels deep")]
    TooDeep,
}

impl serde::ser::Error for NoContentKey {
    fn custom<T: Display>(why: T) -> Self {
        Self::NotJson(why.to_string())
    }
}

/// The largest depth of a value; no real content is deeper.
const DEPTH_MAX: usize = 100;

type Result<T> = std::result::Result<T, NoContentKey>;

/// Appends one value to a text.
pub(super) struct Writer<'a> {
    text: &'a mut String,
    depth: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(text: &'a mut String) -> Self {
        Self { text, depth: 0 }
    }
    fn plain(self, text: impl Display) -> Result<()> {
        use fmt::Write as _;
        write!(self.text, "{text}").map_err(|error| NoContentKey::NotJson(error.to_string()))
    }
    /// A writer for the next deeper level.
    fn deeper(self) -> Result<Self> {
        if self.depth == DEPTH_MAX { Err(NoContentKey::TooDeep) } else { Ok(Self { depth: self.depth + 1, ..self }) }
    }
    fn list(self, end: &'static str) -> Result<List<'a>> {
        let Self { text, depth } = self.deeper()?;
        text.push('[');
        Ok(List { text, depth, first: true, end })
    }
    fn map(self, end: &'static str) -> Result<Map<'a>> {
        let Self { text, depth } = self.deeper()?;
        Ok(Map { text, depth, entries: Vec::new(), key: None, end })
    }
    /// Writes `{"variant":` before the content of a variant.
    fn variant(self, variant: &str) -> Self {
        self.text.push('{');
        quoted(variant, self.text);
        self.text.push(':');
        self
    }
}

/// The items of a list; `end` closes it and any bracket that was opened around it.
pub(super) struct List<'a> {
    text: &'a mut String,
    depth: usize,
    first: bool,
    end: &'static str,
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        if !self.first {
            self.text.push(',');
        }
        self.first = false;
        value.serialize(Writer { text: self.text, depth: self.depth })
    }
    fn close(self) {
        self.text.push_str(self.end);
    }
}

/// The entries of a map, kept until all are known and can be sorted.
pub(super) struct Map<'a> {
    text: &'a mut String,
    depth: usize,
    entries: Vec<(String, String)>,
    key: Option<String>,
    end: &'static str,
}

impl Map<'_> {
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let mut text = String::new();
        key.serialize(Writer { text: &mut text, depth: self.depth })?;
        let key = match text.chars().next() {
            Some('"') => serde_json::from_str(&text).map_err(|error| NoContentKey::NotJson(error.to_string()))?,
            Some('-' | '0'..='9' | 't' | 'f') => text,
            _ => return Err(NoContentKey::NotJson("the key of a map is a text, a number or a truth".to_owned())),
        };
        self.key = Some(key);
        Ok(())
    }
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().ok_or_else(|| NoContentKey::NotJson("a value has no key".to_owned()))?;
        self.entry(key, value)
    }
    fn entry<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<()> {
        let mut text = String::new();
        value.serialize(Writer { text: &mut text, depth: self.depth })?;
        self.entries.push((key, text));
        Ok(())
    }
    fn close(mut self) -> Result<()> {
        self.entries.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
        if let Some(twice) = self.entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(NoContentKey::NotJson(format!("the key {:?} stands twice", twice[0].0)));
        }
        self.text.push('{');
        for (at, (key, value)) in self.entries.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            quoted(key, self.text);
            self.text.push(':');
            self.text.push_str(value);
        }
        self.text.push_str(self.end);
        Ok(())
    }
}

fn quoted(text: &str, into: &mut String) {
    into.push('"');
    for letter in text.chars() {
        match letter {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\u{8}' => into.push_str("\\b"),
            '\t' => into.push_str("\\t"),
            '\n' => into.push_str("\\n"),
            '\u{c}' => into.push_str("\\f"),
            '\r' => into.push_str("\\r"),
            '\u{0}'..='\u{1f}' => {
                into.push_str("\\u00");
                let hex = |digit: u32| char::from_digit(digit, 16).unwrap_or('0');
                into.extend([hex(u32::from(letter) >> 4), hex(u32::from(letter) & 15)]);
            }
            letter => into.push(letter),
        }
    }
    into.push('"');
}

/// A finite number in the form of ECMAScript: the shortest digits, with an exponent only for very large and very small numbers.
fn number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    // Rust's own form has the shortest digits, too: `-1.25e-7`.
    let scientific = format!("{:e}", x.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = digits.replace('.', "");
    // The position of the decimal point, counted from before the first digit.
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = digits.len() as i32;
    let zeros = |count: i32| "0".repeat(count.max(0) as usize);
    let text = match point {
        1..=21 if point >= count => format!("{digits}{}", zeros(point - count)),
        1..=21 => format!("{}.{}", &digits[..point as usize], &digits[point as usize..]),
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let sign = if point > 0 { "+" } else { "-" };
            let exponent = (point - 1).abs();
            match digits.split_at(1) {
                (first, "") => format!("{first}e{sign}{exponent}"),
                (first, rest) => format!("{first}.{rest}e{sign}{exponent}"),
            }
        }
    };
    if x < 0.0 { format!("-{text}") } else { text }
}

macro_rules! plain {
    ($($method:ident $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<()> {
            self.plain(value)
        }
    )*};
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = NoContentKey;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Map<'a>;
    type SerializeStruct = Map<'a>;
    type SerializeStructVariant = Map<'a>;

    plain! {
        serialize_bool bool
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 serialize_i128 i128
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 serialize_u128 u128
    }
    fn serialize_f32(self, value: f32) -> Result<()> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<()> {
        if value.is_finite() { self.plain(number(value)) } else { Err(NoContentKey::NotFinite) }
    }
    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<()> {
        quoted(value, self.text);
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.collect_seq(value)
    }
    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<()> {
        self.plain("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let Self { text, depth } = self.variant(variant).deeper()?;
        value.serialize(Writer { text: &mut *text, depth })?;
        text.push('}');
        Ok(())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>> {
        self.list("]")
    }
    fn serialize_tuple(self, _: usize) -> Result<List<'a>> {
        self.list("]")
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>> {
        self.list("]")
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<List<'a>> {
        self.variant(variant).list("]}")
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Map<'a>> {
        self.map("}")
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Map<'a>> {
        // Raw JSON text can be written in many ways, and so has no canonical form.
        if name.starts_with("$serde_json::private") {
            return Err(NoContentKey::NotJson("raw JSON has no canonical form".to_owned()));
        }
        self.map("}")
    }
    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Map<'a>> {
        self.variant(variant).map("}}")
    }
}

macro_rules! lists {
    ($($trait:ident $method:ident)*) => {$(
        impl $trait for List<'_> {
            type Ok = ();
            type Error = NoContentKey;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.item(value)
            }
            fn end(self) -> Result<()> {
                self.close();
                Ok(())
            }
        }
    )*};
}
lists! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

impl SerializeMap for Map<'_> {
    type Ok = ();
    type Error = NoContentKey;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.value(value)
    }
    fn end(self) -> Result<()> {
        self.close()
    }
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl $trait for Map<'_> {
            type Ok = ();
            type Error = NoContentKey;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
                self.entry(key.to_owned(), value)
            }
            fn end(self) -> Result<()> {
                self.close()
            }
        }
    )*};
}
structs! { SerializeStruct SerializeStructVariant }
