//! The code and the software that a run used.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{Digest, Malformed, file_name, limits, object::FileRef};

/// The location of a run's code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Code {
    /// In a git repository: a commit, and the differences from it.
    Git {
        commit: String,
        branch: Option<String>,
        /// The working directory's path in the repository.
        prefix: String,
        /// The output of `git diff HEAD`, as an object.
        diff: Option<Digest>,
        /// Files that are in neither of the two: files that git does not know, modules that it ignores, files of inner
        /// repositories, and key files that were explicitly declared as code.
        untracked: Vec<FileRef>,
        /// Inner repositories: submodules, and clones that it does not know.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        inner: Vec<InnerRepository>,
        /// Changes when any file below the working directory changes, or any code of the repository above it: the cache
        /// compares it.
        digest: Digest,
    },
    /// In a plain folder: the listing of its files, as an object.
    Folder { listing: Digest, files: u64, bytes: u64 },
    /// Not captured, with the reason.
    NotCaptured { why: String },
}

impl Code {
    /// Changes when the code changes; `None` when the code is not known.
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Git { digest, .. } => Some(*digest),
            Self::Folder { listing, .. } => Some(*listing),
            Self::NotCaptured { .. } => None,
        }
    }

    /// Checks that this code can be recorded. The commit and the path are later passed to git when the code is taken out of a
    /// clone.
    pub fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Git { commit, branch, prefix, untracked, inner, .. } => {
                limits::commit("the commit", commit)?;
                if let Some(branch) = branch {
                    limits::path("the branch", branch)?;
                }
                limits::place_within("the place in the repository", prefix)?;
                limits::count("files that git does not know", untracked.len(), limits::FILES_MAX)?;
                untracked.iter().try_for_each(|file| file.check("a file that git does not know"))?;
                limits::count("repositories within the code", inner.len(), limits::FILES_MAX)?;
                inner.iter().try_for_each(InnerRepository::check)
            }
            Self::Folder { files, bytes, .. } => {
                limits::whole("the number of files of the code", *files, limits::WHOLE_MAX)?;
                limits::whole("the size of the code", *bytes, limits::WHOLE_MAX)
            }
            Self::NotCaptured { why } => limits::lines("why the code was not captured", why, limits::TEXT_BYTES_MAX),
        }
    }
}

/// A repository in the code of another repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InnerRepository {
    /// Its path in the outer repository.
    pub path: String,
    /// `None` when it has no commit yet, or git cannot read it.
    pub commit: Option<String>,
    /// Whether its files differ from those of the commit; `None` when that is not known.
    pub changed: Option<bool>,
    /// Whether its files are named one by one with the run. If they are too many for that, each still counts, by its size and
    /// its time of change.
    pub is_named: bool,
}

impl InnerRepository {
    fn check(&self) -> Result<(), Malformed> {
        limits::path("the place of a repository within the code", &self.path)?;
        self.commit.iter().try_for_each(|commit| limits::commit("the commit of a repository within the code", commit))
    }
}

/// For people: `lib at 3f2a91bc70d4, with changes`.
impl fmt::Display for InnerRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&file_name::shown(&self.path))?;
        match &self.commit {
            Some(commit) => write!(f, " at {}", commit.get(..COMMIT_DIGITS).unwrap_or(commit))?,
            None => f.write_str(" without a commit")?,
        }
        if self.changed == Some(true) {
            f.write_str(", with changes")?;
        }
        if !self.is_named {
            f.write_str(", not all of its files recorded")?;
        }
        Ok(())
    }
}

/// How many digits of a commit are shown.
const COMMIT_DIGITS: usize = 12;

/// The interpreter and packages that a run used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Software {
    pub interpreter: Option<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub packages: BTreeMap<String, String>,
    pub platform: Option<String>,
}

crate::sample::sampled! {
    enum Code {
        Git { commit, branch, prefix, diff, untracked, inner, digest },
        Folder { listing, files, bytes },
        NotCaptured { why },
    }
    InnerRepository { path, commit, changed, is_named }
    Software { interpreter, version, packages, platform }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(inner: Vec<InnerRepository>) -> Code {
        Code::Git {
            commit: "0".repeat(40),
            branch: None,
            prefix: String::new(),
            diff: None,
            untracked: Vec::new(),
            inner,
            digest: Digest::ZERO,
        }
    }

    #[test]
    fn code_without_inner_repositories_is_written_as_before() {
        let text = serde_json::to_string(&git(Vec::new())).expect("JSON");
        assert!(!text.contains("inner"), "{text}");
        assert_eq!(serde_json::from_str::<Code>(&text).expect("read"), git(Vec::new()));
    }

    #[test]
    fn an_inner_repository_has_its_commit_in_the_text() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let check = |commit: Option<&str>, changed: Option<bool>, is_named: bool, text: &str| {
            let inner = InnerRepository { path: "lib".into(), commit: commit.map(str::to_owned), changed, is_named };
            assert_eq!(inner.to_string(), text);
            assert_eq!(git(vec![inner]).check(), Ok(()));
        };
        check(Some(commit), Some(false), true, "lib at 0123456789ab");
        check(Some(commit), Some(true), true, "lib at 0123456789ab, with changes");
        check(Some(commit), None, false, "lib at 0123456789ab, not all of its files recorded");
        check(None, None, true, "lib without a commit");
        for (path, commit) in [("a\0b", commit), ("lib", "main")] {
            let inner =
                InnerRepository { path: path.into(), commit: Some(commit.into()), changed: None, is_named: true };
            assert!(git(vec![inner]).check().is_err(), "{path:?} {commit}");
        }
    }
}
