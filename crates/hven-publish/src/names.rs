//! Names of files inside a publication: they are valid on every system and stay inside the folder. A changed name keeps its
//! extension, and the README lists the change.

use crate::text::put;

use hven_core::{
    file_name::{is_byte, show_bytes},
    safe_text::is_steering,
    staging,
};

/// The longest part of a path. With its folders it stays below the limit of Windows.
const PART_CHARS_MAX: usize = 80;
/// The same limit in UTF-8 bytes. With a number it stays below the limit of Linux.
const PART_BYTES_MAX: usize = 200;
/// A longer text after the last point is not an extension.
const ENDING_BYTES_MAX: usize = 20;
/// Names that Windows reserves.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul"];

/// A run's path, relative to the run's folder. An absolute path, or one that leads out of the folder, is reduced to its last
/// part: the publication does not reveal where the file was on the machine.
pub(crate) fn path_in_folder(path: &str) -> &str {
    let is_of_windows = path.starts_with('\\') || path.as_bytes().get(1..3).is_some_and(|drive| drive == br":\");
    if staging::check_path(path).is_ok() && !is_of_windows {
        return path;
    }
    let mut parts = path.rsplit(|c| c == '/' || (is_of_windows && c == '\\'));
    parts.find(|part| !part.is_empty() && !matches!(*part, "." | "..")).unwrap_or("file")
}

/// A run's path, with valid names, for use below a folder of the publication.
pub(crate) fn portable_path(path: &str) -> String {
    path_in_folder(path).split('/').map(portable_name).collect::<Vec<_>>().join("/")
}

/// One part of a path, with `_` for characters that some systems do not allow.
pub(crate) fn portable_name(text: &str) -> String {
    let allowed = |c: char| {
        !c.is_control()
            && !is_steering(c)
            && !is_byte(c)
            && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
    };
    let cleaned: String = text.chars().map(|c| if allowed(c) { c } else { '_' }).collect();
    let cleaned = shortened(cleaned.trim_end_matches([' ', '.']));
    let stem = cleaned.split('.').next().unwrap_or_default().to_lowercase();
    if cleaned.is_empty() {
        "_".to_owned()
    } else if RESERVED.contains(&stem.as_str()) || is_port(&stem) {
        format!("_{cleaned}")
    } else {
        cleaned
    }
}

/// A part of a path, cut to the limits; its extension is kept.
fn shortened(text: &str) -> String {
    if text.chars().count() <= PART_CHARS_MAX && text.len() <= PART_BYTES_MAX {
        return text.to_owned();
    }
    let ending = ending(text).filter(|ending| ending.len() <= ENDING_BYTES_MAX).unwrap_or_default();
    let stem = text[..text.len() - ending.len()].chars().take(PART_CHARS_MAX - ending.chars().count());
    let mut short = String::with_capacity(PART_BYTES_MAX);
    for c in stem {
        if short.len() + c.len_utf8() + ending.len() > PART_BYTES_MAX {
            break;
        }
        short.push(c);
    }
    format!("{}{ending}", short.trim_end_matches([' ', '.']))
}

/// The extension of a file name with its point. A name whose only point is its first character has none.
fn ending(name: &str) -> Option<&str> {
    let point = name.rfind('.').filter(|point| *point > 0 && !name[..*point].ends_with('/'))?;
    Some(&name[point..]).filter(|ending| !ending.contains('/'))
}

/// A path with a number in the part that ends at `end`: `fit.csv` becomes `fit~2.csv`. A file keeps its extension; a folder
/// has none.
pub(crate) fn numbered(path: &str, end: usize, number: u32) -> String {
    let (head, tail) = path.split_at(end);
    let ending = ending(head).filter(|_| tail.is_empty()).unwrap_or_default();
    format!("{}~{number}{ending}{tail}", &head[..head.len() - ending.len()])
}

/// A path for people, on one line.
pub(crate) fn on_one_line(path: &str) -> String {
    show_bytes(path).replace('\n', r"\n").replace('\t', r"\t")
}

fn is_port(stem: &str) -> bool {
    stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|c: char| c.is_ascii_digit())
}

/// A key that is equal for paths that name the same file on systems without case.
pub(crate) fn case_key(path: &str) -> String {
    // Some letters are equal only as capitals.
    path.to_uppercase().to_lowercase()
}

/// Checks a name of a foreign publication. The error says why it is not a valid name below a folder.
pub(crate) fn check(name: &str) -> Result<(), &'static str> {
    staging::check_path(name)?;
    if name.contains('\\') {
        return Err("has a backslash, which separates folders on some systems");
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

/// A name as a part of a URL, percent-encoded.
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
    fn paths_become_valid_below_a_folder() {
        let check = |path: &str, expect: &str| {
            assert_eq!(portable_path(path), expect);
            assert_eq!(super::check(&portable_path(path)), Ok(()), "{path}");
        };
        check("planets.csv", "planets.csv");
        check("data/planets.csv", "data/planets.csv");
        check("/home/mira/secret/planets.csv", "planets.csv");
        check("../up/planets.csv", "planets.csv");
        check("a/../../b", "b");
        check("C:\\data\\planets.csv", "planets.csv");
        check("a\\b.csv", "a_b.csv");
        check("what? <really>.csv", "what_ _really_.csv");
        check("aux.csv", "_aux.csv");
        check("COM1", "_COM1");
        check("行星/数据.csv", "行星/数据.csv");
        check("trailing./x", "trailing/x");
        check("/", "file");
        check("..", "file");
        check("a\0b", "a_b");
        check("gnp.\u{202e}vsc.exe", "gnp._vsc.exe");
        check("Gr\u{eff6}\u{efdf}e.txt", "Gr__e.txt");
        check("two\nlines.csv", "two_lines.csv");
        check("[a]*.csv", "[a]_.csv");
        check("-rf", "-rf");
        check(" blank ", " blank");
        check("data.csv ", "data.csv");
        check("👩\u{200d}🔬.png", "👩\u{200d}🔬.png");
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let check = |path: String, expect: String| {
            assert_eq!(portable_path(&path), expect);
            let last = expect.rsplit('/').next().expect("a part");
            assert!(last.chars().count() <= PART_CHARS_MAX && last.len() <= PART_BYTES_MAX);
        };
        check(format!("{}.tar.gz", "x".repeat(100)), format!("{}.gz", "x".repeat(77)));
        check(format!("a/{}.csv", "行".repeat(80)), format!("a/{}.csv", "行".repeat(65)));
        check(format!("{}.{}", "x".repeat(60), "y".repeat(60)), format!("{}.{}", "x".repeat(60), "y".repeat(19)));
        check(format!("{} .csv", "x".repeat(75)), format!("{} .csv", "x".repeat(75)));
        check(format!("{} {}.csv", "x".repeat(75), "y".repeat(9)), format!("{}.csv", "x".repeat(75)));
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        let check = |path: &str, end: usize, expect: &str| assert_eq!(numbered(path, end, 2), expect);
        check("a/fit.csv", 9, "a/fit~2.csv");
        check("a.b/fit", 7, "a.b/fit~2");
        check("a/.hidden", 9, "a/.hidden~2");
        check("fit.csv/inside", 7, "fit.csv~2/inside");
    }

    #[test]
    fn case_does_not_distinguish_names() {
        for (one, other) in [("FIT.svg", "fit.SVG"), ("GRÖSSE", "größe"), ("ſ", "s")] {
            assert_eq!(case_key(one), case_key(other));
        }
    }

    #[test]
    fn unsafe_foreign_names_are_refused() {
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
