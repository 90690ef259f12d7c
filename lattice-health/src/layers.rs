//! Where settings come from, from lowest to highest: defaults, the configuration file, variables, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use lexopt::ValueExt;

use crate::options::{self, Opt, Takes};

/// Reads a variable of the environment.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// In the configuration file.
    File,
    /// In this variable.
    Variable(String),
    /// On the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("configuration file"),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// A value and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// The value.
    pub(crate) text: String,
    /// Where it was found.
    pub(crate) source: Source,
}

/// Values by the names of options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(BTreeMap<&'static str, Vec<Given>>);

/// The command line, read.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// What is no option.
    pub(crate) words: Vec<String>,
    /// The options.
    pub(crate) values: Values,
}

impl Values {
    /// The values of an option.
    pub(crate) fn all(&self, name: &str) -> &[Given] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value of an option.
    pub(crate) fn one(&self, name: &str) -> Option<&Given> {
        self.all(name).last()
    }

    /// Everything that was said.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        self.0.iter().flat_map(|(name, given)| given.iter().map(|given| (*name, given)))
    }

    fn push(&mut self, option: &Opt, text: impl Into<String>, source: Source) {
        self.0.entry(option.name).or_default().push(Given { text: text.into(), source });
    }

    /// What a higher layer says replaces what lower ones say; thresholds are said check by check.
    pub(crate) fn over(mut self, lower: Self) -> Self {
        for (name, mut given) in lower.0 {
            match self.0.get_mut(name) {
                Some(own) if matches!(name, "warning" | "critical") => {
                    given.append(own);
                    *own = given;
                }
                Some(_) => {}
                None => {
                    self.0.insert(name, given);
                }
            }
        }
        self
    }
}

/// Reads the command line.
///
/// # Errors
/// When it makes no sense.
pub(crate) fn line(arguments: impl IntoIterator<Item = OsString>) -> Result<Line, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut line = Line::default();
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        let option = match &argument {
            lexopt::Arg::Value(word) => {
                line.words.push(word.clone().string().map_err(|error| error.to_string())?);
                continue;
            }
            lexopt::Arg::Long(name) => options::find(name),
            lexopt::Arg::Short(letter) => options::find_short(*letter),
        };
        let option = option.ok_or_else(|| format!("{}; see lattice-health --help", argument.unexpected()))?;
        let text = match option.takes {
            Takes::Nothing => "true".to_owned(),
            Takes::One(_) | Takes::Many(_) => {
                let value = parser.value().map_err(|error| error.to_string())?;
                value.string().map_err(|error| error.to_string())?
            }
        };
        line.values.push(option, text, Source::Flag(option.name));
    }
    Ok(line)
}

/// Reads the variables. One that is empty is not set.
pub(crate) fn variables(lookup: Lookup<'_>) -> Values {
    let mut values = Values::default();
    let read = |name: &str| lookup(name).filter(|text| !text.is_empty());
    for option in options::all().filter(|option| option.is_setting()) {
        let variable = option.variable();
        let Some(text) = read(&variable) else { continue };
        let source = Source::Variable(variable);
        match option.takes {
            Takes::Many(_) => {
                for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    values.push(option, part, source.clone());
                }
            }
            _ => values.push(option, text, source),
        }
    }
    // The name that the rest of the family uses.
    if values.one("service").is_none()
        && let (Some(option), Some(text)) = (options::find("service"), read("LATTICE_SERVICE"))
    {
        values.push(option, text, Source::Variable("LATTICE_SERVICE".to_owned()));
    }
    values
}

/// What a configuration file says.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The options.
    pub(crate) values: Values,
    /// Variables of the official tools, for where there is no environment, as under cron.
    pub(crate) variables: BTreeMap<String, String>,
}

/// Reads the configuration file.
///
/// # Errors
/// When it cannot be read or understood.
pub(crate) fn file(path: &Path) -> Result<File, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> Result<File, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut file = File::default();
    for (key, value) in &table {
        match (key.as_str(), value) {
            ("variables", toml::Value::Table(variables)) => {
                for (name, value) in variables {
                    file.variables.insert(variable(name)?, scalar(name, value)?);
                }
            }
            (name @ ("warning" | "critical"), toml::Value::Table(ranges)) => {
                let option = options::find(name).ok_or("no such option")?;
                for (check, range) in ranges {
                    file.values.push(option, format!("{check}={}", scalar(check, range)?), Source::File);
                }
            }
            (key, value) => setting(&mut file.values, key, value)?,
        }
    }
    Ok(file)
}

