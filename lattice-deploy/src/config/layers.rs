//! Layers of input, and the reader that turns them into [`Inputs`].

use super::environment::{self, Lookup, TERRAFORM};
use super::field::Field;
use super::inputs::{Inputs, TABLE, default_of};
use super::problem::{ConfigError, Problem};
use super::rules;
use super::source::{Place, Position, Source};
use super::table::{Input, InputType};
use super::validate;
use super::value::{Document, Kind, Value};
use super::{hcl, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

/// How alike two names must be (0 to 1) for one to be suggested for the other.
const LIKENESS: f32 = 0.7;

/// Who wins, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    File,
    VarFile,
    Terraform,
    WellKnown,
    Flag,
}

struct Setting {
    input: &'static Input,
    value: Value,
    source: Source,
    rank: Rank,
}

/// What was said about the inputs, and where. The order of the calls does not matter between
/// different kinds of layer; within one kind the later call wins.
#[derive(Default)]
#[must_use = "layers do nothing until they are resolved"]
pub struct Layers {
    settings: Vec<Setting>,
    problems: Vec<Problem>,
    registry: Option<String>,
    /// A file could not be read to its end, so what it would have set is unknown.
    is_partial: bool,
}

/// Values are left out: some are secrets.
impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = self.settings.iter();
        f.debug_map().entries(settings.map(|setting| (setting.input.name, &setting.source))).finish()
    }
}

impl Layers {
    /// No layer: the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the main configuration file. A `name` that ends in `.json` is read as JSON.
    pub fn file(self, name: &str, text: &str) -> Self {
        self.document(name, text, Rank::File)
    }

    /// Adds a file named by `--var-file`.
    pub fn var_file(self, name: &str, text: &str) -> Self {
        self.document(name, text, Rank::VarFile)
    }

    /// Adds `TF_VAR_*` and the tools' own variables; an empty variable counts as unset.
    pub fn environment(mut self, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        for input in TABLE.iter() {
            self.variable(format!("{TERRAFORM}{}", input.name), input, Rank::Terraform, lookup);
        }
        for (variable, input) in environment::WELL_KNOWN {
            self.variable(variable.to_owned(), input, Rank::WellKnown, lookup);
        }
        self.registry = environment::get(lookup, environment::REGISTRY).or(self.registry);
        self
    }

    /// Adds a `--var NAME=VALUE` flag. Secrets are refused, because every process can read flags.
    pub fn var(mut self, assignment: &str) -> Self {
        let Some((name, value)) = assignment.split_once('=') else {
            // The text is not repeated: without a name it may be a secret.
            let what = "a value without a name";
            let problem = Problem::new(Source::Flag, None, what, "write NAME=VALUE");
            self.problems.push(problem);
            return self;
        };
        match TABLE.find(name) {
            Some(input) if input.sensitive => self.problems.push(Problem::new(
                Source::Flag,
                Some(name),
                "a secret on the command line is visible to every process",
                format!("set the environment variable {}", environment::variable_for(input)),
            )),
            Some(input) => self.text(input, value, Source::Flag, Rank::Flag),
            None => self.problems.push(unknown(name, Source::Flag)),
        }
        self
    }

    /// Puts the layers on top of each other and checks the result.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] with every problem of every layer.
    pub fn resolve(mut self) -> Result<Resolved, ConfigError> {
        self.settings.sort_by_key(|setting| setting.rank);
        let mut warnings = validate::secrets_in_files(
            self.settings
                .iter()
                .filter(|setting| setting.rank == Rank::File)
                .map(|setting| (setting.input, &setting.value, &setting.source)),
        );
        let mut reader = Reader::new(self.settings, self.problems);
        let mut inputs = Inputs::read(&mut reader);
        if let Some(registry) = self.registry {
            prefix_image(&mut inputs, &registry, &mut reader);
        }
        if !self.is_partial {
            validate::across(&inputs, &mut reader);
        }
        if !reader.problems.is_empty() {
            return Err(ConfigError { problems: reader.problems });
        }
        warnings.extend(validate::warnings(&inputs, &reader));
        Ok(Resolved { inputs, warnings, sources: reader.sources })
    }

    fn document(mut self, name: &str, text: &str, rank: Rank) -> Self {
        // Editors on Windows may begin a file with a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let is_json =
            std::path::Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let read = if is_json { json::document } else { hcl::document };
        let file: Arc<str> = Arc::from(name);
        let source = |Position { line, column }| {
            let place = Place { file: Arc::clone(&file), line, column };
            if rank == Rank::File { Source::File(place) } else { Source::VarFile(place) }
        };
        self.assign(read(text), rank, &source);
        self
    }

