//! The common licences, by SPDX id.

use hven_core::licence::is_not_free;

use super::terms::{Allowed, Terms};

/// Id and terms. Sorted by id, without regard to case.
pub const KNOWN: &[(&str, Terms)] = &[
    ("0BSD", FREE),
    ("AGPL-3.0-only", COPYLEFT),
    ("AGPL-3.0-or-later", COPYLEFT),
    ("Apache-2.0", NAMED),
    ("Artistic-2.0", NAMED),
    ("BSD-2-Clause", NAMED),
    ("BSD-3-Clause", NAMED),
    ("BSL-1.0", NAMED),
    ("C-UDA-1.0", NAMED),
    ("CC-BY-1.0", NAMED),
    ("CC-BY-2.0", NAMED),
    ("CC-BY-2.5", NAMED),
    ("CC-BY-3.0", NAMED),
    ("CC-BY-3.0-IGO", NAMED),
    ("CC-BY-4.0", NAMED),
    ("CC-BY-NC-2.0", NAMED.not_commercial()),
    ("CC-BY-NC-3.0", NAMED.not_commercial()),
    ("CC-BY-NC-4.0", NAMED.not_commercial()),
    ("CC-BY-NC-ND-2.0", NAMED.not_commercial().unchanged()),
    ("CC-BY-NC-ND-3.0", NAMED.not_commercial().unchanged()),
    ("CC-BY-NC-ND-4.0", NAMED.not_commercial().unchanged()),
    ("CC-BY-NC-SA-2.0", COPYLEFT.not_commercial()),
    ("CC-BY-NC-SA-3.0", COPYLEFT.not_commercial()),
    ("CC-BY-NC-SA-4.0", COPYLEFT.not_commercial()),
    ("CC-BY-ND-2.0", NAMED.unchanged()),
    ("CC-BY-ND-3.0", NAMED.unchanged()),
    ("CC-BY-ND-4.0", NAMED.unchanged()),
    ("CC-BY-SA-2.0", COPYLEFT),
    ("CC-BY-SA-3.0", COPYLEFT),
    ("CC-BY-SA-4.0", COPYLEFT),
    ("CC-PDDC", FREE),
    ("CC0-1.0", FREE),
    ("CDLA-Permissive-1.0", NAMED),
    ("CDLA-Permissive-2.0", NAMED),
    ("CDLA-Sharing-1.0", COPYLEFT),
    ("CECILL-2.1", COPYLEFT),
    ("DL-DE-BY-2.0", NAMED),
    ("DL-DE-ZERO-2.0", FREE),
    ("EPL-2.0", COPYLEFT),
    ("etalab-2.0", NAMED),
    ("EUPL-1.2", COPYLEFT),
    ("GFDL-1.3-or-later", COPYLEFT),
    ("GPL-2.0-only", COPYLEFT),
    ("GPL-2.0-or-later", COPYLEFT),
    ("GPL-3.0-only", COPYLEFT),
    ("GPL-3.0-or-later", COPYLEFT),
    ("ISC", NAMED),
    ("LGPL-2.1-only", COPYLEFT),
    ("LGPL-2.1-or-later", COPYLEFT),
    ("LGPL-3.0-only", COPYLEFT),
    ("LGPL-3.0-or-later", COPYLEFT),
    ("MIT", NAMED),
    ("MIT-0", FREE),
    ("MPL-2.0", COPYLEFT),
    ("MulanPSL-2.0", NAMED),
    ("NLOD-2.0", NAMED),
    ("O-UDA-1.0", NAMED),
    ("ODbL-1.0", COPYLEFT),
    ("ODC-By-1.0", NAMED),
    ("OGL-Canada-2.0", NAMED),
    ("OGL-UK-3.0", NAMED),
    ("OGTSL", COPYLEFT),
    ("PDDL-1.0", FREE),
    ("Unlicense", FREE),
    ("Zlib", NAMED),
];

/// Everything is allowed, and nothing is required.
const FREE: Terms = Terms {
    redistribute: Allowed::Yes,
    derivatives: Allowed::Yes,
    commercial: Allowed::Yes,
    attribution: false,
    share_alike: false,
};
/// The makers, or at least the licence, must be named.
const NAMED: Terms = Terms { attribution: true, ..FREE };
const COPYLEFT: Terms = Terms { share_alike: true, ..NAMED };

impl Terms {
    const fn not_commercial(self) -> Self {
        Self { commercial: Allowed::No, ..self }
    }
    const fn unchanged(self) -> Self {
        Self { derivatives: Allowed::No, ..self }
    }
}

/// The terms of one SPDX id. Ids are compared without case. Older forms of ids are accepted.
pub(super) fn of_id(id: &str) -> Terms {
    let id = id.strip_suffix('+').map_or_else(|| id.to_owned(), |base| format!("{base}-or-later"));
    let same =
        |wanted: &str| KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted)).map(|(_, terms)| *terms);
    if let Some(terms) = same(&id).or_else(|| same(&format!("{id}-only"))) {
        return terms;
    }
    // These names state that redistribution is not allowed.
    let is_named_so =
        ["LicenseRef-Proprietary", "LicenseRef-Confidential"].iter().any(|own| own.eq_ignore_ascii_case(&id));
    if is_named_so || is_not_free(&id) {
        Terms { redistribute: Allowed::No, derivatives: Allowed::No, commercial: Allowed::No, ..NAMED }
    } else {
        Terms::UNKNOWN
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Allowed::{No, Unknown, Yes},
        *,
    };

    #[test]
    fn ids_are_sorted_and_known_once() {
        assert!(KNOWN.windows(2).all(|pair| pair[0].0.to_lowercase() < pair[1].0.to_lowercase()));
    }

    #[test]
    fn ids_are_those_of_spdx() {
        let others: Vec<&str> =
            KNOWN.iter().map(|(id, _)| *id).filter(|id| hven_core::licence::spdx_id(id) != Some(*id)).collect();
        assert_eq!(others, Vec::<&str>::new());
    }

    #[test]
    fn licences_by_id() {
        let check = |id: &str, redistribute, derivatives, commercial, attribution, share_alike| {
            let expect = Terms { redistribute, derivatives, commercial, attribution, share_alike };
            assert_eq!(of_id(id), expect, "{id}");
        };
        check("CC0-1.0", Yes, Yes, Yes, false, false);
        check("cc-by-4.0", Yes, Yes, Yes, true, false);
        check("CC-BY-SA-4.0", Yes, Yes, Yes, true, true);
        check("CC-BY-NC-ND-4.0", Yes, No, No, true, false);
        check("ODbL-1.0", Yes, Yes, Yes, true, true);
        check("GPL-3.0", Yes, Yes, Yes, true, true);
        check("GPL-3.0+", Yes, Yes, Yes, true, true);
        check("proprietary", No, No, No, true, false);
        check("ask me", Unknown, Unknown, Unknown, true, false);
    }
}