/// A file is read by more people than a token's own.
fn variable(name: &str) -> Result<String, String> {
    if name.ends_with("_TOKEN") || name.contains("PASSWORD") || name.contains("SECRET") {
        return Err(format!("[variables] {name}: a secret does not belong here; {name}_FILE names a file with it"));
    }
    Ok(name.to_owned())
}

fn setting(values: &mut Values, key: &str, value: &toml::Value) -> Result<(), String> {
    let option = options::find(key).filter(|option| option.is_setting() && option.name != "config");
    let option = option.ok_or_else(|| format!("`{key}` is no setting; the options of --help are"))?;
    match (option.takes, value) {
        (Takes::Many(_), toml::Value::Array(items)) => {
            for item in items {
                values.push(option, scalar(key, item)?, Source::File);
            }
            Ok(())
        }
        (_, value) => {
            values.push(option, scalar(key, value)?, Source::File);
            Ok(())
        }
    }
}

fn scalar(key: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Float(number) => Ok(number.to_string()),
        toml::Value::Boolean(truth) => Ok(truth.to_string()),
        _ => Err(format!("`{key}` wants text, a number or true and false")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, Values, line, parse, variables};

    fn texts(values: &Values, name: &str) -> Vec<String> {
        values.all(name).iter().map(|given| given.text.clone()).collect()
    }

    fn flags(words: &[&str]) -> super::Line {
        line(words.iter().map(Into::into)).unwrap()
    }

    #[test]
    fn the_usual_ways_to_write_options() {
        let line = flags(&["check", "-qv", "-v", "-t10s", "--format=json", "-w", "nodes.down=0", "app", "-S", "a.b"]);
        assert_eq!(line.words, ["check", "app"]);
        assert_eq!(texts(&line.values, "verbose"), ["true", "true"]);
        assert_eq!(texts(&line.values, "timeout"), ["10s"]);
        assert_eq!(texts(&line.values, "format"), ["json"]);
        assert_eq!(texts(&line.values, "warning"), ["nodes.down=0"]);
        assert_eq!(line.values.one("skip").unwrap().source, Source::Flag("skip"));
        assert_eq!(flags(&["--", "-q"]).words, ["-q"]);
        for wrong in [&["--nothing"][..], &["-t"], &["--quiet=yes", "x"], &["-Q"]] {
            assert!(line_of(wrong).is_err(), "{wrong:?}");
        }
    }

    fn line_of(words: &[&str]) -> Result<super::Line, String> {
        line(words.iter().map(Into::into))
    }

    #[test]
    fn higher_layers_win_and_thresholds_add_up() {
        let file = "timeout = \"1m\"\nskip = [\"a.b\", \"c.d\"]\nconfirm = 3\n[warning]\n\"nodes.down\" = 2\n";
        let environment = |name: &str| match name {
            "LATTICE_HEALTH_TIMEOUT" => Some("2m".to_owned()),
            "LATTICE_HEALTH_SKIP" => Some("e.f, g.h".to_owned()),
            "LATTICE_HEALTH_QUIET" => Some(String::new()),
            "LATTICE_SERVICE" => Some("web".to_owned()),
            _ => None,
        };
        let flags = flags(&["-t3m", "-w", "app.job=1"]).values;
        let all = flags.over(variables(&environment)).over(parse(file).unwrap().values);
        assert_eq!(texts(&all, "timeout"), ["3m"]);
        assert_eq!(texts(&all, "skip"), ["e.f", "g.h"]);
        assert_eq!(texts(&all, "confirm"), ["3"]);
        assert_eq!(texts(&all, "service"), ["web"]);
        assert_eq!(texts(&all, "warning"), ["nodes.down=2", "app.job=1"]);
        assert!(all.one("quiet").is_none());
    }

    #[test]
    fn a_file_that_makes_no_sense_is_refused() {
        for (text, says) in [
            ("nothing = 1", "`nothing` is no setting"),
            ("help = true", "`help` is no setting"),
            ("timeout = [1]", "wants text"),
            ("timeout = ", "line 1"),
            ("[variables]\nVAULT_TOKEN = \"x\"", "VAULT_TOKEN_FILE"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let file = parse("[variables]\nVAULT_ADDR = \"http://v\"\nCONSUL_HTTP_TOKEN_FILE = \"/t\"").unwrap();
        assert_eq!(file.variables.len(), 2);
    }
}
