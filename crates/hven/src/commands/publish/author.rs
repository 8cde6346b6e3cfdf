//! Parses an author from text.

use hven_api::publications::Author;

/// Parses `Name (affiliation) <ORCID iD>`.
pub(super) fn author(text: &str) -> Result<Author, String> {
    let (rest, orcid) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((rest, orcid)) => (rest.trim(), Some(orcid.trim())),
        None => (text.trim(), None),
    };
    let (name, affiliation) = match rest.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((name, affiliation)) => (name.trim(), Some(affiliation.trim().to_owned())),
        None => (rest, None),
    };
    if name.is_empty() || name.contains(['<', '>']) {
        return Err("write Name, Name <ORCID iD> or Name (affiliation) <ORCID iD>".to_owned());
    }
    let orcid = orcid.map(|orcid| match orcid.strip_prefix("https://orcid.org/") {
        Some(_) => orcid.to_owned(),
        None => format!("https://orcid.org/{orcid}"),
    });
    Ok(Author { name: name.to_owned(), orcid, affiliation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_read() {
        let check = |text: &str, name: &str, affiliation: Option<&str>, orcid: Option<&str>| {
            let (affiliation, orcid) = (affiliation.map(str::to_owned), orcid.map(str::to_owned));
            assert_eq!(author(text), Ok(Author { name: name.to_owned(), orcid, affiliation }), "{text}");
        };
        let orcid = Some("https://orcid.org/0000-0002-1825-0097");
        check("Mira Lund", "Mira Lund", None, None);
        check("Mira Lund <0000-0002-1825-0097>", "Mira Lund", None, orcid);
        check("李白 (Uraniborg) <https://orcid.org/0000-0002-1825-0097>", "李白", Some("Uraniborg"), orcid);
        check(" Mira (Hven) ", "Mira", Some("Hven"), None);
        for bad in ["", "<0000-0002-1825-0097>", "(Hven)", "a < b"] {
            assert!(author(bad).is_err(), "{bad}");
        }
    }
}