    fn assign(&mut self, document: Document, rank: Rank, source: &dyn Fn(Position) -> Source) {
        let mut first: HashMap<String, Source> = HashMap::new();
        for assignment in document.assignments {
            let source = source(assignment.at);
            let name = assignment.name.as_str();
            let Some(input) = TABLE.find(name) else {
                self.problems.push(unknown(name, source));
                continue;
            };
            if let Some(earlier) = first.get(name) {
                let what = format!("is set twice in this file; the first time at {earlier}");
                let problem = Problem::new(source, Some(name), what, "remove one of them");
                self.problems.push(problem);
                continue;
            }
            first.insert(assignment.name, source.clone());
            self.settings.push(Setting { input, value: assignment.value, source, rank });
        }
        self.is_partial |= !document.errors.is_empty();
        for error in document.errors {
            let remedy = "correct the text here";
            let problem = Problem::new(source(error.at), None, error.what, remedy);
            self.problems.push(problem);
        }
    }

    fn variable(&mut self, name: String, input: &'static Input, rank: Rank, lookup: Lookup<'_>) {
        if let Some(value) = environment::get(lookup, &name) {
            let value = environment::complete(input, value, lookup);
            self.text(input, &value, Source::Environment(name), rank);
        }
    }

    /// A value from outside a file: the plain text, but an HCL expression for a list or a map.
    fn text(&mut self, input: &'static Input, text: &str, source: Source, rank: Rank) {
        let value = match input.kind {
            InputType::List | InputType::Map => hcl::expression(text),
            _ => Ok(Value { at: None, kind: Kind::Text(text.to_owned()) }),
        };
        match value {
            Ok(value) => self.settings.push(Setting { input, value, source, rank }),
            Err(what) => {
                let what = format!("is not an HCL expression: {what}");
                let remedy = format!("write a {} such as in a file", input.kind);
                let problem = Problem::new(source, Some(input.name), what, remedy);
                self.problems.push(problem);
            }
        }
    }
}

fn unknown(name: &str, source: Source) -> Problem {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !is_name {
        // What is no name may be anything, a secret included.
        return Problem::new(source, None, "not a name of an input", "see the list of inputs");
    }
    let names: Vec<&str> = TABLE.iter().map(|input| input.name).collect();
    let remedy = similar::get_close_matches(name, &names, 1, LIKENESS)
        .first()
        .map_or_else(|| "remove it, or see the list of inputs".to_owned(), |close| format!("did you mean `{close}`?"));
    Problem::new(source, None, format!("unknown input `{name}`"), remedy)
}

fn prefix_image(inputs: &mut Inputs, registry: &str, reader: &mut Reader) {
    let name = TABLE.container_image.name;
    let registry = registry.trim_end_matches('/');
    if rules::has_registry(&inputs.container_image) || reader.has_failed(&[name]) {
        return;
    }
    let variable = environment::REGISTRY.to_owned();
    if !(rules::REGISTRY.holds)(registry) {
        let what = "is not a registry";
        let remedy = format!("must be {}", rules::REGISTRY.what);
        let source = Source::Environment(variable);
        reader.fail(&TABLE.container_image, source, what, remedy);
        return;
    }
    inputs.container_image = format!("{registry}/{}", inputs.container_image);
    let base = Box::new(reader.source_of(name).clone());
    reader.sources.insert(name, Source::Prefixed { base, variable });
}

/// Takes the winning values one by one, and keeps what is wrong with them.
pub(super) struct Reader {
    values: HashMap<&'static str, Value>,
    sources: BTreeMap<&'static str, Source>,
    failed: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

impl Reader {
    /// `settings` come lowest first; a null leaves what is below it in force.
    fn new(settings: Vec<Setting>, problems: Vec<Problem>) -> Self {
        let mut reader = Self { values: HashMap::new(), sources: BTreeMap::new(), failed: BTreeSet::new(), problems };
        for setting in settings {
            if !matches!(setting.value.kind, Kind::Null) {
                reader.sources.insert(setting.input.name, setting.source);
                reader.values.insert(setting.input.name, setting.value);
            }
        }
        reader
    }

    /// The value of an input; its default when it is unset or wrong.
    pub(super) fn take<T: Field>(&mut self, input: &'static Input) -> T {
        let Some(value) = self.values.remove(input.name) else {
            return default_of(input);
        };
        T::read(&value, &input.constraint).unwrap_or_else(|fault| {
            let source = self.source_of(input.name).at(fault.at);
            self.fail(input, source, fault.what, fault.remedy);
            default_of(input)
        })
    }

    pub(super) fn fail(
        &mut self,
        input: &'static Input,
        source: Source,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let problem = Problem::new(source, Some(input.name), what, remedy);
        self.failed.insert(input.name);
        self.problems.push(problem);
    }

    pub(super) fn has_failed(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.failed.contains(name))
    }

    pub(super) fn source_of(&self, name: &str) -> &Source {
        self.sources.get(name).unwrap_or(&Source::Default)
    }
}

/// The inputs, and where each of them came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolved {
    /// The values.
    pub inputs: Inputs,
    /// What is allowed but not advisable.
    pub warnings: Vec<Problem>,
    sources: BTreeMap<&'static str, Source>,
}

impl Resolved {
    /// What set this input; [`Source::Default`] when nothing did.
    pub fn source_of(&self, name: &str) -> &Source {
        self.sources.get(name).unwrap_or(&Source::Default)
    }
}
