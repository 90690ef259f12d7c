//! Certificates.

use jiff::Timestamp;

use super::{Blind, Finding, View, seen, since, span};
use crate::health::facts::Ends;
use crate::health::target::Target;

/// How many days are left until then.
pub(super) fn days_left(view: &View<'_>, ends: Timestamp, what: &str) -> Finding {
    let left = -since(view.now, ends);
    let text =
        if left < 0.0 { format!("{what} ended {} ago", span(-left)) } else { format!("{what} ends in {}", span(left)) };
    Finding::value((left / 86_400.0 * 100.0).floor() / 100.0, text)
}

fn listener(view: &View<'_>, place: usize) -> Result<Finding, Blind> {
    match seen(&view.facts.tls.listeners)?.get(place) {
        Some(Some(ends)) => shown(view, ends),
        _ => Blind::skipped("no TLS at this address"),
    }
}

fn shown(view: &View<'_>, ends: &Ends) -> Result<Finding, Blind> {
    match &ends.at {
        Ok(at) => Ok(days_left(view, *at, &format!("the certificate of {}", ends.place))),
        Err(problem) => Err(Blind::Failed(problem.clone())),
    }
}

pub(crate) fn consul(view: &View<'_>) -> Result<Finding, Blind> {
    listener(view, 0)
}

pub(crate) fn vault(view: &View<'_>) -> Result<Finding, Blind> {
    listener(view, 1)
}

pub(crate) fn nomad(view: &View<'_>) -> Result<Finding, Blind> {
    listener(view, 2)
}

pub(crate) fn has_endpoints(target: &Target) -> bool {
    !target.endpoints.is_empty()
}

pub(crate) fn endpoints(view: &View<'_>) -> Result<Finding, Blind> {
    let all = seen(&view.facts.tls.endpoints)?;
    // One that cannot be read is worse than one that ends late.
    let Some(first) = all.iter().min_by_key(|ends| ends.at.as_ref().ok()) else {
        return Blind::skipped("no endpoint is configured");
    };
    shown(view, first)
}

pub(crate) fn issuer(view: &View<'_>) -> Result<Finding, Blind> {
    let mount = &view.target.pki_mount;
    match seen(&view.facts.vault.issuer)? {
        Some(ends) => Ok(days_left(view, *ends, &format!("the issuer of {mount}"))),
        None => Blind::skipped(format!("no issuer at {mount}")),
    }
}
