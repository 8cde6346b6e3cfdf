//! Content keys: the same content has the same key, on every machine and permanently.
//!
//! A value is written as JSON in its canonical form (RFC 8785: sorted keys, no spaces, the shortest digits that are read as the
//! same number) and hashed with BLAKE3. The cache, the staleness of steps and the identity of data depend on it, so the output
//! may never change; tests contain literal keys.
//!
//! - Numbers are by value: `1`, `1.0` and `-0.0 + 1` are one number. Whole numbers of Rust's integer types are exact at
//!   any size, where RFC 8785 would round them to 53 bits.
//! - NaN and infinities have no key: two contents that contain them are not known to be the same. (`serde_json` would silently
//!   write `null`.)
//! - A field that is added to a type must be omitted while it is empty (`skip_serializing_if`), or all keys change.

mod canonical;
mod key;

pub use self::canonical::NoContentKey;
pub use key::{canonical_json, content_key};
