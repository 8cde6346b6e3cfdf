//! Types that are written as text everywhere, including JSON: `FromStr` reads the output of `Display`.

macro_rules! serialize_as_text {
    ($($name:ty)*) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
    )*};
}
pub(crate) use serialize_as_text;

macro_rules! serde_as_text {
    ($($name:ty)*) => {$(
        $crate::as_text::serialize_as_text!($name);
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use serde_as_text;
