//! The code of a working directory: from git, or from the listing of the folder.

use std::path::Path;

use hven_api::runs::Code;

use crate::{apart::Apart, captured::CapturedCode, folder, git, limits::Limits};

/// Captures the code of a working directory.
pub fn code(cwd: &Path, apart: &Apart, limits: Limits) -> CapturedCode {
    let captured = match git::find(cwd) {
        Some(root) => match git::capture(&root, cwd, apart, limits) {
            // A repository without a commit is captured like a plain folder.
            Ok(None) => folder::capture(cwd, apart, limits),
            Ok(Some(captured)) => Ok(captured),
            Err(why) => Err(why),
        },
        None => folder::capture(cwd, apart, limits),
    };
    captured.unwrap_or_else(|why| CapturedCode {
        code: Some(Code::NotCaptured { why: why.to_string() }),
        ..CapturedCode::default()
    })
}
