//! The four endpoints.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::json;

use crate::service::{Loaded, Service};

/// The paths that are counted by name; the last stands for all others, so that a stranger's
/// requests cannot grow the metrics.
const PATHS: [&str; 5] = ["/health", "/ready", "/metrics", "/version", "other"];

/// Requests so far, by path.
#[derive(Debug, Default)]
pub(crate) struct Requests([AtomicU64; PATHS.len()]);

impl Requests {
    fn count(&self, path: &str) {
        let known = PATHS.iter().position(|known| *known == path);
        self.0[known.unwrap_or(PATHS.len() - 1)].fetch_add(1, Ordering::Relaxed);
    }

    fn totals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let totals = self.0.iter().map(|total| total.load(Ordering::Relaxed));
        PATHS.into_iter().zip(totals)
    }
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/version", get(version))
        .layer(from_fn_with_state(Arc::clone(&service), count))
        .with_state(service)
}

async fn count(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    service.requests.count(request.uri().path());
    next.run(request).await
}

async fn health(State(service): State<Arc<Service>>) -> Response {
    match service.settings.broken() {
        None => Json(json!({ "status": "ok" })).into_response(),
        Some(reason) => unavailable(json!({ "status": "failing", "reason": reason })),
    }
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    let reasons = service.loaded().files.problems(Timestamp::now());
    if reasons.is_empty() {
        Json(json!({ "status": "ready" })).into_response()
    } else {
        unavailable(json!({ "status": "not ready", "reasons": reasons }))
    }
}

fn unavailable(body: serde_json::Value) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

async fn version(State(service): State<Arc<Service>>) -> Response {
    let Loaded { files, reloads, last_error, .. } = service.loaded();
    let settings = &service.settings;
    Json(json!({
        "version": settings.version,
        "job_name": settings.job_name,
        "alloc_id": settings.alloc_id,
        "alloc_index": settings.alloc_index,
        "pid": std::process::id(),
        "started": service.started,
        "reloads": reloads,
        "last_reload_error": last_error,
        "secret": files.secret,
        "config": files.config,
        "certificate": files.certificate,
        "database": files.database,
    }))
    .into_response()
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let text = exposition(&service, Timestamp::now());
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}

fn exposition(service: &Service, now: Timestamp) -> String {
    let loaded = service.loaded();
    let mut text = Exposition::default();

    text.family("requests_total", "counter", "Requests by path.");
    for (path, total) in service.requests.totals() {
        text.sample("requests_total", Some(("path", path)), total);
    }
    text.family("reloads_total", "counter", "Reloads that succeeded.");
    text.sample("reloads_total", None, loaded.reloads);
    text.family("reload_failures_total", "counter", "Reloads that kept the last good files.");
    text.sample("reload_failures_total", None, loaded.failures);
    text.family("build_info", "gauge", "The version that was deployed.");
    text.sample("build_info", Some(("version", &service.settings.version)), 1);
    text.family("uptime_seconds", "gauge", "Seconds since the start.");
    let uptime = now.duration_since(service.started);
    text.sample("uptime_seconds", None, uptime.as_millis_f64() / 1000.0);
    if let Some(certificate) = &loaded.files.certificate {
        let name = "certificate_expiry_seconds";
        text.family(name, "gauge", "Seconds until the certificate expires; negative after.");
        text.sample(name, None, certificate.not_after.duration_since(now).as_secs());
    }
    text.0
}

/// The Prometheus text format.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP latticedb_sample_{name} {help}"));
        self.line(format_args!("# TYPE latticedb_sample_{name} {kind}"));
    }

    fn sample(&mut self, name: &str, label: Option<(&str, &str)>, value: impl std::fmt::Display) {
        match label {
            None => self.line(format_args!("latticedb_sample_{name} {value}")),
            Some((key, label)) => {
                let label = escape(label);
                self.line(format_args!(r#"latticedb_sample_{name}{{{key}="{label}"}} {value}"#));
            }
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _infallible = writeln!(self.0, "{line}");
    }
}

fn escape(label: &str) -> String {
    label.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out_of_its_line() {
        let mut text = Exposition::default();
        text.sample("build_info", Some(("version", "1\"\\\n2")), 1);
        assert_eq!(text.0, "latticedb_sample_build_info{version=\"1\\\"\\\\\\n2\"} 1\n");
    }

    #[test]
    fn unknown_paths_are_counted_together() {
        let requests = Requests::default();
        for path in ["/health", "/a", "/b", "/health/"] {
            requests.count(path);
        }
        let totals: Vec<_> = requests.totals().filter(|(_, total)| *total > 0).collect();
        assert_eq!(totals, [("/health", 1), ("other", 3)]);
    }
}
