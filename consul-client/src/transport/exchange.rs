//! One exchange with a server: a request, its answer, and at most one redirect between them.

use bytes::BytesMut;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use url::Url;

use super::{Origin, Reply, Request, Server, Transport, Upload};
use crate::credential::Token;
use crate::error::{Result, TransportKind};
use crate::product;

impl Transport {
    /// Sends the request, and once more when the server points to another place where the token may go.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        server: &Server,
        token: Option<&Token>,
    ) -> Result<reqwest::Response> {
        let origin = Origin::new(request, &server.name);
        let mut url = server.base.clone();
        let prefix = server.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{}", request.path.as_str()));
        url.set_query(Some(request.query.as_str()).filter(|query| !query.is_empty()));
        let send =
            async |url| prepared(request, server, url, token)?.send().await.map_err(|error| origin.broken(error));
        let response = send(url.clone()).await?;
        if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
            return Ok(response);
        }
        let target = self.redirect_target(request, &origin, &url, response.headers())?;
        let response = send(target).await?;
        if response.status().is_redirection() {
            return Err(origin.failed(TransportKind::Redirect, "it redirects a second time", false));
        }
        Ok(response)
    }

    /// Where a redirect may lead: the same server or a configured one, never from TLS to plain text.
    fn redirect_target(&self, request: &Request, origin: &Origin, from: &Url, headers: &HeaderMap) -> Result<Url> {
        // A server that points elsewhere has not carried the request out.
        let refuse = |why: &str| origin.failed(TransportKind::Redirect, why, false);
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let target = location
            .and_then(|location| Url::options().base_url(Some(from)).parse(location).ok())
            .filter(|target| matches!(target.scheme(), "http" | "https"))
            .ok_or_else(|| refuse("it redirects to no readable place"))?;
        if request.upload.as_ref().is_some_and(Upload::has_begun) {
            return Err(refuse("it redirects, but the body is a stream of which a part is sent already"));
        }
        if from.scheme() == "https" && target.scheme() != "https" {
            return Err(refuse("it redirects from TLS to plain text, where the token must not go"));
        }
        let same = target.host() == from.host() && target.port_or_known_default() == from.port_or_known_default();
        if same || self.servers.has(&target) || self.redirect_hosts.iter().any(|allowed| is_host(allowed, &target)) {
            return Ok(target);
        }
        Err(refuse("it redirects to another server, where the token must not go unless it is named as allowed"))
    }

    /// Reads an answer to its end.
    pub(super) async fn read(&self, origin: &Origin, mut response: reqwest::Response) -> Result<Reply> {
        let announced = response.content_length().map(usize::try_from);
        if announced.is_some_and(|length| length.map_or(true, |length| length > self.max_body)) {
            return Err(origin.too_large());
        }
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| origin.truncated(error))? {
            if body.len() + chunk.len() > self.max_body {
                return Err(origin.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body: body.freeze() })
    }
}

fn prepared(request: &Request, server: &Server, url: Url, token: Option<&Token>) -> Result<reqwest::RequestBuilder> {
    let method =
        reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|_| request.refused("not an HTTP method"))?;
    let mut builder = server.http.request(method, url).headers(headers(request)?);
    if let Some(token) = token {
        builder = builder.header(product::TOKEN_HEADER, token.header()?);
    }
    if let Some(upload) = &request.upload {
        builder = builder.header(CONTENT_TYPE, upload.content_type).body(upload.body());
    } else if let Some(body) = &request.body {
        builder = builder.header(CONTENT_TYPE, body.content_type).body(body.content.clone());
    }
    Ok(builder)
}

fn headers(request: &Request) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in product::HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in &request.headers {
        let value = HeaderValue::from_str(value).map_err(|_| request.refused("a header holds a line break"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// An allowed host is named alone or with its port.
fn is_host(allowed: &str, target: &Url) -> bool {
    let Some(host) = target.host_str() else { return false };
    let port = target.port_or_known_default().unwrap_or_default();
    allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(&format!("{host}:{port}"))
}
