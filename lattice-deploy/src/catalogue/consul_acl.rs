//! Consul's access control for the workload: policy, role, auth method and binding rules.

use consul_client::acl::binding_rules::ListOptions;
use consul_client::acl::{BindType, BindingRule, Link, Policy, Role};
use serde_json::{Value, json};

use super::{Effect, Held, Kind, Mark, Removal};
use crate::clients::Clients;
use crate::error::{Doing, Error, Result, System, unless_missing};
use crate::owner::Owner;
use crate::workload;

/// An ACL policy.
#[derive(Clone, Debug)]
pub struct ConsulPolicy {
    policy: String,
    rules: String,
}

impl ConsulPolicy {
    /// Declares a policy with these rules.
    pub fn new(policy: impl Into<String>, rules: impl Into<String>) -> Self {
        Self { policy: policy.into(), rules: rules.into() }
    }
}

impl Kind for ConsulPolicy {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "ACL policy";

    fn name(&self) -> String {
        self.policy.clone()
    }

    fn declared(&self) -> Value {
        json!({"rules": self.rules})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let policy = clients.consul.acl().policies().read_by_name(&self.policy).await;
        let policy = policy.doing(format!("read the ACL policy {} in Consul", self.policy))?;
        Ok(policy.map(|policy| Held::new(json!({"rules": policy.rules}), Mark::of_text(owner, &policy.description))))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let policies = clients.consul.acl().policies();
        let doing = || format!("write the ACL policy {} in Consul", self.policy);
        let mut policy = match held {
            None => Policy::new(&self.policy, &self.rules),
            Some(_) => found(policies.read_by_name(&self.policy).await.doing(doing())?, &self.policy)?,
        };
        policy.rules.clone_from(&self.rules);
        policy.description = owner.mark();
        let written = if held.is_some() { policies.update(&policy).await } else { policies.create(&policy).await };
        written.doing(doing())?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let policies = clients.consul.acl().policies();
        let doing = || format!("delete the ACL policy {name} in Consul");
        if let Some(policy) = policies.read_by_name(name).await.doing(doing())? {
            policies.delete(&policy.id).await.doing(doing())?;
        }
        Ok(Removal::Removed)
    }
}

fn found<T>(object: Option<T>, name: &str) -> Result<T> {
    object.ok_or_else(|| Error::Stale { key: format!("{name} in Consul") })
}

/// An ACL role with one policy.
#[derive(Clone, Debug)]
pub struct ConsulRole {
    role: String,
    policy: String,
}

impl ConsulRole {
    /// Declares a role.
    pub fn new(role: impl Into<String>, policy: impl Into<String>) -> Self {
        Self { role: role.into(), policy: policy.into() }
    }
}

impl Kind for ConsulRole {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "ACL role";

    fn name(&self) -> String {
        self.role.clone()
    }

