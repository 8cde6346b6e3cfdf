//! Sentences for people that can be said in more than one language.
//!
//! Hven says things in English: on the command line, in its log, in what it records. A page may want to say the same in
//! another language, so each sentence also has a code, and the values that stand in it. [`sentences!`] makes a table of
//! them; what English text they have is written there and nowhere else. A text that was recorded is read back with
//! [`recognise`].

use std::fmt;

use crate::Time;

/// Something said: its English text, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Such as `waits.queue`.
    pub code: &'static str,
    /// By the names in the braces of its template; the unit comes last in a name: `limit_bytes`, `limit_s`.
    pub values: Vec<(&'static str, Value)>,
    pub text: String,
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What stands in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Plain(serde_json::Value),
    Sentence(Sentence),
}

/// English with `{names}`, and what may stand in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    pub code: &'static str,
    pub text: &'static str,
    pub parts: &'static [(&'static str, Kind)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    /// A sentence, or a text that may be one of those that Hven records.
    Sentence,
}

/// What may be a value of a sentence.
pub trait Part: fmt::Display {
    const KIND: Kind;
    fn value(&self) -> Value;
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl Part for $number {
            const KIND: Kind = Kind::Number;
            fn value(&self) -> Value {
                Value::Plain((*self).into())
            }
        })*
    };
}
numbers!(u32, u64, i32, usize, f64);

impl Part for String {
    const KIND: Kind = Kind::Text;
    fn value(&self) -> Value {
        Value::Plain(self.clone().into())
    }
}

/// A time in a sentence, to the minute and in UTC; the value beside the text is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Time);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0.micros()) {
            Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%d %H:%M UTC")),
            Err(_) => self.0.fmt(f),
        }
    }
}

impl Part for Moment {
    const KIND: Kind = Kind::Text;
    fn value(&self) -> Value {
        Value::Plain(self.0.to_string().into())
    }
}

impl Part for Sentence {
    const KIND: Kind = Kind::Sentence;
    fn value(&self) -> Value {
        Value::Sentence(self.clone())
    }
}

/// A table of sentences: an enum with a variant for each, which has its code and its English. `{names}` in the English
/// are the variant's fields.
#[macro_export]
macro_rules! sentences {
    (
        $(#[$doc:meta])*
        pub enum $table:ident {
            $($(#[$about:meta])* $name:ident $({ $($part:ident: $kind:ty),* $(,)? })? = $code:literal, $text:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $table {
            $($(#[$about])* $name $({ $($part: $kind),* })?,)*
        }

        impl $table {
            pub const TEMPLATES: &'static [$crate::sentence::Template] = &[$($crate::sentence::Template {
                code: $code,
                text: $text,
                parts: &[$($((stringify!($part), <$kind as $crate::sentence::Part>::KIND)),*)?],
            }),*];

            pub fn sentence(&self) -> $crate::sentence::Sentence {
                let (code, values) = match self {
                    $(Self::$name $({ $($part),* })? => {
                        ($code, vec![$($((stringify!($part), $crate::sentence::Part::value($part))),*)?])
                    })*
                };
                $crate::sentence::Sentence { code, values, text: self.to_string() }
            }
        }

        impl ::std::fmt::Display for $table {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { $(Self::$name $({ $($part),* })? => write!(f, $text),)* }
            }
        }
    };
}

/// The sentence that a text is, when it fits one of the templates; the first that fits.
pub fn recognise(templates: &'static [Template], text: &str) -> Option<Sentence> {
    templates.iter().find_map(|template| {
        let mut values = Vec::with_capacity(template.parts.len());
        let (mut english, mut left) = template.text.split_once('{').unwrap_or((template.text, ""));
        let mut read = text.strip_prefix(english)?;
        while let Some((name, rest)) = left.split_once('}') {
            (english, left) = rest.split_once('{').unwrap_or((rest, ""));
            let end = if left.is_empty() && english.is_empty() { read.len() } else { read.find(english)? };
            let &(name, kind) = template.parts.iter().find(|(part, _)| *part == name)?;
            values.push((name, read_part(templates, kind, &read[..end])?));
            read = &read[end + english.len()..];
        }
        read.is_empty().then(|| Sentence { code: template.code, values, text: text.to_owned() })
    })
}

fn read_part(templates: &'static [Template], kind: Kind, text: &str) -> Option<Value> {
    Some(match kind {
        Kind::Number => {
            Value::Plain(text.parse::<i64>().map(Into::into).or_else(|_| text.parse::<f64>().map(Into::into)).ok()?)
        }
        Kind::Text => Value::Plain(text.into()),
        Kind::Sentence => recognise(templates, text).map_or_else(|| Value::Plain(text.into()), Value::Sentence),
    })
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "a table of sentences is public, and nobody else sees this one")]
mod tests {
    use super::*;

    sentences! {
        pub enum Said {
            Nothing = "nothing", "nothing is there";
            Late { who: String, by_s: f64 } = "late", "{who} is late by {by_s} s";
            Because { what: Sentence, times: u32 } = "because", "because {what}, {times} times";
        }
    }

    #[test]
    fn a_moment_is_short_in_the_text_and_exact_beside_it() {
        let moment = Moment(Time::from_micros(1_767_225_661_250_000));
        assert_eq!(moment.to_string(), "2026-01-01 00:01 UTC");
        assert_eq!(moment.value(), Value::Plain("2026-01-01T00:01:01.250000Z".into()));
    }

    #[test]
    fn a_sentence_has_its_text_and_its_values() {
        let late = Said::Late { who: "Tycho".to_owned(), by_s: 1.5 }.sentence();
        assert_eq!(late.to_string(), "Tycho is late by 1.5 s");
        assert_eq!(late.values[1], ("by_s", Value::Plain(1.5.into())));
        let because = Said::Because { what: late.clone(), times: 2 }.sentence();
        assert_eq!(because.text, "because Tycho is late by 1.5 s, 2 times");
        assert_eq!(because.values[0], ("what", Value::Sentence(late)));
    }

    #[test]
    fn what_was_written_is_recognised() {
        let late = Said::Late { who: "a {b} c".to_owned(), by_s: 3.0 };
        let said = [
            Said::Nothing.sentence(),
            Said::Late { who: "Tycho".to_owned(), by_s: 1.5 }.sentence(),
            Said::Because { what: Said::Late { who: "x".to_owned(), by_s: 0.25 }.sentence(), times: 7 }.sentence(),
        ];
        for sentence in said {
            let read = recognise(Said::TEMPLATES, &sentence.text).expect("one of ours");
            assert_eq!((read.code, &read.text), (sentence.code, &sentence.text));
            assert_eq!(format!("{:?}", read.values), format!("{:?}", sentence.values));
        }
        assert_eq!(recognise(Said::TEMPLATES, &late.to_string()).map(|read| read.code), Some("late"));
        for other in ["", "nothing", "nothing is there.", "Tycho is late by far s", "because "] {
            assert_eq!(recognise(Said::TEMPLATES, other), None, "{other}");
        }
    }
}
