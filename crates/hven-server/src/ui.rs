//! The embedded web UI, and the login of a browser.

use axum::{
    Router,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, SET_COOKIE},
    },
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use hven_app::{AppError, sessions};
use maud::{DOCTYPE, Markup, html};
use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::{
    Server,
    answer::{self, Refusal},
    caller,
};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// The page for a binary that was built without the web pages.
fn not_built() -> Html<String> {
    let words = html! { "This binary was built without its web pages. Build it with " code { "make build" } "." };
    plain_page("Hven", &words)
}

fn link_closed() -> Html<String> {
    let words = html! {
        "It was used, has run out, or the token that made it was revoked. A login link works once, for ten minutes. "
        "Make a new one: " code { "hven login" }
    };
    plain_page("This login link is not valid any more", &words)
}

/// A page with one heading and one paragraph.
fn plain_page(heading: &str, words: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        meta charset="utf-8";
        title { "Hven" }
        body { h1 { (heading) } p { (words) } }
    };
    Html(page.into_string())
}

pub(crate) fn router(server: Server) -> Router {
    Router::new().route("/login/{code}", get(login)).route("/logout", post(logout)).fallback(file).with_state(server)
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: Option<String>,
}

/// Redeems a one-time login code, sets the session cookie and redirects to the page.
async fn login(
    State(server): State<Server>,
    Path(code): Path<String>,
    answer::Query(Next { next }): answer::Query<Next>,
) -> Response {
    let (session, seconds) = match sessions::open(&server.app, &code).await {
        Ok(opened) => opened,
        Err(AppError::Unauthenticated | AppError::Denied) => {
            return (StatusCode::UNAUTHORIZED, link_closed()).into_response();
        }
        Err(error) => return Refusal::from(error).into_response(),
    };
    let next = next.filter(|next| is_local_path(next)).unwrap_or_else(|| "/".to_owned());
    see_other(&next, &server.cookie.set(&session, seconds))
}

/// Ends the browser's session on the server and in the browser.
async fn logout(State(server): State<Server>, headers: HeaderMap) -> Response {
    if let Some(token) = caller::token(&headers, &server.cookie)
        && let Err(error) = sessions::end(&server.app, token).await
    {
        // Keep the cookie: without it, the browser would look logged out while its session is still valid.
        return Refusal::from(error).into_response();
    }
    see_other("/", &server.cookie.clear())
}

fn see_other(path: &str, cookie: &str) -> Response {
    let (Ok(path), Ok(cookie)) = (HeaderValue::from_str(path), HeaderValue::from_str(cookie)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    (StatusCode::SEE_OTHER, [(LOCATION, path), (SET_COOKIE, cookie)]).into_response()
}

/// A path on this server only: `//host` and `/\host` lead to other hosts.
fn is_local_path(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control)
}

/// Serves a file of the UI. For every other path it serves the page that draws the UI.
async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        let message = format!("there is no {}", uri.path());
        return answer::error(StatusCode::NOT_FOUND, "not_found", &message, None).into_response();
    }
    if let Some(file) = Files::get(path).filter(|_| path != "index.html") {
        let media_type = mime_guess::from_path(path).first_or_octet_stream();
        // File names under assets/ change with their content.
        let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        let headers = [(CONTENT_TYPE, media_type.to_string()), (CACHE_CONTROL, cache.to_owned())];
        return (headers, file.data).into_response();
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Files::get("index.html") {
        Some(page) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], page.data).into_response(),
        None => not_built().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_pages_of_this_server_only() {
        assert!(is_local_path("/r/7Q2M?tab=log"));
        for bad in ["", "r", "//evil.example", "/\\evil.example", "https://evil.example", "/\r\nSet-Cookie: x"] {
            assert!(!is_local_path(bad), "{bad:?}");
        }
    }
}
