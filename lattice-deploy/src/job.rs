//! The Nomad job that the inputs describe: pure.

use std::collections::BTreeMap;
use std::time::Duration;

use nomad_client::job::{
    Check, ConsulBlock, Job, JobType, Network, Port, Resources, Service, Spread, Task, TaskGroup, Template,
    TemplateWait, Update, Vault,
};
use serde_json::{Map, Value, json};

use crate::config::{Driver, Inputs, Resolved};
use crate::desired::{DATABASE, KV, PKI, SECRET, database_role, has_database, pin_key, secret_path};
use crate::owner::Owner;

/// Where the owner stands in the job's metadata.
pub(crate) const META_OWNER: &str = "lattice.owner";
/// Where the version that was asked for stands.
pub(crate) const META_VERSION: &str = "lattice.image_tag";
/// The label of the service's port.
const PORT: &str = "http";
const SIGNAL: &str = "SIGHUP";

/// Renders the job.
pub(crate) fn render(resolved: &Resolved, owner: &Owner) -> Job {
    let inputs = &resolved.inputs;
    let mut job = Job::new(&owner.project, JobType::Service);
    job.namespace = Some(inputs.nomad_namespace.clone());
    job.region = Some(inputs.nomad_region.clone());
    job.datacenters = vec![inputs.consul_datacenter.clone()];
    job.meta = inputs.tags.clone();
    job.meta.insert(META_OWNER.to_owned(), owner.to_string());
    job.meta.insert(META_VERSION.to_owned(), inputs.image_tag.clone());
    job.update = Some(update(inputs));
    if inputs.enable_anti_affinity {
        let mut spread = Spread::default();
        "${node.unique.id}".clone_into(&mut spread.attribute);
        spread.weight = Some(100);
        job.spreads = vec![spread];
    }
    job.task_groups = vec![group(resolved, owner)];
    job
}

fn update(inputs: &Inputs) -> Update {
    let mut update = Update::default();
    update.max_parallel = Some(i64::from(inputs.max_parallel_updates));
    update.health_check = Some("checks".to_owned());
    update.min_healthy_time = Some(inputs.min_healthy_time);
    update.healthy_deadline = Some(inputs.healthy_deadline);
    // An instance that is replaced needs its own deadline again, so progress is given twice that time.
    update.progress_deadline = Some(inputs.healthy_deadline * 2);
    update.auto_revert = Some(inputs.auto_revert);
    update.canary = Some(0);
    update
}

fn group(resolved: &Resolved, owner: &Owner) -> TaskGroup {
    let inputs = &resolved.inputs;
    let mut group = TaskGroup::new(&owner.project);
    group.count = Some(i64::from(inputs.instance_count));
    let mut network = Network::default();
    let mut port = Port::dynamic(PORT);
    if inputs.driver == Driver::Docker {
        port.to = Some(i64::from(inputs.http_port));
    }
    network.dynamic_ports = vec![port];
    group.networks = vec![network];
    group.services = vec![service(inputs, owner)];
    group.tasks = vec![task(resolved, owner)];
    group
}

fn service(inputs: &Inputs, owner: &Owner) -> Service {
    let mut service = Service::new(&owner.project, PORT);
    "consul".clone_into(&mut service.provider);
    service.tags = vec![owner.environment.clone()];
    service.meta = BTreeMap::from([("version".to_owned(), inputs.image_tag.clone())]);
    let (interval, timeout) = (Duration::from_secs(5), Duration::from_secs(2));
    let mut health = Check::http("/health", interval, timeout);
    "health".clone_into(&mut health.name);
    let mut ready = Check::http("/ready", interval, timeout);
    "ready".clone_into(&mut ready.name);
    service.checks = vec![health, ready];
    service
}

fn task(resolved: &Resolved, owner: &Owner) -> Task {
    let inputs = &resolved.inputs;
    let mut task = Task::new(&owner.project, inputs.driver.as_str());
    task.config = driver_config(inputs);
    task.env = environment(resolved);
    let mut resources = Resources::default();
    resources.cpu = Some(i64::from(inputs.cpu_limit));
    resources.memory_mb = Some(i64::from(inputs.memory_limit));
    task.resources = Some(resources);
    let mut vault = Vault::default();
    vault.role.clone_from(&owner.project);
    vault.change_mode = Some("noop".to_owned());
    task.vault = Some(vault);
    task.consul = Some(ConsulBlock::default());
    task.templates = templates(resolved, owner);
    task
}

