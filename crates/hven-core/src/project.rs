//! Projects: names like paths; everything else belongs to one.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Malformed, as_text::serde_as_text};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            ProjectAdded($crate::project::Added) = "project.added" version 1, about |_| None;
        }
        nodes {}
        subjects {}
    } };
}
pub(crate) use noun;

/// The name of a project, such as `astro/exoplanets`: one to eight parts of letters, digits, `.`, `_` and `-`. Letters of any
/// script are allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectPath(String);

/// The longest project path, in bytes.
pub const PATH_BYTES_MAX: usize = 200;
const PARTS_MAX: usize = 8;

impl ProjectPath {
    /// The project of work without a named project.
    pub fn home() -> Self {
        Self("home".to_owned())
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether `self` is `other` or is below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for ProjectPath {
    type Err = Malformed;
    fn from_str(name: &str) -> Result<Self, Malformed> {
        let refuse = |why| Err(Malformed::ProjectPath { name: name.to_owned(), why });
        if name.is_empty() || name.len() > PATH_BYTES_MAX {
            return refuse("it has 1 to 200 bytes");
        }
        if name.split('/').count() > PARTS_MAX {
            return refuse("it has at most eight parts");
        }
        for part in name.split('/') {
            if part.is_empty() {
                return refuse("a part between slashes is empty");
            }
            if part.starts_with(['.', '-']) {
                return refuse("a part begins with a letter, a digit or _");
            }
            if !part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) {
                return refuse("only letters, digits, '.', '_', '-' and '/' may stand in it");
            }
        }
        Ok(Self(name.to_owned()))
    }
}

impl fmt::Display for ProjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
serde_as_text!(ProjectPath);

/// A project was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Added {
    pub path: ProjectPath,
}

crate::sample::sampled! {
    Added { path }
}

impl crate::sample::Sampled for ProjectPath {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let long = "p".repeat(PATH_BYTES_MAX);
        Self(g.one_of(&["home", "天文/行星", "1/2/3/4/5/6/7/8", "a.b/c-d_e", &long]).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_paths() {
        for good in ["home", "astro/exoplanets", "天文/行星", "a/b_c/d.e-f/2026"] {
            assert_eq!(good.parse::<ProjectPath>().map(|p| p.to_string()), Ok(good.to_owned()));
        }
        let long = "x".repeat(201);
        for bad in ["", "/", "a/", "/a", "a//b", "..", "a/../b", "a b", "a\0b", "-x", "1/2/3/4/5/6/7/8/9", &long] {
            assert!(bad.parse::<ProjectPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_project_lies_within_its_parents() {
        let path = |text: &str| text.parse::<ProjectPath>().expect("a good path");
        assert!(path("astro/exo").is_within(&path("astro")));
        assert!(path("astro").is_within(&path("astro")));
        assert!(!path("astrology").is_within(&path("astro")));
    }
}
