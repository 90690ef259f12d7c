//! The tokens that the probe itself uses.

use jiff::Timestamp;

use super::{Blind, Finding, View, seen, since, span};
use crate::health::facts::Slot;
use crate::health::problem::ProblemKind;
use crate::health::status::Status;

/// How long a token still lives. That it is not known is for once no missing permission: it has ended.
fn left<T>(view: &View<'_>, slot: &Slot<Option<T>>, ends: impl Fn(&T) -> Option<Timestamp>) -> Result<Finding, Blind> {
    if let Some(Err(problem)) = slot
        && problem.kind == ProblemKind::BadToken
    {
        return Ok(Finding::state(Status::Critical, "the token is not valid: mistyped, expired or revoked"));
    }
    let Some(token) = seen(slot)? else { return Blind::skipped("no token is configured") };
    let Some(ends) = ends(token) else { return Ok(Finding::state(Status::Ok, "does not expire")) };
    let left = -since(view.now, ends);
    Ok(Finding::value(left.round(), format!("expires in {}", span(left))))
}

pub(crate) fn consul(view: &View<'_>) -> Result<Finding, Blind> {
    left(view, &view.facts.consul.token, |token| token.expiration_time)
}

pub(crate) fn vault(view: &View<'_>) -> Result<Finding, Blind> {
    left(view, &view.facts.vault.token, |token| token.expire_time)
}

pub(crate) fn nomad(view: &View<'_>) -> Result<Finding, Blind> {
    // Every token may read itself, so a refusal means that it is not known.
    if let Some(Err(problem)) = &view.facts.nomad.token
        && problem.kind == ProblemKind::Denied
    {
        return Ok(Finding::state(Status::Critical, "the token is not valid: mistyped, expired or revoked"));
    }
    left(view, &view.facts.nomad.token, |token| token.expiration_time)
}
