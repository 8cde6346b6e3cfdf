//! Sentences for people that can be translated.
//!
//! Hven writes English: on the command line, in its log, in the record. A page may show the same in another language, so each
//! sentence also has a code and its values. [`sentences!`] makes a table of sentences; their English text is written only
//! there. [`recognise`] finds the sentence of a recorded text.

use std::fmt;

use crate::Time;

/// A sentence: its English text, with its code and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Such as `waits.queue`.
    pub code: &'static str,
    /// By the names in the braces of its template; the unit is the last part of a name: `limit_bytes`, `limit_s`.
    pub values: Vec<(&'static str, Value)>,
    pub text: String,
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A value in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Plain(serde_json::Value),
    Sentence(Sentence),
}

/// An English text with `{names}`, and the kinds of their values.
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
    /// A sentence, or a text that may be one of the recorded sentences.
    Sentence,
}

/// A type that can be a value of a sentence.
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

/// A time in a sentence, in the text to the minute and in UTC; the separate value is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub Time);

impl Moment {
    /// The text to the second, for times that a user chose.
    pub fn to_the_second(self) -> String {
        self.written("%Y-%m-%d %H:%M:%S UTC")
    }

    fn written(self, format: &str) -> String {
        jiff::Timestamp::from_microsecond(self.0.micros())
            .map_or_else(|_| self.0.to_string(), |time| time.strftime(format).to_string())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written("%Y-%m-%d %H:%M UTC"))
    }
}

impl Part for Moment {
    const KIND: Kind = Kind::Text;
    fn value(&self) -> Value {
        Value::Plain(self.0.to_string().into())
    }
}

/// A duration in a sentence, in the text as people say it; the separate value is in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seconds(pub f64);

/// `41 s`, `2 min 05 s`, `3 h 20 min`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0;
        let whole = seconds.round() as u64;
        match whole {
            _ if !seconds.is_finite() || seconds < 0.0 => write!(f, "?"),
            _ if seconds < 0.9995 => write!(f, "{:.0} ms", seconds * 1e3),
            _ if seconds < 9.95 => write!(f, "{seconds:.1} s"),
            0..60 => write!(f, "{whole} s"),
            60..3600 => write!(f, "{} min {:02} s", whole / 60, whole % 60),
            3600..86_400 => write!(f, "{} h {:02} min", whole / 3600, whole / 60 % 60),
            _ => write!(f, "{} d {} h", whole / 86_400, whole / 3600 % 24),
        }
    }
}

impl Part for Seconds {
    const KIND: Kind = Kind::Number;
    fn value(&self) -> Value {
        Value::Plain(self.0.into())
    }
}

/// A size in a sentence, in the text with three digits at most; the separate value is in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// `41 B`, `3.1 kB`, `8.6 GB`.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
        if self.0 < 1000 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1000.0;
        let mut unit = 0;
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1000.0;
            unit += 1;
        }
        let digits = usize::from(value < 9.95);
        write!(f, "{value:.digits$} {}", UNITS[unit])
    }
}

impl Part for Bytes {
    const KIND: Kind = Kind::Number;
    fn value(&self) -> Value {
        Value::Plain(self.0.into())
    }
}

impl Part for Sentence {
    const KIND: Kind = Kind::Sentence;
    fn value(&self) -> Value {
        Value::Sentence(self.clone())
    }
}

/// A table of sentences: an enum with a variant for each sentence, with its code and its English text. `{names}` in the text
/// are the fields of the variant.
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

/// The sentence of a text: the first template that matches.
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
#[allow(unreachable_pub, reason = "a table of sentences is public, and this one is used only here")]
mod tests {
    use super::*;

    sentences! {
        pub enum Example {
            Nothing = "nothing", "nothing is there";
            Late { who: String, by_s: f64 } = "late", "{who} is late by {by_s} s";
            Because { what: Sentence, times: u32 } = "because", "because {what}, {times} times";
        }
    }

    #[test]
    fn a_moment_is_short_in_the_text_and_exact_as_a_value() {
        let moment = Moment(Time::from_micros(1_767_225_661_250_000));
        assert_eq!(moment.to_string(), "2026-01-01 00:01 UTC");
        assert_eq!(moment.to_the_second(), "2026-01-01 00:01:01 UTC");
        assert_eq!(moment.value(), Value::Plain("2026-01-01T00:01:01.250000Z".into()));
    }

    #[test]
    fn a_sentence_has_its_text_and_its_values() {
        let late = Example::Late { who: "Tycho".to_owned(), by_s: 1.5 }.sentence();
        assert_eq!(late.to_string(), "Tycho is late by 1.5 s");
        assert_eq!(late.values[1], ("by_s", Value::Plain(1.5.into())));
        let because = Example::Because { what: late.clone(), times: 2 }.sentence();
        assert_eq!(because.text, "because Tycho is late by 1.5 s, 2 times");
        assert_eq!(because.values[0], ("what", Value::Sentence(late)));
    }

    #[test]
    fn written_sentences_are_recognised() {
        let late = Example::Late { who: "a {b} c".to_owned(), by_s: 3.0 };
        let sentences = [
            Example::Nothing.sentence(),
            Example::Late { who: "Tycho".to_owned(), by_s: 1.5 }.sentence(),
            Example::Because { what: Example::Late { who: "x".to_owned(), by_s: 0.25 }.sentence(), times: 7 }
                .sentence(),
        ];
        for sentence in sentences {
            let read = recognise(Example::TEMPLATES, &sentence.text).expect("one of ours");
            assert_eq!((read.code, &read.text), (sentence.code, &sentence.text));
            assert_eq!(format!("{:?}", read.values), format!("{:?}", sentence.values));
        }
        assert_eq!(recognise(Example::TEMPLATES, &late.to_string()).map(|read| read.code), Some("late"));
        for other in ["", "nothing", "nothing is there.", "Tycho is late by far s", "because "] {
            assert_eq!(recognise(Example::TEMPLATES, other), None, "{other}");
        }
    }
}
