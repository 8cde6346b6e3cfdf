//! Names of files inside a publication: ones that every system can hold, and that lead nowhere else.

use crate::text::put;

use hven_core::{safe_text::is_steering, staging};

/// The longest part of a path; together with its folders it stays below what Windows allows.
const PART_CHARS_MAX: usize = 80;
/// Names that Windows keeps for itself.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];

/// A path as a run knew it, as one below a folder of the publication. What is absolute or leads out keeps its last part
/// alone: where it lay on a machine is nobody's business.
pub(crate) fn inner(path: &str) -> String {
    let kept = if staging::check_path(path).is_ok() && !path.contains('\\') {
        path
    } else {
        path.rsplit(['/', '\\']).find(|part| !part.is_empty() && !matches!(*part, "." | "..")).unwrap_or("file")
    };
    kept.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// One part of a path, with `_` for what some system does not allow.
pub(crate) fn part(text: &str) -> String {
    let allowed = |c: char| {
        !c.is_control() && !is_steering(c) && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let cleaned: String = text.chars().map(|c| if allowed(c) { c } else { '_' }).take(PART_CHARS_MAX).collect();
    let cleaned = cleaned.trim_end_matches([' ', '.']);
    let stem = cleaned.split('.').next().unwrap_or_default().to_lowercase();
    if cleaned.is_empty() {
        "_".to_owned()
    } else if RESERVED.contains(&stem.as_str()) || is_port(&stem) {
        format!("_{cleaned}")
    } else {
        cleaned.to_owned()
    }
}

fn is_port(stem: &str) -> bool {
    stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|c: char| c.is_ascii_digit())
}

/// The same file on systems that do not tell upper from lower case.
pub(crate) fn folded(path: &str) -> String {
    path.to_lowercase()
}

/// Says what keeps a name of somebody else's publication from being one of a file below a folder.
pub(crate) fn check(name: &str) -> Result<(), &'static str> {
    staging::check_path(name)?;
    if name.contains('\\') {
        return Err("has a backslash, which some systems take for the end of a folder's name");
    }
    if name.chars().any(char::is_control) {
        return Err("has a control character");
    }
    if name.as_bytes().get(1) == Some(&b':') {
        return Err("names a drive");
    }
    if name.len() > 1000 {
        return Err("has more than 1000 bytes");
    }
    Ok(())
}

/// A name as a part of a URL: what is not plain is written in percent signs.
pub(crate) fn url(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~' | b'@' | b'+') {
            url.push(char::from(byte));
        } else {
            put!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_ones_below_a_folder() {
        let check = |path: &str, expect: &str| {
            assert_eq!(inner(path), expect);
            assert_eq!(super::check(&inner(path)), Ok(()), "{path}");
        };
        check("planets.csv", "planets.csv");
        check("data/planets.csv", "data/planets.csv");
        check("/home/mira/secret/planets.csv", "planets.csv");
        check("../up/planets.csv", "planets.csv");
        check("a/../../b", "b");
        check("C:\\data\\planets.csv", "planets.csv");
        check("what? <really>.csv", "what_ _really_.csv");
        check("aux.csv", "_aux.csv");
        check("COM1", "_COM1");
        check("行星/数据.csv", "行星/数据.csv");
        check("trailing./x", "trailing/x");
        check("/", "file");
        check("..", "file");
        check("a\0b", "a_b");
        check("gnp.\u{202e}vsc.exe", "gnp._vsc.exe");
    }

    #[test]
    fn names_of_others_are_looked_at() {
        for bad in ["", "/etc/passwd", "../x", "a/../../x", "a\\b", "c:x", "a\nb", "a//b", "./a"] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn urls_are_plain() {
        assert_eq!(url("data/planets@1/a b#.csv"), "data/planets@1/a%20b%23.csv");
        assert_eq!(url("行"), "%E8%A1%8C");
    }
}
