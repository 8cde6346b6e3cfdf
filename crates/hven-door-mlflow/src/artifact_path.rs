//! Where a file of MLflow lies in a run. MLflow names a file by its place in one tree: `{experiment}/{run}/artifacts/{path}` for a file of a
//! run, `{experiment}/models/{model}/artifacts/{path}` for one of a logged model. Here it is an output of a run: of the run itself, or of
//! the run that made the model, in the folder `models/{model}`.

use hven_app::{App, Caller};
use hven_core::{RunId, staging::check_path};

use crate::{
    answer::{Answer, Fault},
    kept::{self, Collection},
    logged_models,
};

/// A file or a folder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactPath {
    pub(crate) run: RunId,
    /// The folder of the artifacts in the run; empty, or with a slash at its end.
    pub(crate) root: String,
    /// Below the root; empty for the root itself.
    pub(crate) path: String,
}

impl ArtifactPath {
    /// The path in the run.
    pub(crate) fn full(&self) -> String {
        format!("{}{}", self.root, self.path)
    }
}

pub(crate) fn missing(path: &str) -> Fault {
    Fault::missing(format!("No such artifact: '{path}'"))
}

/// Finds the run of a path in the tree.
pub(crate) async fn find(app: &App, caller: &Caller, path: &str) -> Answer<ArtifactPath> {
    let path = path.trim_matches('/');
    let mut parts = path.splitn(4, '/');
    let (Some(_), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(missing(path));
    };
    let rest = parts.next().unwrap_or_default();
    let (run, root, rest) = if second == "models" {
        let (artifacts, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if artifacts != "artifacts" {
            return Err(missing(path));
        }
        let model = kept::one(app, caller, Collection::LoggedModel, third).await?.ok_or_else(|| missing(path))?;
        let run = logged_models::run_of(&model.kept.body).ok_or_else(|| missing(path))?;
        (run, format!("models/{third}/"), rest)
    } else if third == "artifacts" {
        (second.parse().map_err(|_| missing(path))?, String::new(), rest)
    } else {
        return Err(missing(path));
    };
    check(rest)?;
    Ok(ArtifactPath { run, root, path: rest.to_owned() })
}

/// How many times a client may have escaped a path.
const ESCAPED_MAX: usize = 8;

/// Refuses a path that leads out of its run: as it stands, and as a client reads it that unescapes it again or takes a backslash for a
/// slash. An empty path is the root.
pub(crate) fn check(path: &str) -> Answer<()> {
    let refuse = |why: &str| Err(Fault::invalid(format!("Invalid path: {path:?} {why}")));
    let mut text = path.to_owned();
    for _ in 0..ESCAPED_MAX {
        if text.is_empty() {
            return Ok(());
        }
        if let Err(why) = check_path(&text) {
            return refuse(why);
        }
        if text.contains('\\') {
            return refuse("has a backslash");
        }
        if text.contains(char::is_control) {
            return refuse("has a control character");
        }
        let unescaped = unescape(&text);
        if unescaped == text {
            return Ok(());
        }
        text = unescaped;
    }
    refuse("is escaped many times")
}

/// The text with each `%2F` and the like replaced by its letter.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let digits = others.get(..2).filter(|digits| first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let value = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match value.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_path_stays_in_its_run_however_it_is_read() {
        for path in ["", "a", "model/MLmodel", "a b.html", "图/1.png", "100%.txt", "a%2Fb", "..a", "a..", "%zz", "%"] {
            assert!(check(path).is_ok(), "{path:?}");
        }
        for path in [
            "..",
            "../a",
            "a/../b",
            "./a",
            "/a",
            "a//b",
            "a/",
            "\\a",
            "a\\..\\b",
            "C:\\a",
            "%2e%2e",
            "%2E%2E/a",
            "a%2F..%2Fb",
            "%2Fa",
            "%5Ca",
            "..%5Ca",
            "%252e%252e%252fa",
            "%25252e%25252e/a",
            "a%00",
            "a%0A",
            "a\u{0}",
        ] {
            assert!(check(path).is_err(), "{path:?}");
        }
        assert!(check(&format!("%{}41", "25".repeat(20))).is_err());
    }
}
