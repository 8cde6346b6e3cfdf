//! The session cookie of a browser. Each home has its own cookie name.
//!
//! A browser keeps cookies per host, not per port, so all homes on one machine share its cookies. With one name for all
//! homes, a login to one home would end the browser's session in the others.

use axum::http::{HeaderMap, header::COOKIE};
use hven_api::COOKIE_BEGINNING;

/// The number of digits of the home's id in the cookie's name. They are the last digits, which are random.
const DIGITS: usize = 8;

/// The session cookie of one home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionCookie {
    name: String,
}

impl SessionCookie {
    pub(crate) fn of_home(id: &str) -> Self {
        let digits = id.get(id.len().saturating_sub(DIGITS)..).unwrap_or(id);
        Self { name: format!("{COOKIE_BEGINNING}{digits}") }
    }

    /// The secret that a browser sends in this cookie.
    pub(crate) fn find<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name).map(|(_, secret)| secret)
    }

    /// The header that stores a session's secret in the browser for `seconds`.
    pub(crate) fn set(&self, secret: &str, seconds: i64) -> String {
        format!("{}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}", self.name)
    }

    /// The header that deletes the cookie in the browser.
    pub(crate) fn clear(&self) -> String {
        self.set("", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookies| (COOKIE, cookies.parse().expect("a header"))).collect()
    }

    #[test]
    fn each_home_finds_its_own_cookie() {
        let mine = SessionCookie::of_home("0199c0ffee00700080000000a1b2c3d4");
        assert_eq!(mine.set("hvs_x", 60), "hven_session_a1b2c3d4=hvs_x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
        assert_eq!(mine.clear(), "hven_session_a1b2c3d4=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
        let check = |cookies: &[&str], expect| assert_eq!(mine.find(&headers(cookies)), expect, "{cookies:?}");
        check(&["hven_session_00000000=theirs; hven_session_a1b2c3d4=mine"], Some("mine"));
        check(&["other=1", "hven_session_a1b2c3d4=mine; x=y"], Some("mine"));
        check(&["hven_session=older"], None);
        check(&["hven_session_a1b2c3d4"], None);
        check(&[], None);
    }
}
