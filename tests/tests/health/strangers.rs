//! What is not there, does not answer, or is something else.

use std::time::{Duration, Instant};

use tests::stack;

use crate::fixtures::{silent, talking};
use crate::probe::Probe;

const GATES: [&str; 3] = ["consul.leader", "vault.seal", "nomad.leader"];

#[test]
fn servers_that_are_not_there() {
    stack::run(async {
        let found = Probe::anywhere().found(&[]).await;
        assert_eq!(found.status(), "critical");
        for gate in GATES {
            found.says(gate, "critical", "cannot connect");
        }
        assert_eq!(found.trouble().len(), 3, "one alarm for each server: {:?}", found.trouble());
        found.says("app.job", "skipped", "depends on nomad.leader").says(
            "certs.pki",
            "skipped",
            "depends on vault.seal",
        );
    });
}

#[test]
fn servers_that_accept_and_never_answer() {
    stack::run(async {
        let mut probe = Probe::anywhere();
        let place = format!("http://{}", silent().await);
        for variable in ["CONSUL_HTTP_ADDR", "VAULT_ADDR", "NOMAD_ADDR"] {
            probe.set(variable, &place);
        }
        let begun = Instant::now();
        let found = probe.found(&["--request-timeout", "500ms"]).await;
        // Far from the deadline of half a minute.
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        for gate in GATES {
            found.says(gate, "critical", "no answer before the deadline");
        }
        assert_eq!(found.trouble().len(), 3, "{:?}", found.trouble());

        // The deadline of all of it comes first: it is not known how they are, but at what it came.
        let begun = Instant::now();
        let found = probe.found(&["-t", "600ms", "--request-timeout", "1m"]).await;
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
        assert_eq!((found.status(), &found.0["deadline_hit"]), ("unknown", &true.into()));
        found
            .says("consul.leader", "unknown", "timed out in asking Consul for its leader")
            .says("app.instances", "unknown", "timed out in asking Consul for its leader")
            .says("vault.seal", "unknown", "timed out in asking Vault for its health")
            .says("nomad.leader", "unknown", "timed out in asking Nomad for its leader");
    });
}

#[test]
fn one_server_that_does_not_answer_does_not_hide_the_others() {
    stack::run(async {
        let live = stack::stack().await;
        let mut probe = Probe::of(live);
        probe.set("VAULT_ADDR", &format!("http://{}", silent().await));
        let found = probe.found(&["-t", "10s", "--request-timeout", "1m", "consul", "vault", "nomad", "tokens"]).await;
        found
            .says("vault.seal", "unknown", "timed out in asking Vault for its health")
            .says("tokens.vault", "unknown", "timed out")
            .says("consul.leader", "ok", "leader")
            .says("nomad.nodes.down", "ok", "0 of 1 nodes down");
    });
}

#[test]
fn servers_that_answer_garbage() {
    stack::run(async {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>";
        let other = "SSH-2.0-OpenSSH_9.2\r\n";
        let broken = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"initialized\":";
        for answer in [page, other, broken] {
            let mut probe = Probe::anywhere();
            let place = format!("http://{}", talking(answer).await);
            for variable in ["CONSUL_HTTP_ADDR", "VAULT_ADDR", "NOMAD_ADDR"] {
                probe.set(variable, &place);
            }
            let found = probe.found(&[]).await;
            for gate in GATES {
                found.says(gate, "critical", "");
            }
            assert_eq!(found.trouble().len(), 3, "{answer:?}: {:?}", found.trouble());
        }
        // What an error page says is not repeated on the first line in a way that breaks it.
        let evil = "HTTP/1.1 500 No\r\nContent-Length: 24\r\n\r\nline one | 'x'=1\nline two";
        let mut probe = Probe::anywhere();
        probe.set("VAULT_ADDR", &format!("http://{}", talking(evil).await));
        let output = probe.run(&["-f", "nagios", "vault", "--only", "vault.seal"]).await.exits(2);
        assert_eq!(output.stdout.lines().next().unwrap().matches('|').count(), 1, "{}", output.stdout);
    });
}