fn driver_config(inputs: &Inputs) -> Map<String, Value> {
    let config = match inputs.driver {
        Driver::Docker => json!({"image": inputs.image(), "ports": [PORT]}),
        _ => json!({"command": inputs.command}),
    };
    match config {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn environment(resolved: &Resolved) -> BTreeMap<String, String> {
    let inputs = &resolved.inputs;
    let address = match inputs.driver {
        Driver::Docker => format!("0.0.0.0:{}", inputs.http_port),
        _ => format!("${{NOMAD_ADDR_{PORT}}}"),
    };
    let mut environment = BTreeMap::from([
        ("LATTICE_HTTP_ADDR".to_owned(), address),
        ("LATTICE_VERSION".to_owned(), inputs.image_tag.clone()),
        ("LATTICE_CONFIG_FILE".to_owned(), format!("${{NOMAD_TASK_DIR}}/{CONFIG_FILE}")),
        ("LATTICE_SECRET_FILE".to_owned(), format!("${{NOMAD_SECRETS_DIR}}/{SECRET_FILE}")),
    ]);
    if inputs.enable_vault_pki {
        environment.insert("LATTICE_CERT_FILE".to_owned(), format!("${{NOMAD_SECRETS_DIR}}/{CERT_FILE}"));
    }
    if has_database(resolved) {
        environment.insert("LATTICE_DB_FILE".to_owned(), format!("${{NOMAD_SECRETS_DIR}}/{DB_FILE}"));
    }
    environment
}

const CONFIG_FILE: &str = "config.json";
const SECRET_FILE: &str = "secret.json";
const CERT_FILE: &str = "bundle.pem";
const DB_FILE: &str = "database.json";

fn templates(resolved: &Resolved, owner: &Owner) -> Vec<Template> {
    let prefix = owner.prefix();
    let mut templates = vec![
        template(
            format!("local/{CONFIG_FILE}"),
            format!("{{{{ tree \"{prefix}/config\" | explode | toJSONPretty }}}}\n"),
        ),
        // The key holds the version to read. A key is noticed at once, a new version only every few minutes.
        template(
            format!("secrets/{SECRET_FILE}"),
            format!(
                "{{{{ with secret (printf \"{KV}/data/{}?version=%s\" (key \"{}\")) }}}}{{{{ .Data.data | toJSON }}}}{{{{ end }}}}\n",
                secret_path(owner, SECRET),
                pin_key(owner, SECRET)
            ),
        ),
    ];
    if resolved.inputs.enable_vault_pki {
        let name = format!("{}.service.consul", owner.project);
        // One issue gives certificate, authority and key, so that they belong together.
        templates.push(template(
            format!("secrets/{CERT_FILE}"),
            format!(
                "{{{{ with pkiCert \"{PKI}/issue/{}\" \"common_name={name}\" \"alt_names=localhost\" \
                 \"ip_sans=127.0.0.1\" \"ttl=72h\" }}}}{{{{ .Cert }}}}{{{{ .CA }}}}{{{{ .Key }}}}{{{{ end }}}}\n",
                owner.project
            ),
        ));
    }
    if has_database(resolved) {
        templates.push(template(
            format!("secrets/{DB_FILE}"),
            format!(
                "{{{{ with secret \"{DATABASE}/creds/{}\" }}}}{{{{ .Data | toJSON }}}}{{{{ end }}}}\n",
                database_role(owner)
            ),
        ));
    }
    templates
}

fn template(destination: String, text: String) -> Template {
    let mut template = Template::default();
    template.dest_path = Some(destination);
    template.embedded_tmpl = Some(text);
    template.change_mode = Some("signal".to_owned());
    template.change_signal = Some(SIGNAL.to_owned());
    template.perms = Some("0600".to_owned());
    // One signal for several files that change together, but no random delay before it.
    template.splay = Some(Duration::ZERO);
    let mut wait = TemplateWait::default();
    wait.min = Some(Duration::from_millis(200));
    wait.max = Some(Duration::from_secs(1));
    template.wait = Some(wait);
    template.err_missing_key = Some(true);
    template
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::config::Layers;
    use crate::owner::Owner;
    use nomad_client::job::Job;
    use std::time::Duration;

    fn job(text: &str) -> Job {
        let resolved = Layers::new().file("terraform.tfvars", text).resolve().unwrap();
        render(&resolved, &Owner::new("latticedb", "production"))
    }

    #[test]
    fn inputs_reach_the_job() {
        let job = job("instance_count = 5\nimage_tag = \"v2\"\ncpu_limit = 700\nmemory_limit = 900\n\
                       max_parallel_updates = 1\nhealthy_deadline = \"1m\"\nauto_revert = false\nnomad_region = \"eu\"");
        let group = &job.task_groups[0];
        let task = &group.tasks[0];
        assert_eq!((group.count, job.region.as_deref()), (Some(5), Some("eu")));
        let resources = task.resources.as_ref().unwrap();
        assert_eq!((resources.cpu, resources.memory_mb), (Some(700), Some(900)));
        assert_eq!((task.driver.as_str(), task.config["image"].as_str()), ("docker", Some("latticedb/latticedb:v2")));
        let update = job.update.as_ref().unwrap();
        assert_eq!((update.max_parallel, update.auto_revert), (Some(1), Some(false)));
        assert_eq!(update.healthy_deadline, Some(Duration::from_secs(60)));
        // Nomad refuses a job whose progress deadline is not the longer one.
        assert!(update.progress_deadline > update.healthy_deadline);
    }

    #[test]
    fn every_file_is_reloaded_by_a_signal_and_readable_by_its_owner_only() {
        let job = job("db_connection_url = \"postgresql://{{username}}:{{password}}@db/d\"");
        let templates = &job.task_groups[0].tasks[0].templates;
        assert_eq!(templates.len(), 4);
        for template in templates {
            assert_eq!(template.change_mode.as_deref(), Some("signal"));
            assert_eq!(template.change_signal.as_deref(), Some("SIGHUP"));
            assert_eq!(template.perms.as_deref(), Some("0600"));
        }
        let issues: usize = templates
            .iter()
            .filter_map(|template| template.embedded_tmpl.as_ref())
            .map(|text| text.matches("pkiCert").count())
            .sum();
        assert_eq!(issues, 1, "certificate, key and CA must be of one issue");
    }

    #[test]
    fn programs_run_without_an_image() {
        let job = job("driver = \"raw_exec\"\ncommand = \"/usr/local/bin/latticedb\"");
        let task = &job.task_groups[0].tasks[0];
        assert_eq!(
            (task.driver.as_str(), task.config["command"].as_str()),
            ("raw_exec", Some("/usr/local/bin/latticedb"))
        );
        assert!(!task.config.contains_key("image"));
    }
}
