//! Which routes of a server its SDK has: what the operations' documentation names, held against the list of all routes
//! and against what was really answered by a live server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::answers::keep;
use crate::canary::{self, journal};
use crate::lossless::{note, once};

/// A method and a path whose variable segments are `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
}

impl Route {
    fn new(method: &str, path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let last = parts.len() - 1;
        let segments = parts.iter().enumerate().map(|(place, part)| match *part {
            ":key" | ":path" | ":prefix" | "{path}" | "{key}" if place == last => MANY,
            part if part.starts_with('*') && place == last => MANY,
            part if part.starts_with([':', '*', '{']) => ONE,
            part => part,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        // All three servers take the one for the other.
        let method = match method {
            "POST" => "PUT",
            // How the answer comes, not how it is asked for.
            "STREAM" | "WEBSOCKET" => "GET",
            other => other,
        };
        Self { method: method.to_owned(), path }
    }

    /// A route of a list: one that ends in a slash takes any name after it, but not where names are listed.
    fn listed(method: &str, path: &str) -> Self {
        let open = path.ends_with('/') && method != "LIST";
        let mut route = Self::new(method, path);
        if open {
            route.path = format!("{}/{MANY}", route.path);
        }
        route
    }

    /// Whether an operation's route is this one of the list: the same words in the same places, and names in the others.
    fn is(&self, operation: &Self) -> bool {
        let (mut listed, mut own) = (self.path.split('/'), operation.path.split('/'));
        let name = |segment: &str| segment == ONE || segment == MANY;
        self.method == operation.method
            && loop {
                match (listed.next(), own.next()) {
                    (None, None) => break true,
                    (Some(MANY), Some(segment)) => break name(segment) && own.all(name),
                    (Some(word), Some(segment)) if word == segment || (name(word) && name(segment)) => {}
                    _ => break false,
                }
            }
    }
}

/// One name in a path.
const ONE: &str = "*";
/// A name with slashes in it.
const MANY: &str = "**";

/// One SDK.
#[derive(Clone, Copy, Debug)]
pub struct Sdk {
    /// The product's name, in lower case.
    pub product: &'static str,
    /// The group of the route list to which a source file belongs, where paths alone do not tell.
    groups: &'static [(&'static str, &'static str)],
}

/// The three SDKs.
pub const SDKS: [Sdk; 3] = [
    Sdk { product: "consul", groups: &[("raw", ""), ("client", "")] },
    Sdk { product: "nomad", groups: &[("raw", ""), ("client", "")] },
    Sdk {
        product: "vault",
        groups: &[
            ("kv1", "kv"),
            ("kv2", "secret"),
            ("jwt", "auth/jwt"),
            ("approle", "auth/approle"),
            ("pki", "pki"),
            ("transit", "transit"),
            ("database", "database"),
            ("raw", ""),
            ("client", ""),
        ],
    },
];

impl Sdk {
    /// Where its crate is.
    pub fn folder(self) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
        root.join(format!("{}-client", self.product))
    }

    /// Every route of the server that the SDK is to have, by group.
    ///
    /// # Panics
    /// When the list cannot be read.
    pub fn routes(self) -> Vec<(String, Route)> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/routes/{}.tsv", self.product));
        let text = std::fs::read_to_string(&path).unwrap();
        let row = |line: &str| {
            let mut cells = line.split('\t');
            let (tier, group, method, path) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
            matches!(tier, "P0" | "P1").then(|| (group.to_owned(), Route::listed(method, path)))
        };
        let rows: BTreeSet<(String, Route)> = text.lines().skip(1).filter_map(row).collect();
        rows.into_iter().collect()
    }

    /// Every route that an operation's documentation names, with the group that its file belongs to.
    ///
    /// # Panics
    /// When a source cannot be read.
    pub fn documented(self) -> BTreeSet<(Option<&'static str>, Route)> {
        let mut found = BTreeSet::new();
        for file in sources(&self.folder().join("src")) {
            let name = file.display().to_string();
            let group = self
                .groups
                .iter()
                .find(|(part, _)| name.ends_with(&format!("/{part}.rs")) || name.contains(&format!("/{part}/")));
            let group = group.map(|(_, group)| *group);
            if group == Some("") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let documentation = text.lines().filter(|line| line.trim_start().starts_with("///"));
            for quoted in documentation.flat_map(|line| line.split('`').skip(1).step_by(2)) {
                if let Some((method, path)) = quoted.split_once(' ')
                    && ["GET", "PUT", "POST", "DELETE", "LIST", "PATCH"].contains(&method)
                    && path.starts_with('/')
                {
                    found.insert((group, Route::new(method, path)));
                }
            }
        }
        found
    }

