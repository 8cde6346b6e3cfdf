//! Reads requests of people strictly: an unknown field is refused. Otherwise a misspelt `project` would mean the whole
//! home.
//!
//! The wire types themselves are lenient: clients read them too, and the answers of newer servers may have more fields.
//! So this file wraps the deserializer. The wrapper forwards all calls, and compares the names in each structure with the
//! names of its fields. It does not check maps, values of any shape, internally tagged variants, or a structure that
//! contains a flattened one. An operation without query parameters refuses every parameter ([`QueryDeclaration`]).

use std::{
    cell::RefCell,
    fmt,
    sync::{Arc, OnceLock},
};

use axum::{
    Json,
    extract::{
        Query,
        rejection::{JsonRejection, QueryRejection},
    },
    http::Uri,
};
use hven_core::nearest::suggestion;
use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor, value,
    },
    forward_to_deserialize_any,
};
use utoipa::openapi::{RefOr, path::ParameterIn};

/// A field or parameter name that the server does not know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownName {
    name: String,
    /// The field that contains the unknown name, unless it is in the outermost structure.
    within: Option<&'static str>,
    known: &'static [&'static str],
}

impl UnknownName {
    /// The part of a name that a message shows.
    const CHARS_MAX: usize = 100;

    /// `noun` is `field` or `parameter`.
    pub(crate) fn why(&self, noun: &str) -> String {
        let name: String = self.name.chars().take(Self::CHARS_MAX).collect();
        let within = self.within.map(|within| format!(" in `{within}`")).unwrap_or_default();
        format!("there is no {noun} {name:?}{within}")
    }

    pub(crate) fn hint(&self) -> String {
        suggestion(&self.name, self.known.iter().copied()).unwrap_or_else(|| match self.known {
            [] => "none are known here".to_owned(),
            known => format!("known here: {}", known.join(", ")),
        })
    }
}

/// The reason why a request could not be read.
#[derive(Debug)]
pub(crate) enum ReadError<R> {
    Unknown(UnknownName),
    Rejected(R),
}

/// Reads a JSON body.
pub(crate) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ReadError<JsonRejection>> {
    let found = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let position = ReadPosition { within: None, found: &found };
    let read = T::deserialize(Checked { inner: &mut json, position }).and_then(|body| json.end().map(|()| body));
    match (read, found.take()) {
        (_, Some(unknown)) => Err(ReadError::Unknown(unknown)),
        (Ok(body), None) => Ok(body),
        // Read again with axum, whose error message contains the position.
        (Err(_), None) => Json::from_bytes(bytes).map(|Json(body)| body).map_err(ReadError::Rejected),
    }
}

/// Reads query parameters.
pub(crate) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, ReadError<QueryRejection>> {
    if let Some(known) = fields_of::<T>() {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(ReadError::Rejected)?;
        if let Some((name, _)) = pairs.into_iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(ReadError::Unknown(UnknownName { name, within: None, known }));
        }
    }
    Query::try_from_uri(uri).map(|Query(query)| query).map_err(ReadError::Rejected)
}

/// Whether an operation declares query parameters. Such an operation reads them with [`query`]. For an operation without
/// parameters, [`Self::check`] refuses any.
#[derive(Clone, Debug)]
pub(crate) struct QueryDeclaration {
    /// Builds the operation's description. This happens only when a request has a query: at the start of the server it
    /// would take too long for all operations.
    any: fn() -> bool,
    known: Arc<OnceLock<bool>>,
}

impl QueryDeclaration {
    pub(crate) fn of<Description: utoipa::Path>() -> Self {
        Self { any: declares_query::<Description>, known: Arc::default() }
    }

    /// Refuses the first parameter when the operation declares none.
    pub(crate) fn check(&self, uri: &Uri) -> Result<(), ReadError<QueryRejection>> {
        if uri.query().is_none_or(str::is_empty) || *self.known.get_or_init(self.any) {
            return Ok(());
        }
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(ReadError::Rejected)?;
        match pairs.into_iter().next() {
            Some((name, _)) => Err(ReadError::Unknown(UnknownName { name, within: None, known: &[] })),
            None => Ok(()),
        }
    }
}

fn declares_query<Description: utoipa::Path>() -> bool {
    let declared = Description::operation().parameters.unwrap_or_default();
    declared.iter().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    })
}

/// The field names of a structure; nothing for other types.
fn fields_of<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    struct Probe<'p>(&'p mut Option<&'static [&'static str]>);

    impl<'de> Deserializer<'de> for Probe<'_> {
        type Error = value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
            Err(value::Error::custom("only the names are wanted"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, value::Error> {
            *self.0 = Some(fields);
            self.deserialize_any(visitor)
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut fields = None;
    // This always fails, after the probe has noted the names.
    let _ = T::deserialize(Probe(&mut fields));
    fields
}

/// The position of the reader, and the first unknown name.
#[derive(Clone, Copy)]
struct ReadPosition<'w> {
    within: Option<&'static str>,
    found: &'w RefCell<Option<UnknownName>>,
}

/// A deserializer, sequence or seed with the position of the reader.
struct Checked<'w, T> {
    inner: T,
    position: ReadPosition<'w>,
}

