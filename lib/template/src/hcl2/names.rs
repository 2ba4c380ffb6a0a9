//! What expressions can name: `var`, `local`, `data`, `source`, `build`, `path`, `packer`.

use super::later::Later;
use super::value::Value;
use crate::engine::{Moment, PACKER_VERSION, Remote};
use crate::suggest::{list, nearest};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// Where an expression stands: it decides what can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A variable's default: nothing but `env`.
    Default,
    /// A variable file or the command line: nothing at all.
    Given,
    /// A local, a data source, the head of a build.
    Local,
    /// A source, where it is used.
    Source,
    /// A provisioner or post-processor.
    Step,
}

/// Values by name; nothing for one that is broken.
pub(super) type Named = BTreeMap<String, Option<Value>>;

/// The values that can be named; nothing for one that is broken, which has been reported where it is made. Cheap to clone:
/// every source, step and default has names of its own.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) place: Place,
    pub(super) variables: Rc<Named>,
    pub(super) locals: Rc<Named>,
    /// By type, then by name.
    pub(super) data: Rc<BTreeMap<String, Named>>,
    /// The source's name and type, where there is one.
    pub(super) source: Option<(String, String)>,
    /// The build's name.
    pub(super) build: String,
    /// What the machine will tell; nothing where that is not known.
    pub(super) keys: Option<&'static [&'static str]>,
    /// What the machine tells, once it is there.
    pub(super) machine: Option<Arc<BTreeMap<String, String>>>,
    /// `path.root`, as it was given: relative paths in functions begin there.
    pub(super) root: String,
    /// `path.cwd`
    pub(super) cwd: String,
    pub(super) moment: Moment,
    /// Who asks services for secrets.
    pub(super) remote: Option<Arc<dyn Remote>>,
    /// What they have told, which nobody is to see.
    pub(super) secrets: Arc<Mutex<Vec<String>>>,
    /// How much may still be made of it all, in bytes or items: one purse for all clones.
    pub(super) budget: Rc<Cell<usize>>,
}

/// The roots of names.
const ROOTS: [&str; 7] = ["build", "data", "local", "packer", "path", "source", "var"];

/// What came of a name.
pub(super) enum Found {
    Value(Value),
    /// It has been reported already.
    Broken,
    /// It is not there: why, and what to do.
    Missing(String, String),
}

impl Names {
    /// Nothing but the paths and the time.
    pub(super) fn new(root: &str, moment: Moment) -> Self {
        /// Enough for any template, and little enough for any machine.
        const BUDGET: usize = 64 << 20;
        Self {
            place: Place::Given,
            variables: Rc::default(),
            locals: Rc::default(),
            data: Rc::default(),
            source: None,
            build: String::new(),
            keys: None,
            machine: None,
            root: root.to_owned(),
            cwd: std::env::current_dir().map(|path| path.display().to_string()).unwrap_or_default(),
            moment,
            remote: None,
            secrets: Arc::default(),
            budget: Rc::new(Cell::new(BUDGET)),
        }
    }

    /// Notes what nobody is to see.
    pub(super) fn secret(&self, text: &str) {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if !secrets.iter().any(|secret| secret == text) {
            secrets.push(text.to_owned());
        }
    }

    /// What services have told, and nobody is to see.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Finds `root.path…`. Gives how many names of the path it took.
    pub(super) fn find(&self, root: &str, path: &[&str]) -> (Found, usize) {
        if let Some(hint) = self.out_of_place(root) {
            return (Found::Missing(format!("'{root}' is not known here"), hint.to_owned()), 0);
        }
        match (root, path) {
            ("var", [name, ..]) => (one("variable", "variable", name, &self.variables), 1),
            ("local", [name, ..]) => (one("local value", "local", name, &self.locals), 1),
            ("data", [kind, name, ..]) => match self.data.get(*kind) {
                Some(named) => (one(&format!("data source '{kind}'"), "data source", name, named), 2),
                None => {
                    let known = self.data.keys().map(String::as_str);
                    let message = format!("there is no data source of type '{kind}'");
                    (Found::Missing(message, suggestion(kind, known)), 1)
                }
            },
            ("source", [name, ..]) => (self.source(name), 1),
            ("build", [name, ..]) => (self.build(name), 1),
            ("path", ["root", ..]) => (Found::Value(Value::text(self.root.as_str())), 1),
            ("path", ["cwd", ..]) => (Found::Value(Value::text(self.cwd.as_str())), 1),
            ("packer", ["version", ..]) => (Found::Value(Value::text(PACKER_VERSION)), 1),
            ("path" | "packer", [name, ..]) => {
                let hint =
                    if root == "path" { "known: path.root, path.cwd" } else { "known: packer.version" };
                (Found::Missing(format!("there is no '{root}.{name}'"), hint.to_owned()), 1)
            }
            ("var", []) => (whole(&self.variables), 0),
            ("local", []) => (whole(&self.locals), 0),
            ("data", _) => {
                let hint = "write data.TYPE.NAME.ATTRIBUTE".to_owned();
                (Found::Missing("this names no data source".to_owned(), hint), path.len())
            }
            ("source" | "build" | "path" | "packer", []) => {
                let message = format!("'{root}' is no value of its own");
                (Found::Missing(message, format!("name what you need of it: {root}.name")), 0)
            }
            _ => (self.unknown(root, path), 0),
        }
    }

