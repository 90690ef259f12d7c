//! The commands that look at nothing outside: the table of checks, the settings, the state, completions.

use std::fmt::Write;
use std::path::Path;

use lattice_deploy::health::{CHECKS, Spec, Status, find};
use serde_json::{Value, json};

use crate::files;
use crate::layers::Values;
use crate::options::{self, OPTIONS, Takes};
use crate::probe::Said;
use crate::settings::{Format, Settings};

pub(crate) const COMMANDS: [(&str, &str); 7] = [
    ("check [COMPONENT]...", "makes the checks; the default"),
    ("list", "lists the checks with their default thresholds"),
    ("explain CHECK", "says what a check looks at, and what the token needs for it"),
    ("config validate", "reads all settings and says where each comes from; asks no server"),
    ("state show|reset", "shows what is known from earlier runs, or forgets it"),
    ("completions SHELL", "prints a completion script for bash, zsh or fish"),
    ("version", "prints the version"),
];

pub(crate) const SHELLS: [&str; 3] = ["bash", "zsh", "fish"];

/// The help.
pub(crate) fn help() -> String {
    let mut text = "Checks Consul, Vault, Nomad and the service they run: one line, and one exit code.\n\n\
        Usage: lattice-health [check] [all|COMPONENT]... [OPTIONS]\n\nCommands:\n"
        .to_owned();
    for (name, what) in COMMANDS {
        let _ = writeln!(text, "  {name:22} {what}");
    }
    let components = lattice_deploy::health::Component::ALL.map(lattice_deploy::health::Component::as_str);
    let _ = writeln!(text, "\nComponents: {}", components.join(", "));
    for (about, options) in OPTIONS {
        let _ = writeln!(text, "\n{about}:");
        for option in *options {
            let short = option.short.map_or_else(|| "   ".to_owned(), |short| format!("-{short},"));
            let name = match option.takes {
                Takes::Nothing => format!("--{}", option.name),
                Takes::One(value) | Takes::Many(value) => format!("--{} {value}", option.name),
            };
            let many = if matches!(option.takes, Takes::Many(_)) { "; may be repeated" } else { "" };
            let _ = writeln!(text, "  {short} {name:28} {}{many}", option.help);
        }
    }
    text.push_str(
        "\nEach option but help, version and json may stand in a variable (LATTICE_HEALTH_TIMEOUT for --timeout) or in the\n\
         configuration file; flags win over variables, variables over the file. Addresses, tokens and TLS come from the\n\
         variables of the official tools: CONSUL_HTTP_ADDR, VAULT_ADDR, NOMAD_ADDR, CONSUL_HTTP_TOKEN_FILE and so on.\n\
         \nExit codes: 0 ok, 1 warning, 2 critical, 3 unknown (and a wrong command line).\n",
    );
    text
}

