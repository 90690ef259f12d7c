//! Certificates near their end.

use std::time::Duration;

use lattice_deploy::servers::Product;
use serde_json::json;
use tests::stack;
use tests::wait::until;

use crate::fixtures::{encrypted, silent, talking};
use crate::probe::{Found, Probe};
use crate::servers::Alone;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn certificates_of_listeners() {
    stack::run(async {
        // Half a day more than what is said, so that no second makes another day of it.
        let (far, near, ending) = (
            encrypted(40 * DAY + DAY / 2).await,
            encrypted(10 * DAY + DAY / 2).await,
            encrypted(2 * DAY + DAY / 2).await,
        );
        let mut probe = Probe::anywhere();
        probe
            .set("CONSUL_HTTP_ADDR", &format!("https://{far}"))
            .set("VAULT_ADDR", &format!("https://{near}"))
            .set("NOMAD_ADDR", &format!("https://{ending}"));
        // Nothing but the certificates is looked at: nobody is behind them.
        let found = probe.found(&["--only", "certs.consul", "--only", "certs.vault", "--only", "certs.nomad"]).await;
        found
            .says("certs.consul", "ok", &format!("the certificate of {far} ends in 40d"))
            .says("certs.vault", "warning", "ends in 10d")
            .says("certs.nomad", "critical", "ends in 2d");
        let args = |places: &[&str]| -> Vec<String> {
            places.iter().flat_map(|place| ["--endpoint".to_owned(), (*place).to_owned()]).collect()
        };
        for (places, status, text) in [
            (&[far.as_str()][..], "ok", "ends in 40d"),
            (&[&far, &near], "warning", "ends in 10d"),
            (&[&far, &ending, &near], "critical", "ends in 2d"),
            (&[&far, "127.0.0.1:1"], "unknown", "127.0.0.1:1: "),
            (&["nonsense"], "unknown", "is not HOST:PORT"),
        ] {
            let args = args(places);
            let args: Vec<&str> = args.iter().map(String::as_str).chain(["--only", "certs.endpoints"]).collect();
            probe.found(&args).await.says("certs.endpoints", status, text);
        }
        // What speaks no TLS, and what does not speak at all.
        for place in [talking("HTTP/1.0 400 plain\r\n\r\n").await, silent().await] {
            let args = args(&[&place]);
            let args: Vec<&str> = args
                .iter()
                .map(String::as_str)
                .chain(["--only", "certs.endpoints", "--request-timeout", "500ms"])
                .collect();
            probe.found(&args).await.says("certs.endpoints", "unknown", &place);
        }
    });
}

#[test]
fn certificates_of_issuers_and_of_the_mesh() {
    stack::run(async {
        let live = stack::stack().await;
        let probe = Probe::of(live);
        for (mount, ttl, status, text) in [
            ("pki-far", "1000h", "ok", "the issuer of pki-far ends in 41d"),
            ("pki-near", "252h", "warning", "ends in 10d"),
            ("pki-ending", "60h", "critical", "ends in 2d"),
        ] {
            live.put(
                Product::Vault,
                &format!("sys/mounts/{mount}"),
                "{\"type\":\"pki\",\"config\":{\"max_lease_ttl\":\"2000h\"}}",
            )
            .await;
            let root = json!({"common_name": mount, "ttl": ttl}).to_string();
            live.put(Product::Vault, &format!("{mount}/root/generate/internal"), &root).await;
            probe.found(&["certs", "--pki-mount", mount]).await.says("certs.pki", status, text);
            live.send(Product::Vault, "DELETE", &format!("sys/mounts/{mount}"), "").await;
        }
        probe.found(&["certs", "--pki-mount", "pki-none"]).await.says("certs.pki", "skipped", "no issuer at pki-none");

        let found = probe.found(&["--only", "mesh.root"]).await;
        found.says("mesh.root", "ok", "the mesh's root certificate ends in 36");
        let found = probe.found(&["--only", "mesh.root", "-w", "mesh.root=9999:"]).await;
        found.says("mesh.root", "warning", "");
    });
}

/// What is said of a mesh whose certificates live so long: a leaf, an intermediate, the root.
async fn mesh([leaf, intermediate, root]: [&str; 3]) -> Found {
    let lives = json!({"leaf_cert_ttl": leaf, "intermediate_cert_ttl": intermediate, "root_cert_ttl": root});
    let more = json!({"connect": {"enabled": true, "ca_provider": "consul", "ca_config": lives}});
    let consul = Alone::start_with(Product::Consul, |_, _| {}, Some(more)).await;
    let mut probe = Probe::anywhere();
    probe.set("CONSUL_HTTP_ADDR", &consul.address);
    let found = until("the mesh has its authority", Duration::from_secs(60), async || {
        let found = probe.found(&["--only", "mesh.root"]).await;
        // Without a leader there is none either; then it takes a moment.
        (found.check("mesh.root")["status"] != "skipped" && found.status() != "unknown").then_some(found)
    })
    .await;
    consul.server.stop().await.unwrap();
    found
}

#[test]
fn a_root_of_the_mesh_near_its_end() {
    stack::run(async {
        mesh(["72h", "240h", "252h"]).await.says("mesh.root", "warning", "the mesh's root certificate ends in 10d");
        mesh(["1h", "24h", "60h"]).await.says("mesh.root", "critical", "ends in 2d");
        // The shortest that Consul takes: a leaf lives for an hour, an intermediate for three leaves.
        mesh(["1h", "3h", "3h"]).await.says("mesh.root", "critical", "ends in ");
    });
}
