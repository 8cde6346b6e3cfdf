//! Elements of many sections of the page: headings, rows of facts, links, times and persons.

use maud::{Markup, Render, html};

use super::language::both;
use crate::{names, publication::Person};

pub(super) fn heading(id: &str, en: &str, zh: &str) -> Markup {
    html! { h2 id=(id) { (both(en, zh)) } }
}

/// A row of a list of facts; nothing if the value is empty.
pub(super) fn fact(en: impl Render, zh: impl Render, value: impl Render) -> Markup {
    let value = value.render();
    if value.0.is_empty() {
        return Markup::default();
    }
    html! { dt { (both(en, zh)) } dd { (value) } }
}

/// A link to a file of the publication. The browser saves files that it would otherwise execute.
pub(super) fn link(path: &str, shown: &str) -> Markup {
    let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let runs = ["svg", "html", "htm", "xhtml", "xml"].contains(&ending.as_str());
    html! { a href=(names::url(path)) download[runs] { (shown) } }
}

/// The name of the person who did something. It follows the time.
pub(super) fn by(person: Option<&Person>) -> Markup {
    html! { @if let Some(person) = person { " · " (person.name) } }
}

/// The day of a time in UTC.
pub(super) fn day(time: hven_core::Time) -> String {
    time.to_string().chars().take(10).collect()
}

/// A time to the second, in UTC.
pub(super) fn moment(time: hven_core::Time) -> String {
    let text = time.to_string();
    text.get(..19).map_or_else(|| text.clone(), |text| text.replace('T', " ") + " UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_what_a_browser_would_run_are_saved() {
        let check = |path: &str, shown: &str, expect: &str| assert_eq!(link(path, shown).0, expect);
        check("runs/7Q2M/fit.SVG", "<fit>", "<a href=\"runs/7Q2M/fit.SVG\" download>&lt;fit&gt;</a>");
        check("a b.csv", "a b.csv", "<a href=\"a%20b.csv\">a b.csv</a>");
        check("javascript:alert(1)", "x", "<a href=\"javascript%3Aalert%281%29\">x</a>");
    }

    #[test]
    fn moments_are_to_the_second() {
        let time = hven_core::Time::from_micros(1_767_225_600_000_001);
        assert_eq!((day(time).as_str(), moment(time).as_str()), ("2026-01-01", "2026-01-01 00:00:00 UTC"));
    }
}
