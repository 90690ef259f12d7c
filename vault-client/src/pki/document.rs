//! What the engine hands out without JSON: certificates and revocation lists, in DER and PEM.

use bytes::Bytes;

use crate::client::Client;
use crate::error::{DecodeError, Error, Result};
use crate::transport::{Reply, Request};

/// A certificate in DER. The server says the same of the chain, which is PEM.
pub(super) const CERTIFICATE: &str = "application/pkix-cert";
/// Certificates in PEM.
pub(super) const PEM: &str = "application/pem-certificate-chain";
/// A revocation list in DER.
pub(super) const CRL: &str = "application/pkix-crl";
/// A revocation list in PEM.
pub(super) const CRL_PEM: &str = "application/x-pem-file";
/// An answer about a revocation, in DER.
pub(super) const OCSP: &str = "application/ocsp-response";

/// Reads bytes in DER. The server answers with nothing where there is none.
pub(super) async fn der(client: &Client, request: Request, kind: &str) -> Result<Option<Bytes>> {
    let reply = client.send(request.clone()).await?;
    if reply.body.is_empty() {
        return Ok(None);
    }
    check(&request, &reply, kind)?;
    // Every document in DER is a sequence.
    if reply.body.first() != Some(&0x30) {
        return Err(unlike(&request, &reply, "it is not DER"));
    }
    Ok(Some(reply.body))
}

/// Reads a text in PEM. The server answers with nothing where there is none.
pub(super) async fn pem(client: &Client, request: Request, kind: &str) -> Result<Option<String>> {
    let reply = client.send(request.clone()).await?;
    if reply.body.is_empty() {
        return Ok(None);
    }
    check(&request, &reply, kind)?;
    let text = std::str::from_utf8(&reply.body).ok().filter(|text| text.trim_start().starts_with("-----BEGIN "));
    text.map(|text| Some(text.to_owned())).ok_or_else(|| unlike(&request, &reply, "it is not PEM"))
}

/// A proxy that answers in the server's place says so by another type.
fn check(request: &Request, reply: &Reply, kind: &str) -> Result<()> {
    let said = reply.header("content-type").and_then(|said| said.split(';').next()).unwrap_or_default();
    if said.trim().eq_ignore_ascii_case(kind) { Ok(()) } else { Err(unlike(request, reply, "it is of another type")) }
}

fn unlike(request: &Request, reply: &Reply, problem: &'static str) -> Error {
    Error::Decode(Box::new(DecodeError {
        method: request.method,
        path: request.path.as_str().to_owned(),
        status: reply.status,
        content_type: reply.header("content-type").unwrap_or("no content type").to_owned(),
        problem,
        line: 1,
        column: 1,
    }))
}