/// The table of checks.
pub(crate) fn list(format: Format) -> String {
    if format == Format::Json {
        return format!("{}\n", json!({ "schema": 1, "checks": CHECKS.iter().map(described).collect::<Vec<_>>() }));
    }
    let mut text = format!("{:24} {:10} {:10} WHAT\n", "CHECK", "WARNING", "CRITICAL");
    for spec in CHECKS {
        let line = format!("{:24} {:10} {:10} {}", spec.id, or_dash(spec.warning), or_dash(spec.critical), first(spec));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// The first sentence of its explanation.
fn first(spec: &Spec) -> &str {
    spec.explanation.split_inclusive(['.', ':', ';']).next().unwrap_or_default().trim_end_matches([':', ';', '.'])
}

fn described(spec: &Spec) -> Value {
    json!({
        "id": spec.id,
        "component": spec.component,
        "unit": spec.unit,
        "warning": spec.thresholds().warning,
        "critical": spec.thresholds().critical,
        "explanation": spec.explanation,
        "needs": spec.permission,
        "depends_on": spec.needs.gate().filter(|gate| *gate != spec.id),
    })
}

/// What a check looks at.
///
/// # Errors
/// When there is no such check.
pub(crate) fn explain(name: &str, format: Format) -> Result<String, String> {
    let spec =
        find(name).ok_or_else(|| format!("there is no check `{name}`, or more than one; see lattice-health list"))?;
    if format == Format::Json {
        return Ok(format!("{}\n", described(spec)));
    }
    let mut text = format!("{}\n\n{}\n\n", spec.id, spec.explanation);
    let unit = serde_json::to_value(spec.unit).ok().and_then(|unit| unit.as_str().map(str::to_owned));
    if !spec.warning.is_empty() || !spec.critical.is_empty() {
        let (warning, critical) = (or_dash(spec.warning), or_dash(spec.critical));
        let _ = writeln!(text, "thresholds:     warning {warning}, critical {critical} ({})", unit.unwrap_or_default());
    }
    let _ = writeln!(text, "the token needs {}", spec.permission);
    if let Some(gate) = spec.needs.gate().filter(|gate| *gate != spec.id) {
        let _ = writeln!(text, "skipped when    {gate} is not ok");
    }
    Ok(text)
}

/// All settings and where they come from. What they name is tried as far as that changes nothing.
pub(crate) fn validate(values: &Values, settings: &Settings) -> String {
    let mut text = String::new();
    for (name, given) in values.iter() {
        let _ = writeln!(text, "{name} = {:?} ({})", given.text, given.source);
    }
    let _ = writeln!(
        text,
        "{} checks of {} would be made. All settings make sense.",
        settings.target.chosen().len(),
        settings.target.service
    );
    text
}

/// What is known from earlier runs.
pub(crate) fn show_state(path: &Path, format: Format) -> String {
    let (state, note) = files::load_state(path);
    if format == Format::Json {
        return format!("{}\n", json!({ "file": path, "state": state, "note": note }));
    }
    let mut text = format!("{}\n", path.display());
    if let Some(note) = note {
        let _ = writeln!(text, "note: {note}");
    }
    let status = state.status.map_or_else(|| "nothing is known".to_owned(), |status| status.to_string());
    let _ = writeln!(text, "last run: {status}");
    for (id, status, since, flapping) in state.checks() {
        let flapping = if flapping { ", flapping" } else { "" };
        let _ = writeln!(text, "{status:8}  {id:24} since {since:.0}{flapping}");
    }
    text
}

/// Forgets what is known from earlier runs.
pub(crate) fn reset_state(path: &Path) -> Said {
    match std::fs::remove_file(path) {
        Ok(()) => Said { output: Some(format!("{} is gone.\n", path.display())), ..Said::default() },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Said { output: Some(format!("{} was not there.\n", path.display())), ..Said::default() }
        }
        Err(error) => Said::unknown(&format!("{}: {error}", path.display())),
    }
}

/// A completion script.
///
/// # Errors
/// When the shell is not known.
pub(crate) fn completions(shell: &str) -> Result<String, String> {
    let mut words: Vec<&str> = COMMANDS.iter().filter_map(|(name, _)| name.split(' ').next()).collect();
    words.push("all");
    words.extend(lattice_deploy::health::Component::ALL.map(lattice_deploy::health::Component::as_str));
    let flags: Vec<String> = options::all().map(|option| format!("--{}", option.name)).collect();
    let checks: Vec<&str> = CHECKS.iter().map(|spec| spec.id).collect();
    let (words, flags, checks) = (words.join(" "), flags.join(" "), checks.join(" "));
    let formats = Format::NAMES.map(|(name, _)| name).join(" ");
    let statuses = Status::ALL.map(Status::as_str).join(" ");
    match shell {
        "bash" => Ok(format!(
            "_lattice_health() {{\n    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words=\n    case $before in\n        -f|--format) words=\"{formats}\" ;;\n        explain|-S|--skip|--only|--with) words=\"{checks}\" ;;\n        --unknown-as|--max-severity) words=\"{statuses}\" ;;\n        config) words=validate ;;\n        state) words=\"show reset\" ;;\n        completions) words=\"{shells}\" ;;\n        --config|--state-file|--lock|--textfile|--ping-url-file) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n        *) words=\"{words} {flags}\" ;;\n    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}}\ncomplete -F _lattice_health lattice-health\n",
            shells = SHELLS.join(" ")
        )),
        "zsh" => Ok(format!(
            "#compdef lattice-health\n_lattice_health() {{\n    case $words[CURRENT-1] in\n        -f|--format) compadd {formats} ;;\n        explain|-S|--skip|--only|--with) compadd {checks} ;;\n        --unknown-as|--max-severity) compadd {statuses} ;;\n        config) compadd validate ;;\n        state) compadd show reset ;;\n        completions) compadd {shells} ;;\n        --config|--state-file|--lock|--textfile|--ping-url-file) _files ;;\n        *) compadd -- {words} {flags} ;;\n    esac\n}}\n(( $+functions[compdef] )) && compdef _lattice_health lattice-health\n",
            shells = SHELLS.join(" ")
        )),
        "fish" => Ok(fish(&words, &checks, &formats, &statuses)),
        other => Err(format!("`{other}` is no shell of {}", SHELLS.join(", "))),
    }
}

fn fish(words: &str, checks: &str, formats: &str, statuses: &str) -> String {
    let mut text = format!("complete -c lattice-health -f -a '{words}'\n");
    let _ = writeln!(text, "complete -c lattice-health -n '__fish_seen_subcommand_from explain' -f -a '{checks}'");
    for option in options::all() {
        let short = option.short.map(|short| format!(" -s {short}")).unwrap_or_default();
        let help = option.help.replace('\'', "\\'");
        let values = match option.name {
            "format" => format!(" -x -a '{formats}'"),
            "skip" | "only" | "with" => format!(" -x -a '{checks}'"),
            "unknown-as" | "max-severity" => format!(" -x -a '{statuses}'"),
            "config" | "state-file" | "lock" | "textfile" | "ping-url-file" => " -r -F".to_owned(),
            _ if option.takes == Takes::Nothing => String::new(),
            _ => " -x".to_owned(),
        };
        let _ = writeln!(text, "complete -c lattice-health{short} -l {}{values} -d '{help}'", option.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{completions, explain, help, list};
    use crate::options;
    use crate::settings::Format;
    use lattice_deploy::health::CHECKS;

    #[test]
    fn help_names_every_option() {
        let help = help();
        for option in options::all() {
            assert!(help.contains(&format!("--{}", option.name)), "{}", option.name);
        }
        assert!(help.contains("Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown"));
    }

    #[test]
    fn every_check_is_listed_and_explained() {
        let list = list(Format::Human);
        for spec in CHECKS {
            assert!(list.contains(spec.id));
            let text = explain(spec.id, Format::Human).unwrap();
            assert!(text.contains(spec.explanation) && text.contains(spec.permission), "{text}");
        }
        assert!(explain("nothing", Format::Human).is_err());
    }

    #[test]
    fn completions_know_options_and_checks() {
        for shell in super::SHELLS {
            let script = completions(shell).unwrap();
            for word in ["vault.seal", "on-change", "prometheus", "backup"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
        assert!(completions("tcsh").is_err());
    }
}
