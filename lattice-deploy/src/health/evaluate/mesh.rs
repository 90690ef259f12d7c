//! The service mesh.

use super::certs::days_left;
use super::{Blind, Finding, View, seen};

pub(crate) fn intentions(view: &View<'_>) -> Result<Finding, Blind> {
    let open = *seen(&view.facts.consul.open)?;
    let service = &view.target.service;
    Ok(if open {
        Finding::count(1, format!("any service may call {service}: intentions allow by default"))
    } else {
        Finding::count(0, format!("only named services may call {service}"))
    })
}

pub(crate) fn root(view: &View<'_>) -> Result<Finding, Blind> {
    match seen(&view.facts.consul.root)? {
        Some(ends) => Ok(days_left(view, *ends, "the mesh's root certificate")),
        None => Blind::skipped("the mesh is off"),
    }
}