    fn declared(&self) -> Value {
        json!({"policies": [self.policy]})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let role = clients.consul.acl().roles().read_by_name(&self.role).await;
        let role = role.doing(format!("read the ACL role {} in Consul", self.role))?;
        Ok(role.map(|role| {
            let policies: Vec<&str> = role.policies.iter().map(|policy| policy.name.as_str()).collect();
            Held::new(json!({"policies": policies}), Mark::of_text(owner, &role.description))
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, held: Option<&Held>) -> Result<Effect> {
        let roles = clients.consul.acl().roles();
        let doing = || format!("write the ACL role {} in Consul", self.role);
        let mut role = match held {
            None => Role::new(&self.role),
            Some(_) => found(roles.read_by_name(&self.role).await.doing(doing())?, &self.role)?,
        };
        role.policies = vec![Link::by_name(&self.policy)];
        role.description = owner.mark();
        let written = if held.is_some() { roles.update(&role).await } else { roles.create(&role).await };
        written.doing(doing())?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let roles = clients.consul.acl().roles();
        let doing = || format!("delete the ACL role {name} in Consul");
        if let Some(role) = roles.read_by_name(name).await.doing(doing())? {
            roles.delete(&role.id).await.doing(doing())?;
        }
        Ok(Removal::Removed)
    }
}

/// The auth method that takes Nomad's workload identities. One that somebody else made does as well.
#[derive(Clone, Debug)]
pub struct ConsulAuthMethod {
    method: String,
    jwks_url: String,
}

impl ConsulAuthMethod {
    /// Declares an auth method.
    pub fn new(method: impl Into<String>, jwks_url: impl Into<String>) -> Self {
        Self { method: method.into(), jwks_url: jwks_url.into() }
    }
}

impl Kind for ConsulAuthMethod {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "ACL auth method";

    fn name(&self) -> String {
        self.method.clone()
    }

    fn declared(&self) -> Value {
        json!({"type": "jwt", "keys": self.jwks_url})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let method = clients.consul.acl().auth_methods().read(&self.method).await;
        let method = method.doing(format!("read the ACL auth method {} in Consul", self.method))?;
        Ok(method.map(|method| {
            let mark = Mark::of_text(owner, &method.description);
            // Where somebody else's method has its keys from is not ours to say.
            let keys =
                if mark == Mark::Ours { method.config.get("JWKSURL").cloned() } else { Some(json!(self.jwks_url)) };
            Held::new(json!({"type": method.kind, "keys": keys}), mark)
        }))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let mut method = workload::consul_method(&self.method, &self.jwks_url);
        method.description = owner.mark();
        let written = clients.consul.acl().auth_methods().put(&method).await;
        written.doing(format!("write the ACL auth method {} in Consul", self.method))?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, _owner: &Owner, name: &str) -> Result<Removal> {
        let acl = clients.consul.acl();
        let doing = || format!("delete the ACL auth method {name} in Consul");
        let of_method = ListOptions::new().with_auth_method(name);
        let others = acl.binding_rules().list_with(&of_method).await.doing(doing())?.value;
        if !others.is_empty() {
            return Ok(Removal::Kept(format!("{} binding rules of others use it", others.len())));
        }
        unless_missing(acl.auth_methods().delete(name).await).doing(doing())?;
        Ok(Removal::Removed)
    }
}

/// A rule that gives the workload its service identity or role when it logs in.
#[derive(Clone, Debug)]
pub struct ConsulBindingRule {
    method: String,
    bind_type: String,
    bind_name: String,
    selector: String,
}

impl ConsulBindingRule {
    /// Declares a rule. Rules have no names: one is known by its method, by what it binds, and by its owner's mark.
    pub fn new(
        method: impl Into<String>,
        bind_type: impl Into<String>,
        bind_name: impl Into<String>,
        selector: impl Into<String>,
    ) -> Self {
        Self {
            method: method.into(),
            bind_type: bind_type.into(),
            bind_name: bind_name.into(),
            selector: selector.into(),
        }
    }
}

/// Rules are unnamed, so only marked ones are looked at: everybody may have rules of their own.
async fn marked(clients: &Clients, owner: &Owner, method: &str, bind_type: &str) -> Result<Vec<BindingRule>> {
    let of_method = ListOptions::new().with_auth_method(method);
    let rules = clients.consul.acl().binding_rules().list_with(&of_method).await.map(|answer| answer.value);
    let rules = rules.doing(format!("list the ACL binding rules of {method} in Consul"))?;
    let ours = |rule: &BindingRule| owner.is_in(&rule.description) && rule.bind_type.as_str() == bind_type;
    Ok(rules.into_iter().filter(ours).collect())
}

impl Kind for ConsulBindingRule {
    const SYSTEM: System = System::Consul;
    const KIND: &'static str = "ACL binding rule";

    fn name(&self) -> String {
        format!("{}/{}", self.method, self.bind_type)
    }

    fn declared(&self) -> Value {
        json!({"bind_name": self.bind_name, "selector": self.selector})
    }

    async fn observe(&self, clients: &Clients, owner: &Owner) -> Result<Option<Held>> {
        let rules = marked(clients, owner, &self.method, &self.bind_type).await?;
        Ok(rules
            .into_iter()
            .next()
            .map(|rule| Held::new(json!({"bind_name": rule.bind_name, "selector": rule.selector}), Mark::Ours)))
    }

    async fn apply(&self, clients: &Clients, owner: &Owner, _held: Option<&Held>) -> Result<Effect> {
        let rules = clients.consul.acl().binding_rules();
        let doing = || format!("write the ACL binding rule {} in Consul", self.name());
        let existing = marked(clients, owner, &self.method, &self.bind_type).await?.into_iter().next();
        let create = existing.is_none();
        let bind_type = BindType::from(self.bind_type.as_str());
        let mut rule = existing.unwrap_or_else(|| BindingRule::new(&self.method, bind_type, &self.bind_name));
        rule.bind_name.clone_from(&self.bind_name);
        rule.selector.clone_from(&self.selector);
        rule.description = owner.mark();
        let written = if create { rules.create(&rule).await } else { rules.update(&rule).await };
        written.doing(doing())?;
        Ok(Effect::default())
    }

    async fn remove(clients: &Clients, owner: &Owner, name: &str) -> Result<Removal> {
        let (method, bind_type) =
            name.split_once('/').ok_or_else(|| Error::Invalid(format!("{name} is no binding rule")))?;
        for rule in marked(clients, owner, method, bind_type).await? {
            let deleted = clients.consul.acl().binding_rules().delete(&rule.id).await;
            deleted.doing(format!("delete the ACL binding rule {name} in Consul"))?;
        }
        Ok(Removal::Removed)
    }
}