    /// The documented routes that are in no list, so that one of both must be wrong.
    pub fn unknown(self) -> Vec<Route> {
        let routes = self.routes();
        let known = |group: Option<&str>, route: &Route| {
            routes.iter().any(|(of, listed)| group.is_none_or(|group| group == of) && listed.is(route))
        };
        self.documented().into_iter().filter(|(group, route)| !known(*group, route)).map(|(_, route)| route).collect()
    }

    /// The table of the README: how many routes each group has, and how many of them the SDK.
    pub fn table(self) -> String {
        let documented = self.documented();
        let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (group, listed) in self.routes() {
            let has = documented.iter().any(|(of, route)| of.is_none_or(|of| of == group) && listed.is(route));
            let counts = groups.entry(group).or_default();
            counts.0 += 1;
            counts.1 += usize::from(has);
        }
        let (all, covered) = groups.values().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        let mut lines = vec!["| group | routes | covered |".to_owned(), "|---|---|---|".to_owned()];
        lines.extend(groups.iter().map(|(group, (all, covered))| format!("| {group} | {all} | {covered} |")));
        lines.push(format!("| **all** | **{all}** | **{covered}** |"));
        lines.join("\n")
    }

    /// The documented routes that no live server has answered well in this process since [`record`] was called, but for
    /// those of the groups to leave out.
    ///
    /// # Panics
    /// When a source cannot be read.
    pub fn never_answered(self, without: &[&str]) -> Vec<Route> {
        let seen = SEEN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        let answered = |route: &Route| seen.iter().any(|(product, sent)| product == self.product && route.is(sent));
        let wanted = |group: Option<&str>| group.is_none_or(|group| !without.contains(&group));
        let documented = self.documented().into_iter().filter(|(group, _)| wanted(*group));
        documented.map(|(_, route)| route).filter(|route| !answered(route)).collect()
    }

    /// Where the README has its table.
    pub fn readme(self) -> PathBuf {
        self.folder().join("README.md")
    }
}

/// Every source file below a folder.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// What live servers have answered well, by product.
static SEEN: OnceLock<Mutex<BTreeSet<(String, Route)>>> = OnceLock::new();

/// Begins to record every request that a server answers well in this process, what is lost of the answers, and
/// everything that is logged.
///
/// # Panics
/// When something else in this process listens to what the SDKs trace.
pub fn record() {
    SEEN.get_or_init(|| {
        let subscriber = tracing_subscriber::registry().with(Recorder).with(journal().clone());
        tracing::subscriber::set_global_default(subscriber).unwrap();
        canary::listen();
        consul_client::lossless::audit(|it| {
            keep("consul", it.kind, &it.sent);
            note("consul", it.method, it.route, &it.sent, &it.kept);
        });
        nomad_client::lossless::audit(|it| {
            keep("nomad", it.kind, &it.sent);
            note("nomad", it.method, it.route, &it.sent, &it.kept);
        });
        vault_client::lossless::audit(|it| {
            keep("vault", it.kind, &it.sent);
            note("vault", it.method, it.route, &once(&it.sent), &it.kept);
        });
        Mutex::default()
    });
}

struct Recorder;

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some((product, _)) = event.metadata().target().split_once("_client::transport") else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        if let (Some(method), Some(route), Some(101 | 200..400)) = (fields.method, fields.route, fields.status) {
            let mut seen = SEEN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert((product.to_owned(), Route::new(&method, &route)));
            // Vault's LIST is sent as a GET of what ends in a slash.
            if route.ends_with('/') {
                seen.insert((product.to_owned(), Route::new("LIST", &route)));
            }
        }
    }
}

#[derive(Default)]
struct Fields {
    method: Option<String>,
    route: Option<String>,
    status: Option<u64>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "method" => self.method = Some(value.to_owned()),
            "route" => self.route = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}
