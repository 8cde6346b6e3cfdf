//! The ids of imported runs. A run keeps the id that it has in the other tracker, because scripts, papers and notebooks name it.
//!
//! Where that id is not 128 bits, or is one that Hven gives itself (a UUID of version 7), or where a tracker has no ids, as TensorBoard,
//! the id is a digest of the name that the run has there: so a second import finds the run of the first.

use hven_core::{RunId, digest::Digest};

/// The id of a run in Hven, for an id in another tracker. Whether it is the same id.
pub fn run_id(tracker: &str, id: &str) -> (String, bool) {
    const OWN_VERSION: u128 = 7;
    let is_plain = id.len() == 32 && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    let own = is_plain.then(|| id.parse::<RunId>().ok()).flatten();
    match own {
        Some(own) if own.as_u128() != 0 && own.as_u128() >> 76 & 0xf != OWN_VERSION => (id.to_owned(), true),
        _ => (derived_id(tracker, &[id]), false),
    }
}

/// An id that is made of names: a UUID of version 8, which is for ids that are made in a way of their own (RFC 9562).
pub fn derived_id(tracker: &str, names: &[&str]) -> String {
    let mut text = format!("hven import\0{tracker}");
    for name in names {
        text.push('\0');
        text.push_str(name);
    }
    let digest = Digest::of(text.as_bytes());
    let mut id = [0_u8; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    id[6] = id[6] & 0x0f | 0x80;
    id[8] = id[8] & 0x3f | 0x80;
    format!("{:032x}", u128::from_be_bytes(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_other_trackers_stay_where_they_can() {
        let mlflow = "6d65f1e9e2a74dddb41096a8370df022";
        assert_eq!(run_id("mlflow", mlflow), (mlflow.to_owned(), true));
        let zero = "0".repeat(32);
        for other in ["018bcfe568007fffbfffffffffffffff", &zero, "", "exp-1/run-2", &mlflow.to_uppercase()] {
            let (id, is_same) = run_id("mlflow", other);
            assert!(!is_same && id.len() == 32 && id.as_bytes()[12] == b'8', "{other}: {id}");
            assert_eq!(run_id("mlflow", other).0, id);
            assert!(id.parse::<RunId>().is_ok());
            assert_ne!(run_id("tensorboard", other).0, id);
        }
        assert_ne!(derived_id("t", &["a", "b"]), derived_id("t", &["ab"]));
    }
}
