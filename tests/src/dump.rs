//! Everything that the three servers hold, so that two moments can be compared.
//!
//! What changes by itself is left out: indexes, timestamps, and times to live.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use lattice_deploy::servers::Product::{Consul, Nomad, Vault};
use serde_json::{Value, json};

use crate::stack::Live;
use crate::wait::until;

/// How long servers may take to notice that a task has ended.
const SETTLE: Duration = Duration::from_secs(60);

const VOLATILE: [&str; 14] = [
    "CreateIndex",
    "ModifyIndex",
    "JobModifyIndex",
    "LockIndex",
    "creation_time",
    "creation_ttl",
    "expire_time",
    "issue_time",
    "last_renewal",
    "last_renewal_time",
    "last_update_time",
    "ttl",
    "ModifyTime",
    "StatusDescription",
];

const CONFIG_KINDS: [&str; 16] = [
    "api-gateway",
    "exported-services",
    "file-system-certificate",
    "http-route",
    "ingress-gateway",
    "inline-certificate",
    "jwt-provider",
    "mesh",
    "proxy-defaults",
    "service-defaults",
    "service-intentions",
    "service-resolver",
    "service-router",
    "service-splitter",
    "tcp-route",
    "terminating-gateway",
];

/// Every object by a name such as `consul/kv/a/b`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dump(BTreeMap<String, Value>);

impl Dump {
    /// The names of the objects that are in one dump only or differ, with both sides.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(other.0.keys()).collect();
        let differs = names.into_iter().filter(|name| self.0.get(*name) != other.0.get(*name));
        let side = |dump: &Self, name: &str| dump.0.get(name).map_or("-".to_owned(), Value::to_string);
        differs.map(|name| format!("{name}\n    {}\n    {}", side(self, name), side(other, name))).collect()
    }

    /// The names of all objects.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// One object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn add(&mut self, name: impl Into<String>, value: &Value) {
        self.0.insert(name.into(), stable(value));
    }
}

/// Sorted JSON.
impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", json!(self.0))
    }
}

/// Fails unless the servers hold the same as then; what is only just ending may take its time.
///
/// # Panics
/// As said.
pub async fn unchanged_since(live: &Live, before: &Dump) {
    let mut differences = Vec::new();
    let begun = tokio::time::Instant::now();
    until("the dumps are compared", SETTLE * 2, async || {
        differences = before.differences(&dump(live).await);
        (differences.is_empty() || begun.elapsed() > SETTLE).then_some(())
    })
    .await;
    assert!(differences.is_empty(), "before and after differ:\n{}", differences.join("\n"));
}

/// Reads everything.
///
/// # Panics
/// When a server does not answer.
pub async fn dump(live: &Live) -> Dump {
    let mut dump = Dump::default();
    consul(live, &mut dump).await;
    vault(live, &mut dump).await;
    nomad(live, &mut dump).await;
    dump
}

fn stable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), stable(value))).collect()
        }
        Value::Array(items) => items.iter().map(stable).collect(),
        other => other.clone(),
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn consul(live: &Live, dump: &mut Dump) {
    for pair in items(&live.get(Consul, "kv/?recurse").await.json()) {
        dump.add(format!("consul/kv/{}", text(&pair["Key"])), pair);
    }
    for (kind, name) in [
        ("policies", "Name"),
        ("roles", "Name"),
        ("auth-methods", "Name"),
        ("binding-rules", "ID"),
        ("tokens", "AccessorID"),
    ] {
        let mut all = read(live, Consul, &format!("acl/{kind}")).await;
        for object in all.as_array_mut().into_iter().flatten() {
            if let Some(fields) = object.as_object_mut() {
                fields.remove("SecretID");
            }
            dump.add(format!("consul/acl/{kind}/{}", text(&object[name])), object);
        }
    }
    for kind in CONFIG_KINDS {
        for entry in items(&read(live, Consul, &format!("config/{kind}")).await) {
            dump.add(format!("consul/config/{kind}/{}", text(&entry["Name"])), entry);
        }
    }
    for (service, tags) in read(live, Consul, "catalog/services").await.as_object().into_iter().flatten() {
        let tags: BTreeSet<&str> = items(tags).map(text).collect();
        dump.add(format!("consul/service/{service}"), &json!(tags));
    }
    for session in items(&read(live, Consul, "session/list").await) {
        dump.add(format!("consul/session/{}", text(&session["ID"])), session);
    }
}