/// A visitor with the position of the reader. It wraps the visitors of types that may contain structures; all other
/// visitors are forwarded unchanged.
struct CheckedVisitor<'w, V> {
    visitor: V,
    /// The field names, when the visited value is a structure.
    fields: Option<&'static [&'static str]>,
    position: ReadPosition<'w>,
}

/// The entries of a structure or a map.
struct CheckedEntries<'w, A> {
    inner: A,
    fields: Option<&'static [&'static str]>,
    position: ReadPosition<'w>,
    /// The field whose value comes next.
    field: Option<&'static str>,
}

macro_rules! forward {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )* };
}

impl<'w, D> Checked<'w, D> {
    fn checked_visitor<V>(&self, visitor: V) -> CheckedVisitor<'w, V> {
        CheckedVisitor { visitor, fields: None, position: self.position }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Checked<'_, D> {
    type Error = D::Error;

    forward! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_option(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.checked_visitor(visitor);
        self.inner.deserialize_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = CheckedVisitor { fields: Some(fields), ..self.checked_visitor(visitor) };
        self.inner.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for CheckedVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Checked { inner, position: self.position })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Checked { inner, position: self.position })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Checked { inner, position: self.position })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(CheckedEntries { inner, fields: self.fields, position: self.position, field: None })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Checked<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Checked { inner: seed, position: self.position })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Checked<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Checked { inner, position: self.position })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for CheckedEntries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(known) = self.fields else { return self.inner.next_key_seed(seed) };
        let Some(name) = self.inner.next_key::<String>()? else { return Ok(None) };
        let Some(field) = known.iter().copied().find(|field| *field == name) else {
            *self.position.found.borrow_mut() = Some(UnknownName { name, within: self.position.within, known });
            return Err(A::Error::custom("an unknown name"));
        };
        self.field = Some(field);
        let field = IntoDeserializer::<'de, A::Error>::into_deserializer(field);
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let position = ReadPosition { within: self.field.or(self.position.within), ..self.position };
        self.inner.next_value_seed(Checked { inner: seed, position })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct TestRequest {
        name: String,
        #[serde(default)]
        project: Option<String>,
        #[serde(default)]
        limits: Option<Limits>,
        #[serde(default)]
        steps: Vec<Limits>,
        #[serde(default)]
        params: BTreeMap<String, serde_json::Value>,
        #[serde(default)]
        by_name: BTreeMap<String, Limits>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Limits {
        #[serde(default)]
        wall_s: Option<f64>,
    }

    #[test]
    fn an_unknown_field_is_found_at_every_depth() {
        let check = |text: &str, why: &str, hint: &str| {
            let Err(ReadError::Unknown(unknown)) = body::<TestRequest>(text.as_bytes()) else {
                panic!("{text} was read")
            };
            assert_eq!((unknown.why("field").as_str(), unknown.hint().as_str()), (why, hint), "{text}");
        };
        let all = "known here: name, project, limits, steps, params, by_name";
        check(r#"{"name":"a","projct":"b"}"#, r#"there is no field "projct""#, "is `project` meant?");
        check(r#"{"quite else":1}"#, r#"there is no field "quite else""#, all);
        let there = |field: &str| format!("there is no field \"wal_s\" in `{field}`");
        check(r#"{"name":"a","limits":{"wal_s":1}}"#, &there("limits"), "is `wall_s` meant?");
        check(r#"{"name":"a","steps":[{},{"wal_s":1}]}"#, &there("steps"), "is `wall_s` meant?");
        check(r#"{"name":"a","by_name":{"x":{"wal_s":1}}}"#, &there("by_name"), "is `wall_s` meant?");
    }

    #[test]
    fn known_fields_are_read_as_by_serde() {
        let text = r#"{"name":"a","limits":null,"steps":[{"wall_s":1.5}],"params":{"x":{"y":[1]}},"project":"p"}"#;
        let read = body::<TestRequest>(text.as_bytes()).expect("a request");
        assert_eq!(read, serde_json::from_str::<TestRequest>(text).expect("a request"));
        for wrong in ["", "[]", "{}", r#"{"name":1}"#, r#"{"name":"a"} x"#, r#"{"name":"a","name":"b"}"#] {
            let read = body::<TestRequest>(wrong.as_bytes());
            assert!(matches!(read, Err(ReadError::Rejected(_))), "{wrong}: {read:?}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_found() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct TestQuery {
            #[serde(default)]
            of: Option<String>,
        }
        let read = |text: &str| query::<TestQuery>(&text.parse().expect("an address"));
        assert_eq!(read("/graph?of=a%20b").expect("read"), TestQuery { of: Some("a b".to_owned()) });
        assert_eq!(read("/graph").expect("read"), TestQuery { of: None });
        let Err(ReadError::Unknown(unknown)) = read("/graph?node=a") else { panic!("it was read") };
        assert_eq!(unknown.why("parameter"), r#"there is no parameter "node""#);
        assert_eq!(unknown.hint(), "known here: of");
    }
}
