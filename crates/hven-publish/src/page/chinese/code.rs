//! A description of a run's code in Chinese.

use hven_core::{
    file_name,
    run::{Code, InnerRepository},
};

use super::translate::translate;

/// The number of shown digits of a commit.
const COMMIT_DIGITS: usize = 12;

/// A description of a run's code in Chinese.
pub(in crate::page) fn code(code: &Code) -> String {
    match code {
        Code::Git { commit, diff, inner, .. } => {
            let commit: String = commit.chars().take(COMMIT_DIGITS).collect();
            let changed = if diff.is_some() { "，有改动" } else { "" };
            let mut text = format!("git 提交 {commit}{changed}");
            for inner in inner {
                text.push('；');
                text.push_str(&repository(inner));
            }
            text
        }
        Code::Folder { files, .. } => format!("含 {files} 个文件的文件夹"),
        Code::NotCaptured { why } => format!("未捕获代码：{}", translate(why).unwrap_or_else(|| why.clone())),
    }
}

fn repository(inner: &InnerRepository) -> String {
    let commit = match &inner.commit {
        Some(commit) => format!("提交 {}", commit.chars().take(COMMIT_DIGITS).collect::<String>()),
        None => "无提交".to_owned(),
    };
    let changed = if inner.changed == Some(true) { "，有改动" } else { "" };
    let named = if inner.is_named { "" } else { "，其文件未全部记录" };
    format!("{}，{commit}{changed}{named}", file_name::shown(&inner.path))
}