async fn read(live: &Live, product: lattice_deploy::servers::Product, path: &str) -> Value {
    let answer = live.get(product, path).await;
    assert!(answer.status == 200, "{path}: {answer:?}");
    answer.json()
}

/// What Vault answers; null where nothing is.
async fn vault_read(live: &Live, path: &str) -> Value {
    let answer = live.get(Vault, path).await;
    assert!(matches!(answer.status, 200 | 404), "{path}: {answer:?}");
    answer.json()["data"].clone()
}

async fn vault_list(live: &Live, path: &str) -> Vec<String> {
    let data = vault_read(live, &format!("{path}?list=true")).await;
    items(&data["keys"]).map(|key| text(key).to_owned()).collect()
}

/// Adds every object of a list.
async fn vault_all(live: &Live, dump: &mut Dump, path: &str) {
    for name in vault_list(live, path).await {
        dump.add(format!("vault/{path}/{name}"), &vault_read(live, &format!("{path}/{name}")).await);
    }
}

async fn vault(live: &Live, dump: &mut Dump) {
    vault_all(live, dump, "sys/policies/acl").await;
    for (path, mount) in vault_read(live, "sys/mounts").await.as_object().into_iter().flatten() {
        dump.add(format!("vault/mount/{path}"), mount);
        let path = path.trim_end_matches('/');
        match text(&mount["type"]) {
            "kv" => secrets(live, dump, path).await,
            "pki" => {
                vault_all(live, dump, &format!("{path}/roles")).await;
                dump.add(format!("vault/{path}/issuers"), &json!(vault_list(live, &format!("{path}/issuers")).await));
            }
            "transit" => vault_all(live, dump, &format!("{path}/keys")).await,
            "database" => {
                vault_all(live, dump, &format!("{path}/config")).await;
                vault_all(live, dump, &format!("{path}/roles")).await;
            }
            _ => {}
        }
    }
    for (path, mount) in vault_read(live, "sys/auth").await.as_object().into_iter().flatten() {
        dump.add(format!("vault/auth/{path}"), mount);
        if text(&mount["type"]) == "jwt" {
            let path = path.trim_end_matches('/');
            dump.add(format!("vault/auth/{path}/config"), &vault_read(live, &format!("auth/{path}/config")).await);
            vault_all(live, dump, &format!("auth/{path}/role")).await;
        }
    }
    vault_all(live, dump, "identity/entity/id").await;
    vault_all(live, dump, "identity/entity-alias/id").await;
    for accessor in vault_list(live, "auth/token/accessors").await {
        let body = json!({ "accessor": accessor }).to_string();
        let answer = live.send(Vault, "POST", "auth/token/lookup-accessor", &body).await;
        // A token may end between the list and the look.
        if answer.status == 200 {
            dump.add(format!("vault/token/{accessor}"), &answer.json()["data"]);
        }
    }
}

/// Paths and metadata, with all folders.
async fn secrets(live: &Live, dump: &mut Dump, mount: &str) {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for name in vault_list(live, &format!("{mount}/metadata/{folder}")).await {
            let path = format!("{folder}{name}");
            if name.ends_with('/') {
                folders.push(path);
            } else {
                let metadata = vault_read(live, &format!("{mount}/metadata/{path}")).await;
                dump.add(format!("vault/secret/{mount}/{path}"), &metadata);
            }
        }
    }
}

async fn nomad(live: &Live, dump: &mut Dump) {
    for job in items(&read(live, Nomad, "jobs?namespace=*&meta=true").await) {
        let id = text(&job["ID"]);
        let full = read(live, Nomad, &format!("job/{id}?namespace={}", text(&job["Namespace"]))).await;
        dump.add(format!("nomad/job/{id}"), &full);
    }
    for (kind, path, name) in [
        ("variable", "vars?namespace=*", "Path"),
        ("namespace", "namespaces", "Name"),
        ("policy", "acl/policies", "Name"),
        ("token", "acl/tokens", "AccessorID"),
        ("role", "acl/roles", "ID"),
        ("method", "acl/auth-methods", "Name"),
        ("volume", "volumes?type=host&namespace=*", "ID"),
        ("csi volume", "volumes?type=csi&namespace=*", "ID"),
    ] {
        for object in items(&read(live, Nomad, path).await) {
            dump.add(format!("nomad/{kind}/{}", text(&object[name])), object);
        }
    }
}
