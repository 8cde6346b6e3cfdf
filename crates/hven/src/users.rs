//! Finds a user by a name, an e-mail address or an id.

use hven_api::access::User;
use hven_client::{Client, Failure};
use hven_terminal::user_word;

/// The one user with this name, e-mail address or id.
pub fn find(client: &Client, named: &str) -> anyhow::Result<User> {
    let users = client.users()?.items;
    Ok(find_in(&users, named)?.clone())
}

fn find_in<'u>(users: &'u [User], named: &str) -> Result<&'u User, Failure> {
    let is = |field: &Option<String>| field.as_deref() == Some(named);
    let is_folded = |field: &Option<String>| field.as_deref().is_some_and(|field| folded(field) == folded(named));
    let by_id = |user: &User| user.id == named;
    let by_name = |user: &User| is(&user.name) || is(&user.email);
    let by_folded_name = |user: &User| is_folded(&user.name) || is_folded(&user.email);
    // The closest match counts: homes of older versions have users whose names differ only in capital letters, or look
    // like ids.
    let ways: [&dyn Fn(&User) -> bool; 3] = [&by_id, &by_name, &by_folded_name];
    for fits in ways {
        let fitting: Vec<&User> = users.iter().filter(|user| fits(user)).collect();
        match fitting[..] {
            [] => {}
            [user] => return Ok(user),
            _ => {
                let ids: Vec<&str> = fitting.iter().map(|user| user.id.as_str()).collect();
                let message = format!("several users are called {named:?}: {}", ids.join(", "));
                let hint = "give the id: `hven user ls` shows e-mail addresses and roles";
                return Err(Failure::new("run.ambiguous", message).hint(hint));
            }
        }
    }
    Err(Failure::new("not_found", format!("there is no user {named:?}")).hint(not_found_hint(users, named)))
}

/// The hint for an unknown name. Users whose names contain it are suggested, quoted for a command.
fn not_found_hint(users: &[User], named: &str) -> String {
    const SHOWN_MAX: usize = 3;
    let part = folded(named);
    let has_it = |user: &&User| user.name.as_deref().is_some_and(|name| folded(name).contains(&part));
    let alike: Vec<String> = users.iter().filter(has_it).take(SHOWN_MAX).map(user_word).collect();
    let lists = "`hven user ls` lists all by their whole names, `hven user add` adds one";
    if part.is_empty() || alike.is_empty() {
        return lists.to_owned();
    }
    format!("is {} meant? {lists}", alike.join(" or "))
}

/// A name or an address in the form that is compared.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A user's name, for people.
pub fn name(user: &User) -> &str {
    user.name.as_deref().unwrap_or(&user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, name: &str, email: Option<&str>) -> User {
        let (name, email) = (Some(name.to_owned()), email.map(str::to_owned));
        User { id: id.to_owned(), name, email, added: "2026-01-01T00:00:00Z".to_owned() }
    }

    #[test]
    fn a_name_identifies_one_user_or_the_error_lists_the_candidates() {
        // Two users with one name, which is possible in homes of older versions.
        let users = [
            user("01", "jun", None),
            user("02", "jun", Some("jun@example.org")),
            user("03", "Jun Li", None),
            user("04", "JUN LI", None),
            user("05", "hedda", None),
        ];
        let check = |named: &str, expect: Result<&str, &str>| {
            let found = find_in(&users, named).map(|user| user.id.as_str());
            let result = found.map_err(|failure| format!("{failure}; {}", failure.hint.as_deref().unwrap_or_default()));
            match expect {
                Ok(id) => assert_eq!(result, Ok(id), "{named}"),
                Err(part) => assert!(result.as_ref().is_err_and(|error| error.contains(part)), "{named}: {result:?}"),
            }
        };
        check("05", Ok("05"));
        check("HEDDA ", Ok("05"));
        check("jun@EXAMPLE.org", Ok("02"));
        check("Jun Li", Ok("03"));
        check("jun", Err("several users are called \"jun\": 01, 02; give the id"));
        check("jun li", Err("03, 04"));
        check("li", Err("is 'Jun Li' or 'JUN LI' meant?"));
        check("tycho", Err("there is no user \"tycho\"; `hven user ls`"));
        check("", Err("; `hven user ls`"));
    }
}
