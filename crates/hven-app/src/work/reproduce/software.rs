//! The differences between the software of two runs.

use std::collections::BTreeSet;

use hven_core::run::Software;

/// The largest number of differences that are listed.
const LISTED_MAX: usize = 20;

/// The differences between the software of two runs, in words. Empty when one of them is not known.
pub(super) fn differences(before: Option<&Software>, now: Option<&Software>) -> Vec<String> {
    let (Some(before), Some(now)) = (before, now) else { return Vec::new() };
    let mut found = Vec::new();
    let mut tell = |what: &str, before: Option<&String>, now: Option<&String>| {
        let shown = |text: Option<&String>| text.map_or("absent", String::as_str).to_owned();
        if before != now && found.len() < LISTED_MAX {
            found.push(format!("{what}: {} then, {} now", shown(before), shown(now)));
        }
    };
    tell("interpreter", before.version.as_ref(), now.version.as_ref());
    tell("platform", before.platform.as_ref(), now.platform.as_ref());
    let names: BTreeSet<&String> = before.packages.keys().chain(now.packages.keys()).collect();
    for name in names {
        tell(name, before.packages.get(name), now.packages.get(name));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_software_is_reported() {
        let software = |version: &str, packages: &[(&str, &str)]| Software {
            interpreter: Some("python3".to_owned()),
            version: Some(version.to_owned()),
            packages: packages.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            platform: None,
        };
        let before = software("3.11.2", &[("numpy", "1.26"), ("six", "1.16")]);
        let now = software("3.12.0", &[("numpy", "1.26"), ("torch", "2.0")]);
        assert_eq!(
            differences(Some(&before), Some(&now)),
            ["interpreter: 3.11.2 then, 3.12.0 now", "six: 1.16 then, absent now", "torch: absent then, 2.0 now",]
        );
        assert!(differences(None, Some(&now)).is_empty());
    }
}
