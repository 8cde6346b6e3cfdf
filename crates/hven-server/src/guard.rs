//! Checks the `Host` and `Origin` of each request, and adds security headers to each answer.
//!
//! A page of another site can make a browser send requests to this server. The page can choose neither the `Host` header,
//! so that DNS rebinding is noticed, nor the `Origin` header.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{HOST, HeaderMap, HeaderName, ORIGIN},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Server, answer};

const CONTENT_POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) async fn check(State(server): State<Server>, request: Request, next: Next) -> Response {
    let refusal = refusal(request.headers());
    if !request.uri().path().starts_with("/api/v1/runner/") {
        server.activity.note(server.app.now());
    }
    let mut response = match refusal {
        Some(why) => answer::error(StatusCode::FORBIDDEN, "access.foreign", why, None).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    };
    set("content-security-policy", CONTENT_POLICY);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "no-referrer");
    set("x-frame-options", "DENY");
    set("cross-origin-resource-policy", "same-origin");
    set("cache-control", "no-store");
    response
}

/// The reason why a request is refused; `None` when its `Host` and `Origin` are accepted.
fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.filter(|host| is_this_machine(host)) else {
        return Some("this server answers to 127.0.0.1, [::1] and localhost only");
    };
    let origin = headers.get(ORIGIN)?;
    let ours = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
    (ours != Some(host)).then_some("a page of another origin may not call this server")
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(host: Option<&str>, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value {
                headers.insert(name, value.parse().expect("a good header"));
            }
        };
        set(HOST, host);
        set(ORIGIN, origin);
        refusal(&headers).is_some()
    }

    #[test]
    fn only_pages_of_this_server_may_call() {
        for host in ["127.0.0.1:7878", "localhost:7878", "localhost", "[::1]:7878", "127.0.0.2"] {
            assert!(!is_refused(Some(host), None), "{host}");
            assert!(!is_refused(Some(host), Some(&format!("http://{host}"))), "{host}");
        }
        for host in
            [None, Some("evil.example"), Some("evil.example:7878"), Some("127.0.0.1.evil.example"), Some("0.0.0.0")]
        {
            assert!(is_refused(host, None), "{host:?}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:7878",
            "http://localhost:7879",
            "http://localhost:7878.evil",
        ] {
            assert!(is_refused(Some("localhost:7878"), Some(origin)), "{origin}");
        }
    }
}
