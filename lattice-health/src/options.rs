//! The one table of options. Flags, variables, the configuration file, help and completions all come from it.

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing.
    Nothing,
    /// One value.
    One(&'static str),
    /// A value each time it is given.
    Many(&'static str),
}

/// An option.
#[derive(Debug)]
pub(crate) struct Opt {
    /// Its long name.
    pub(crate) name: &'static str,
    /// Its short name.
    pub(crate) short: Option<char>,
    /// What it takes.
    pub(crate) takes: Takes,
    /// What it does; empty for one that is only short for another.
    pub(crate) help: &'static str,
}

impl Opt {
    /// The variable that says the same.
    pub(crate) fn variable(&self) -> String {
        format!("LATTICE_HEALTH_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }

    /// Whether it can stand in a variable and in the configuration file too.
    pub(crate) fn is_setting(&self) -> bool {
        !matches!(self.name, "help" | "version" | "json")
    }
}

/// The option of this name; `_` is as good as `-`.
pub(crate) fn find(name: &str) -> Option<&'static Opt> {
    let name = name.replace('_', "-");
    OPTIONS.iter().flat_map(|(_, options)| *options).find(|option| option.name == name)
}

/// The option of this letter.
pub(crate) fn find_short(letter: char) -> Option<&'static Opt> {
    all().find(|option| option.short == Some(letter))
}

/// All options.
pub(crate) fn all() -> impl Iterator<Item = &'static Opt> {
    OPTIONS.iter().flat_map(|(_, options)| *options)
}

const fn opt(name: &'static str, short: Option<char>, takes: Takes, help: &'static str) -> Opt {
    Opt { name, short, takes, help }
}

use Takes::{Many, Nothing, One};

/// All options by what they are about.
pub(crate) const OPTIONS: &[(&str, &[Opt])] = &[
    (
        "What is checked",
        &[
            opt(
                "service",
                None,
                One("NAME[=MIN]"),
                "the service, and how many instances should pass [default: latticedb]",
            ),
            opt("expect", None, One("N"), "how many instances should pass"),
            opt("tag", None, One("TAG"), "only instances with this tag in Consul"),
            opt("job", None, One("NAME"), "its job in Nomad [default: the service's name]"),
            opt("sql-service", None, One("NAME"), "the service behind which SQL is spoken [default: <service>-sql]"),
            opt("environment", None, One("NAME"), "the environment of the deployment, whose lock is then looked at"),
            opt("backup-job", None, One("NAME"), "the periodic backup job [default: <job>-backup, if there is one]"),
            opt("pki-mount", None, One("PATH"), "where the issuer of certificates is in Vault [default: pki_int]"),
            opt("endpoint", None, Many("HOST:PORT"), "another place whose certificate is looked at"),
            opt("health-path", None, One("PATH"), "the health page of an instance [default: /health]"),
            opt("ready-path", None, One("PATH"), "the readiness page of an instance [default: /ready]"),
            opt("metrics-path", None, One("PATH"), "the metrics page of an instance [default: /metrics]"),
            opt("skip", Some('S'), Many("CHECK"), "not this check"),
            opt("only", None, Many("CHECK"), "this check alone"),
            opt("with", None, Many("CHECK"), "this check too, though it is made on demand only"),
        ],
    ),
    (
        "What counts as good",
        &[
            opt(
                "warning",
                Some('w'),
                Many("CHECK=RANGE"),
                "a range of the monitoring plugins; times may have a unit: tokens.vault=24h:",
            ),
            opt("critical", Some('c'), Many("CHECK=RANGE"), "the same for critical"),
            opt(
                "unknown-as",
                None,
                One("STATUS"),
                "what cannot be found out counts as ok, warning, unknown or critical",
            ),
            opt("max-severity", None, One("STATUS"), "nothing counts as worse than this"),
            opt("exit-ok", None, Nothing, "exit code 0 whatever was found"),
        ],
    ),
    (
        "Time",
        &[
            opt("timeout", Some('t'), One("TIME"), "how long all checks together may take [default: 30s]"),
            opt("request-timeout", None, One("TIME"), "how long one answer may take, with its tries [default: 5s]"),
            opt("retries", None, One("N"), "how often a failed call is tried again within that time [default: 1]"),
            opt("watch", None, One("TIME"), "again and again with this pause, until interrupted"),
        ],
    ),
    (
        "Output",
        &[
            opt("format", Some('f'), One("FORMAT"), "human, json, nagios or prometheus [default: human]"),
            opt("json", None, Nothing, "the same as -f json"),
            opt("textfile", None, One("FILE"), "also writes Prometheus metrics to this file, atomically"),
            opt("verbose", Some('v'), Nothing, "every check; twice: with thresholds and times"),
            opt("no-color", None, Nothing, "no colours on a terminal"),
        ],
    ),
    (
        "Cron",
        &[
            opt("quiet", Some('q'), Nothing, "prints nothing when all is well"),
            opt("on-change", None, Nothing, "prints only when something changed since the last run"),
            opt("remind", None, One("TIME"), "with --on-change: says again after this time what is still bad"),
            opt("confirm", None, One("N"), "bad counts only after so many bad runs in a row [default: 1]"),
            opt("flap-window", None, One("N"), "how many results are looked at for flapping; 0 for none [default: 21]"),
            opt("flap-low", None, One("PERCENT"), "flapping ends below this much change [default: 5]"),
            opt("flap-high", None, One("PERCENT"), "flapping begins at this much change [default: 20]"),
            opt(
                "state-file",
                None,
                One("FILE"),
                "what lasts from run to run [default: $XDG_STATE_HOME/lattice-health/state.json, where needed]",
            ),
            opt("lock", None, One("FILE"), "ends at once, silently and with 0, when another run holds this lock"),
            opt("lock-fail", None, Nothing, "ends with 3 then"),
            opt("jitter", None, One("TIME"), "waits up to so long before it begins; not part of --timeout"),
            opt("ping-url-env", None, One("VARIABLE"), "tells the dead man's switch whose URL is in this variable"),
            opt("ping-url-file", None, One("FILE"), "tells the dead man's switch whose URL is in this file"),
            opt("ping-start", None, Nothing, "tells it of the beginning too"),
            opt("ping-timeout", None, One("TIME"), "how long that may take [default: 5s]"),
        ],
    ),
    (
        "Other",
        &[
            opt(
                "config",
                None,
                One("FILE"),
                "settings in TOML: the names of these options, [warning], [critical], [variables]",
            ),
            opt("help", Some('h'), Nothing, "prints this"),
            opt("version", Some('V'), Nothing, "prints the version"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{all, find, find_short};

    #[test]
    fn names_are_distinct_and_found() {
        let names: BTreeSet<&str> = all().map(|option| option.name).collect();
        assert_eq!(names.len(), all().count());
        let letters: Vec<char> = all().filter_map(|option| option.short).collect();
        assert_eq!(letters.iter().collect::<BTreeSet<_>>().len(), letters.len());
        assert_eq!(find("ping_url_env").unwrap().variable(), "LATTICE_HEALTH_PING_URL_ENV");
        assert_eq!(find_short('t').unwrap().name, "timeout");
        assert!(find("nothing").is_none());
    }
}
