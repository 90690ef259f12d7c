//! Cleanup takes away what was made, all of it, and nothing else.

use lattice_deploy::servers::Product::{Consul, Nomad, Vault};
use serde_json::json;
use tests::dump::{Dump, dump, unchanged_since};
use tests::project::Project;
use tests::stack;

#[test]
fn cleanup_leaves_the_servers_as_they_were() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "gone");
        let before = dump(live).await;
        project.deploy(&["deploy"]).await.exits(0);
        let deployed = dump(live).await;
        assert!(before.differences(&deployed).len() > 20);

        project.deploy(&["cleanup"]).await.exits(14).says(&["nothing was changed", "--yes"]);
        let differences = deployed.differences(&dump(live).await);
        assert!(differences.is_empty(), "{}", differences.join("\n"));

        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(live, &before).await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0).says(&["Nothing of gone/development is there."]);
    });
}

#[test]
fn data_can_be_kept() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "kept");
        let before = dump(live).await;
        project.deploy(&["deploy"]).await.exits(0);
        let secret = project.secret().await.unwrap();
        project.deploy(&["cleanup", "--yes", "--keep-data"]).await.exits(0);
        assert_eq!(project.secret().await.unwrap(), secret);
        assert_eq!(live.get(Vault, "transit/keys/kept").await.status, 200);
        assert_eq!(project.job().await, json!(null));
        // The service comes back with the data that it left.
        project.deploy(&["deploy"]).await.exits(0);
        assert_eq!(project.secret().await.unwrap(), secret);
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(live, &before).await;
    });
}

#[test]
fn what_others_made_survives() {
    stack::run(async {
        let (live, _turn) = stack::alone().await;
        let project = Project::on(live, "guest");
        let untouched = dump(live).await;
        live.put(Vault, "sys/mounts/secret", &json!({"type": "kv", "options": {"version": "2"}}).to_string()).await;
        live.put(Vault, "secret/data/guests/theirs", &json!({"data": {"a": "b"}}).to_string()).await;
        live.put(Consul, "kv/guests/development/theirs", "theirs").await;
        let intention =
            json!({"Kind": "service-intentions", "Name": "theirs", "Sources": [{"Name": "web", "Action": "allow"}]});
        live.put(Consul, "config", &intention.to_string()).await;
        let before = dump(live).await;
        project.deploy(&["deploy"]).await.exits(0);
        live.put(Vault, "pki_int/roles/theirs", &json!({"allow_any_name": true}).to_string()).await;
        live.put(Vault, "transit/keys/theirs", "{}").await;
        let theirs = dump(live).await;

        project.deploy(&["cleanup", "--yes"]).await.exits(0).says(&["others use it: theirs"]);
        let after = dump(live).await;
        let survives = |name: &str| assert_eq!(after.get(name), theirs.get(name), "{name}");
        let made_before = before.names().filter(|name| !name.starts_with("consul/session"));
        let made_later = [
            "vault/pki_int/roles/theirs",
            "vault/transit/keys/theirs",
            "vault/mount/pki_int/",
            "vault/pki_int/issuers",
        ];
        made_before.chain(made_later).for_each(survives);
        assert!(!mentions(&after, "guest-policy") && project.job().await.is_null());

        // What was kept for the others goes when they are gone.
        live.send(Vault, "DELETE", "pki_int/roles/theirs", "").await;
        live.put(Vault, "transit/keys/theirs/config", &json!({"deletion_allowed": true}).to_string()).await;
        live.send(Vault, "DELETE", "transit/keys/theirs", "").await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        unchanged_since(live, &before).await;

        live.send(Vault, "DELETE", "sys/mounts/secret", "").await;
        live.send(Consul, "DELETE", "kv/guests/?recurse", "").await;
        live.send(Consul, "DELETE", "config/service-intentions/theirs", "").await;
        unchanged_since(live, &untouched).await;
    });
}

#[test]
fn a_job_that_another_deployment_took_is_left_alone() {
    stack::run(async {
        let live = stack::stack().await;
        let project = Project::on(live, "taken");
        project.deploy(&["deploy"]).await.exits(0);
        let mut theirs = project.job().await;
        theirs["Meta"]["lattice.owner"] = json!("taken/staging");
        live.put(Nomad, "jobs", &json!({ "Job": theirs }).to_string()).await;
        let version = project.job().await["Version"].clone();

        project.deploy(&["update", "--image-tag", "v2"]).await.exits(7).says(&["Nomad job taken"]);
        project.deploy(&["rollback"]).await.exits(7).says(&["not made by taken/development"]);
        project.deploy(&["cleanup", "--yes"]).await.exits(0).says(&["another deployment has made it its own"]);
        assert_eq!((&project.job().await["Version"], &project.job().await["Stop"]), (&version, &json!(false)));

        live.send(Nomad, "DELETE", "job/taken?purge=true", "").await;
        project.deploy(&["cleanup", "--yes"]).await.exits(0);
        project.deploy(&["cleanup", "--yes"]).await.exits(0).says(&["Nothing of taken/development is there."]);
    });
}

fn mentions(dump: &Dump, text: &str) -> bool {
    dump.to_string().contains(text)
}
