//! Paths in a manifest: relative to its folder, with slashes.

/// The path without `.`, doubled slashes and resolvable `..`. Leading `..` stay.
pub(super) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (path.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{}", joined.trim_start_matches("../")),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether a normal path is `folder` or is inside it.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    folder == "." && !path.starts_with("..") && !path.starts_with('/')
        || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether two steps with these paths use the same files.
pub(super) fn meet(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}

/// Checks the path of an output.
pub(super) fn check_output(path: &str) -> Result<String, &'static str> {
    if path.contains('\0') {
        return Err("it has a zero byte");
    }
    let normal = normal(path);
    if normal.starts_with('/') {
        return Err("it is absolute: outputs lie below the folder of hven.toml");
    }
    if normal == ".." || normal.starts_with("../") {
        return Err("it leads out of the folder of hven.toml");
    }
    if normal == "." { Err("it is the whole folder") } else { Ok(normal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised() {
        let check = |path: &str, expect: &str| assert_eq!(normal(path), expect);
        check("a/b", "a/b");
        check("./a//b/", "a/b");
        check("a/../b", "b");
        check("../data/x.csv", "../data/x.csv");
        check("a/../../b", "../b");
        check(".", ".");
        check("", ".");
        check("/tmp//x", "/tmp/x");
    }

    #[test]
    fn containment_of_paths() {
        assert!(meet("a", "a/b") && meet("a/b", "a") && meet("a", "a") && meet("x/y", "."));
        assert!(!meet("a", "ab") && !meet("a/b", "a/c") && !meet("../a", "."));
        assert!(check_output("a/../../b").is_err() && check_output("/x").is_err() && check_output("./").is_err());
        assert_eq!(check_output("./out/"), Ok("out".to_owned()));
    }
}