    /// Why a root cannot be named in this place.
    fn out_of_place(&self, root: &str) -> Option<&'static str> {
        match (self.place, root) {
            (Place::Given, "var" | "local" | "data" | "source" | "build" | "path" | "packer") => {
                Some("values that are given from outside hold no references")
            }
            (Place::Default, "var" | "local" | "data" | "source" | "build" | "path" | "packer") => Some(
                "a default names nothing else, and may call env(\"NAME\") only; a local value can name variables",
            ),
            (Place::Local, "source" | "build") => {
                Some("it is known where a source is built: in sources, provisioners and post-processors")
            }
            (Place::Source, "build") => Some("'build' is known in provisioners and post-processors only"),
            _ => None,
        }
    }

    fn source(&self, name: &str) -> Found {
        match (&self.source, name) {
            (Some((own, _)), "name") => Found::Value(Value::text(own.as_str())),
            (Some((_, kind)), "type") => Found::Value(Value::text(kind.as_str())),
            _ => {
                let hint = "known: source.name, source.type".to_owned();
                Found::Missing(format!("there is no 'source.{name}'"), hint)
            }
        }
    }

    fn build(&self, name: &str) -> Found {
        if name == "name" {
            return Found::Value(Value::text(self.build.as_str()));
        }
        if let Some(machine) = &self.machine {
            return match machine.get(name) {
                Some(value) => Found::Value(Value::text(value.as_str())),
                None => {
                    let known = machine.keys().map(String::as_str);
                    Found::Missing(format!("the machine tells no 'build.{name}'"), suggestion(name, known))
                }
            };
        }
        match self.keys {
            Some(keys) if !keys.contains(&name) => {
                let hint = match nearest(name, keys.iter().copied()) {
                    Some(near) => format!("did you mean 'build.{near}'?"),
                    None => format!("known: name, {}", keys.join(", ")),
                };
                Found::Missing(format!("this builder gives no 'build.{name}'"), hint)
            }
            _ => Found::Value(Value::Later(Arc::new(Later::key(name)))),
        }
    }

    fn unknown(&self, root: &str, path: &[&str]) -> Found {
        let hint = if self.variables.contains_key(root) {
            format!("did you mean 'var.{root}'?")
        } else if self.locals.contains_key(root) {
            format!("did you mean 'local.{root}'?")
        } else if let Some(near) = nearest(root, ROOTS.into_iter()).filter(|_| !path.is_empty()) {
            format!("did you mean '{near}'?")
        } else if root == "locals" {
            "a local value is named local.NAME".to_owned()
        } else if root == "each" {
            "in a dynamic block it is called as the block: LABEL.value".to_owned()
        } else if path.is_empty() {
            format!("a text stands in double quotes: \"{root}\"")
        } else {
            format!("known: {}", ROOTS.join(", "))
        };
        Found::Missing(format!("there is no '{root}' here"), hint)
    }
}

fn one(what: &str, short: &str, name: &str, known: &Named) -> Found {
    match known.get(name) {
        Some(Some(value)) => Found::Value(value.clone()),
        Some(None) => Found::Broken,
        None => {
            let hint = match nearest(name, known.keys().map(String::as_str)) {
                Some(near) => format!("did you mean '{near}'?"),
                None if short == "variable" => format!("declare it: variable \"{name}\" {{}}"),
                None if short == "local" => format!("declare it: locals {{ {name} = … }}"),
                None => suggestion(name, known.keys().map(String::as_str)),
            };
            Found::Missing(format!("there is no {what} '{name}'"), hint)
        }
    }
}

/// "Did you mean", or what there is.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.clone().next().is_none() => "there is none".to_owned(),
        None => format!("known: {}", list(known)),
    }
}

fn whole(known: &Named) -> Found {
    let all = known.iter().map(|(name, value)| value.clone().map(|value| (name.clone(), value)));
    all.collect::<Option<BTreeMap<_, _>>>().map_or(Found::Broken, |all| Found::Value(Value::map(all)))
}
