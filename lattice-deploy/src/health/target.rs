//! What is looked at, and what counts as good.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::range::Range;
use super::table::{self, Component, Spec};

/// What a value is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Thresholds {
    /// Outside of it things are not as they should be.
    pub warning: Option<Range>,
    /// Outside of it things do not work.
    pub critical: Option<Range>,
}

/// Which checks are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Those of these components; of all when empty.
    pub components: Vec<Component>,
    /// These alone, if there are any.
    pub only: Vec<&'static str>,
    /// These as well, though they are made on demand only.
    pub with: Vec<&'static str>,
    /// Not these.
    pub skip: Vec<&'static str>,
}

/// What is looked at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The service in Consul.
    pub service: String,
    /// Only its instances with this tag count.
    pub tag: Option<String>,
    /// Its job in Nomad.
    pub job: String,
    /// How many instances should pass; at least one when it is not known.
    pub expected: Option<u64>,
    /// The service in Consul behind which SQL is spoken.
    pub sql_service: String,
    /// The environment, by which the lock of deployments is found.
    pub environment: Option<String>,
    /// The periodic job that makes backups; when it is not named, `<job>-backup` is looked at if it exists.
    pub backup_job: Option<String>,
    /// The last success of it that is known from earlier runs.
    pub backup_seen: Option<Timestamp>,
    /// The mount of Vault from whose issuer certificates come.
    pub pki_mount: String,
    /// Other places (`host:port`) whose certificates are looked at.
    pub endpoints: Vec<String>,
    /// The paths of the instances' pages.
    pub pages: Pages,
    /// How long all checks together may take.
    pub deadline: Duration,
    /// How long one look may take.
    pub patience: Duration,
    /// What was said about thresholds, by check.
    pub thresholds: BTreeMap<&'static str, Thresholds>,
    /// Which checks are made.
    pub selection: Selection,
}

/// The paths of the instances' pages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pages {
    /// Whether an instance is healthy.
    pub health: String,
    /// Whether it is ready.
    pub ready: String,
    /// Its metrics.
    pub metrics: String,
}

impl Default for Pages {
    fn default() -> Self {
        Self { health: "/health".to_owned(), ready: "/ready".to_owned(), metrics: "/metrics".to_owned() }
    }
}

impl Target {
    /// A service of unknown size, to be checked within 30 seconds.
    pub fn new(service: impl Into<String>) -> Self {
        let service = service.into();
        Self {
            job: service.clone(),
            tag: None,
            expected: None,
            sql_service: format!("{service}-sql"),
            environment: None,
            backup_job: None,
            backup_seen: None,
            pki_mount: "pki_int".to_owned(),
            endpoints: Vec::new(),
            pages: Pages::default(),
            deadline: Duration::from_secs(30),
            patience: Duration::from_secs(5),
            thresholds: BTreeMap::new(),
            selection: Selection::default(),
            service,
        }
    }

    /// The name of the backup job, named or guessed.
    pub(super) fn backup_name(&self) -> String {
        self.backup_job.clone().unwrap_or_else(|| format!("{}-backup", self.job))
    }

    /// The checks to make, in the order of the table.
    pub fn chosen(&self) -> Vec<&'static Spec> {
        table::CHECKS.iter().filter(|spec| self.wants(spec)).collect()
    }

    fn wants(&self, spec: &Spec) -> bool {
        let Selection { components, only, with, skip } = &self.selection;
        if skip.contains(&spec.id) {
            return false;
        }
        if only.contains(&spec.id) || with.contains(&spec.id) {
            return true;
        }
        let component = components.is_empty() || components.contains(&spec.component);
        only.is_empty() && component && (spec.usual)(self)
    }

    /// What a check's value is held against: what was said about it, else the defaults.
    pub fn thresholds(&self, spec: &Spec) -> Thresholds {
        let said = self.thresholds.get(spec.id).copied().unwrap_or_default();
        let usual = self.usual_thresholds(spec);
        Thresholds { warning: said.warning.or(usual.warning), critical: said.critical.or(usual.critical) }
    }

    fn usual_thresholds(&self, spec: &Spec) -> Thresholds {
        let mut thresholds = spec.thresholds();
        if spec.id == "app.instances"
            && let Some(expected) = self.expected
        {
            #[expect(clippy::cast_precision_loss, reason = "nobody has so many instances")]
            let expected = expected as f64;
            thresholds.warning = Some(Range::at_least(expected));
            thresholds.critical = Some(Range::at_least(expected.min(1.0)));
        }
        thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Target, Thresholds};
    use crate::health::Unit;
    use crate::health::table::{self, Component};

    fn ids(target: &Target) -> Vec<&'static str> {
        target.chosen().iter().map(|spec| spec.id).collect()
    }

    #[test]
    fn what_writes_or_needs_much_is_made_on_demand() {
        let mut target = Target::new("web");
        let usual = ids(&target);
        for id in ["consul.kv", "vault.audit", "certs.endpoints", "deployment.lock"] {
            assert!(!usual.contains(&id), "{id}");
        }
        target.selection.with = vec!["consul.kv"];
        assert_eq!(ids(&target).len(), usual.len() + 1);
        target.environment = Some("production".into());
        assert!(ids(&target).contains(&"deployment.lock"));
    }

    #[test]
    fn one_can_choose() {
        let mut target = Target::new("web");
        target.selection.components = vec![Component::Tokens];
        assert_eq!(ids(&target), ["tokens.consul", "tokens.vault", "tokens.nomad"]);
        target.selection.skip = vec!["tokens.vault"];
        target.selection.with = vec!["vault.seal"];
        assert_eq!(ids(&target), ["vault.seal", "tokens.consul", "tokens.nomad"]);
        target.selection.only = vec!["app.job"];
        assert_eq!(ids(&target), ["vault.seal", "app.job"]);
    }

    #[test]
    fn what_is_said_about_a_threshold_replaces_that_one_only() {
        let mut target = Target::new("web");
        let spec = table::find("certs.pki").unwrap();
        let warning = Range::parse("60:", Unit::Days).ok();
        target.thresholds.insert("certs.pki", Thresholds { warning, critical: None });
        let held = target.thresholds(spec);
        assert_eq!((held.warning, held.critical.unwrap().to_string().as_str()), (warning, "7:"));
    }

    #[test]
    fn an_expected_count_is_the_threshold_of_instances() {
        let mut target = Target::new("web");
        let spec = table::find("app.instances").unwrap();
        let texts = |target: &Target| {
            let held = target.thresholds(spec);
            [held.warning.unwrap().to_string(), held.critical.unwrap().to_string()]
        };
        assert_eq!(texts(&target), ["1:", "1:"]);
        target.expected = Some(3);
        assert_eq!(texts(&target), ["3:", "1:"]);
    }
}
