//! The encoding of a text file.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The encoding of text. In JSON it is a lower-case name such as `utf-8` or `gb18030`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Windows-1252, which includes Latin-1; `latin-1` in JSON.
    Latin1,
    /// Another one of the WHATWG's standard, by its name in lower case.
    Other(&'static str),
}

/// The names of the other encodings.
const OTHERS: &[&str] = &[
    "big5",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "gbk",
    "ibm866",
    "iso-2022-jp",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "shift_jis",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "x-mac-cyrillic",
];

impl Encoding {
    /// The encoding with this name, in any case. Labels other than the names are not known here.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "utf-8" => Some(Self::Utf8),
            "utf-16le" => Some(Self::Utf16Le),
            "utf-16be" => Some(Self::Utf16Be),
            "latin-1" | "windows-1252" => Some(Self::Latin1),
            _ => OTHERS.iter().find(|other| **other == name).map(|other| Self::Other(other)),
        }
    }

    /// As in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Latin1 => "latin-1",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little endian)",
            Self::Utf16Be => "UTF-16 (big endian)",
            Self::Latin1 => "Latin-1",
            Self::Other(name) => name,
        })
    }
}

impl Serialize for Encoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Encoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format!("{name:?} is not the name of an encoding")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_recorded_by_their_names() {
        for name in ["utf-8", "utf-16le", "utf-16be", "latin-1", "gb18030", "shift_jis", "windows-1251"] {
            let encoding: Encoding = serde_json::from_str(&format!("{name:?}")).expect("known");
            assert_eq!(serde_json::to_string(&encoding).expect("written"), format!("{name:?}"));
        }
        assert_eq!(Encoding::named("Windows-1252"), Some(Encoding::Latin1));
        assert!(serde_json::from_str::<Encoding>("\"nonsense\"").is_err());
    }
}
