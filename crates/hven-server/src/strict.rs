//! Requests of people are read strictly: a field that nothing reads is refused. A misspelt `project` must not mean the whole
//! home.
//!
//! The wire types themselves are lenient, because clients read them too, and answers of newer servers may say more. So the
//! reading is watched instead: a deserializer that hands everything on, and compares the names in a structure with those that
//! the structure has. What is not read by name is not compared: maps, values of any shape, variants that are told by a tag, and
//! the structure into which another one is flattened. An operation that takes no query parameters refuses each of them
//! ([`Declares`]).

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
use hven_core::nearest::is_meant;
use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor, value,
    },
    forward_to_deserialize_any,
};
use utoipa::openapi::{RefOr, path::ParameterIn};

/// A name that nothing reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    name: String,
    /// The field in which it stands, when it is not the outermost structure.
    within: Option<&'static str>,
    known: &'static [&'static str],
}

impl Unknown {
    /// What a message shows of a name.
    const CHARS_MAX: usize = 100;

    /// `noun` is what the names are: fields, or parameters.
    pub(crate) fn why(&self, noun: &str) -> String {
        let name: String = self.name.chars().take(Self::CHARS_MAX).collect();
        let within = self.within.map(|within| format!(" in `{within}`")).unwrap_or_default();
        format!("there is no {noun} {name:?}{within}")
    }

    pub(crate) fn hint(&self) -> String {
        is_meant(&self.name, self.known.iter().copied()).unwrap_or_else(|| match self.known {
            [] => "nothing can be said here".to_owned(),
            known => format!("known here: {}", known.join(", ")),
        })
    }
}

/// Why a request could not be read.
#[derive(Debug)]
pub(crate) enum Unread<R> {
    Unknown(Unknown),
    Rejected(R),
}

/// Reads a JSON body.
pub(crate) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread<JsonRejection>> {
    let found = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let watch = Watch { within: None, found: &found };
    let read = T::deserialize(Watched { inner: &mut json, watch }).and_then(|body| json.end().map(|()| body));
    match (read, found.take()) {
        (_, Some(unknown)) => Err(Unread::Unknown(unknown)),
        (Ok(body), None) => Ok(body),
        // Read once more for a message that says where.
        (Err(_), None) => Json::from_bytes(bytes).map(|Json(body)| body).map_err(Unread::Rejected),
    }
}

/// Reads query parameters.
pub(crate) fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Unread<QueryRejection>> {
    if let Some(known) = fields_of::<T>() {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(Unread::Rejected)?;
        if let Some((name, _)) = pairs.into_iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(Unread::Unknown(Unknown { name, within: None, known }));
        }
    }
    Query::try_from_uri(uri).map(|Query(query)| query).map_err(Unread::Rejected)
}

/// Whether an operation declares query parameters. One that declares some reads them with [`query`]; one that declares none
/// would not look at them, and is asked here.
#[derive(Clone, Debug)]
pub(crate) struct Declares {
    /// The description is made when a request has a query at all: making those of all operations takes a server long.
    any: fn() -> bool,
    known: Arc<OnceLock<bool>>,
}

impl Declares {
    pub(crate) fn of<Description: utoipa::Path>() -> Self {
        Self { any: declares_query::<Description>, known: Arc::default() }
    }

    /// Refuses the first parameter when the operation has none.
    pub(crate) fn check(&self, uri: &Uri) -> Result<(), Unread<QueryRejection>> {
        if uri.query().is_none_or(str::is_empty) || *self.known.get_or_init(self.any) {
            return Ok(());
        }
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(Unread::Rejected)?;
        match pairs.into_iter().next() {
            Some((name, _)) => Err(Unread::Unknown(Unknown { name, within: None, known: &[] })),
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

/// The names of the fields of a structure.
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
    // It fails, by its nature.
    let _ = T::deserialize(Probe(&mut fields));
    fields
}

/// Where the reading is, and what was found.
#[derive(Clone, Copy)]
struct Watch<'w> {
    within: Option<&'static str>,
    found: &'w RefCell<Option<Unknown>>,
}

/// What is read, or reads, under watch.
struct Watched<'w, T> {
    inner: T,
    watch: Watch<'w>,
}

