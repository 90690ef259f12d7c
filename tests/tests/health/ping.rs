//! The dead man's switch.

use tests::stack;

use crate::fixtures::{hearing, silent};
use crate::probe::Probe;

const KEY: &str = "5eb1c7f4-key-of-the-switch";

#[test]
fn it_hears_of_the_beginning_and_of_the_end() {
    stack::run(async {
        let live = stack::stack().await;
        let (place, heard) = hearing(200).await;
        let mut probe = Probe::of(live);
        probe.0.hide(KEY);
        probe.set("PING", &format!("http://{place}/{KEY}"));
        let run = ["consul", "--ping-url-env", "PING", "--ping-start"];
        let output = probe.run(&run).await.exits(0);
        let all = heard.lock().unwrap().clone();
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[0], (format!("POST /{KEY}/start HTTP/1.1"), String::new()));
        assert_eq!(all[1], (format!("POST /{KEY}/0 HTTP/1.1"), output.stdout));

        // A file as well, and the exit code as it is; quiet is for people, not for the switch.
        let file = probe.file("ping");
        std::fs::write(&file, format!("http://{place}/{KEY}/\n")).unwrap();
        let bad = ["consul", "-q", "-c", "consul.members=5:", "--ping-url-file", file.to_str().unwrap()];
        probe.run(&bad).await.exits(2);
        let last = heard.lock().unwrap().last().unwrap().clone();
        assert_eq!(last.0, format!("POST /{KEY}/2 HTTP/1.1"));
        assert!(last.1.starts_with("CRITICAL: consul.members"), "{last:?}");
    });
}

#[test]
fn that_it_fails_changes_nothing_and_its_key_is_never_shown() {
    stack::run(async {
        let live = stack::stack().await;
        let (refusing, _) = hearing(500).await;
        let quiet = silent().await;
        for (place, patience, says) in [
            ("127.0.0.1:1", "30s", "cannot connect"),
            (refusing.as_str(), "30s", "the answer is 500"),
            (quiet.as_str(), "300ms", "no answer in time"),
        ] {
            let mut probe = Probe::of(live);
            probe.0.hide(KEY);
            probe.set("PING", &format!("http://{place}/{KEY}"));
            let state = probe.file("state.json");
            let textfile = probe.file("lattice.prom");
            for format in ["human", "json", "nagios", "prometheus"] {
                let args = ["consul", "-vv", "--ping-url-env", "PING", "--ping-timeout", patience, "-f", format];
                let files = ["--state-file", state.to_str().unwrap(), "--textfile", textfile.to_str().unwrap()];
                let output = probe.run(&[&args[..], &files].concat()).await.exits(0);
                assert!(output.stderr.contains(&format!("the ping failed: {says}")), "{}", output.stderr);
            }
            for file in [state, textfile] {
                let text = std::fs::read_to_string(file).unwrap();
                assert!(!text.contains(KEY) && live.secrets().iter().all(|secret| !text.contains(secret)), "{text}");
            }
        }
        // One that is not there is found before anything is asked.
        let mut probe = Probe::of(live);
        probe.0.hide(KEY);
        probe.run(&["--ping-url-env", "PING"]).await.exits(3).says(&["PING is not set"]);
        probe.set("PING", KEY);
        probe.run(&["--ping-url-env", "PING"]).await.exits(3).says(&["PING holds no URL"]);
        probe.run(&["config", "validate", "--ping-url-env", "PING"]).await.exits(3).says(&["PING holds no URL"]);
    });
}