/// A visitor under watch. It is handed to what may hold structures; all else is visited as it is.
struct Watcher<'w, V> {
    visitor: V,
    /// The names that the structure has, when it is one.
    fields: Option<&'static [&'static str]>,
    watch: Watch<'w>,
}

/// The entries of a structure or a map.
struct Entries<'w, A> {
    inner: A,
    fields: Option<&'static [&'static str]>,
    watch: Watch<'w>,
    /// The field whose value comes next.
    field: Option<&'static str>,
}

macro_rules! hand_on {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )* };
}

impl<'w, D> Watched<'w, D> {
    fn watcher<V>(&self, visitor: V) -> Watcher<'w, V> {
        Watcher { visitor, fields: None, watch: self.watch }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Watched<'_, D> {
    type Error = D::Error;

    hand_on! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_option(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_seq(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.watcher(visitor);
        self.inner.deserialize_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Watcher { fields: Some(fields), ..self.watcher(visitor) };
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

impl<'de, V: Visitor<'de>> Visitor<'de> for Watcher<'_, V> {
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
        self.visitor.visit_some(Watched { inner, watch: self.watch })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Watched { inner, watch: self.watch })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Watched { inner, watch: self.watch })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Entries { inner, fields: self.fields, watch: self.watch, field: None })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Watched<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Watched { inner: seed, watch: self.watch })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Watched<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Watched { inner, watch: self.watch })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(known) = self.fields else { return self.inner.next_key_seed(seed) };
        let Some(name) = self.inner.next_key::<String>()? else { return Ok(None) };
        let Some(field) = known.iter().copied().find(|field| *field == name) else {
            *self.watch.found.borrow_mut() = Some(Unknown { name, within: self.watch.within, known });
            return Err(A::Error::custom("a name that nothing reads"));
        };
        self.field = Some(field);
        let field = IntoDeserializer::<'de, A::Error>::into_deserializer(field);
        seed.deserialize(field).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let watch = Watch { within: self.field.or(self.watch.within), ..self.watch };
        self.inner.next_value_seed(Watched { inner: seed, watch })
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
    struct Wish {
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
    fn a_field_that_nothing_reads_is_found_wherever_it_stands() {
        let check = |text: &str, why: &str, hint: &str| {
            let Err(Unread::Unknown(unknown)) = body::<Wish>(text.as_bytes()) else { panic!("{text} was read") };
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
    fn what_is_known_is_read_as_ever() {
        let text = r#"{"name":"a","limits":null,"steps":[{"wall_s":1.5}],"params":{"x":{"y":[1]}},"project":"p"}"#;
        let read = body::<Wish>(text.as_bytes()).expect("a wish");
        assert_eq!(read, serde_json::from_str::<Wish>(text).expect("a wish"));
        for wrong in ["", "[]", "{}", r#"{"name":1}"#, r#"{"name":"a"} x"#, r#"{"name":"a","name":"b"}"#] {
            let read = body::<Wish>(wrong.as_bytes());
            assert!(matches!(read, Err(Unread::Rejected(_))), "{wrong}: {read:?}");
        }
    }

    #[test]
    fn a_parameter_that_nothing_reads_is_found() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Of {
            #[serde(default)]
            of: Option<String>,
        }
        let read = |text: &str| query::<Of>(&text.parse().expect("an address"));
        assert_eq!(read("/graph?of=a%20b").expect("read"), Of { of: Some("a b".to_owned()) });
        assert_eq!(read("/graph").expect("read"), Of { of: None });
        let Err(Unread::Unknown(unknown)) = read("/graph?node=a") else { panic!("it was read") };
        assert_eq!(unknown.why("parameter"), r#"there is no parameter "node""#);
        assert_eq!(unknown.hint(), "known here: of");
    }
}
