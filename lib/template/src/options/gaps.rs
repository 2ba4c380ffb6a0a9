//! What a planned build asks for that is known here, but that no tool of this version does.
//!
//! `validate` plans such a build with a warning. The tools refuse it before a machine exists, rather than in the middle of
//! the build. Whether a component is run is said in one place, [`Component::RUNS`](super::Component::RUNS); which options
//! of the communicator are not honoured yet, in [`Communicator::gaps`].

use super::communicator::Communicator;
use super::provisioner::reaches_machine;
use super::registry::Sort;
use record::{Build, Failure, Record, Status};
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Where in a build a gap is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The builder's type.
    Builder,
    /// An option of the builder.
    Option(&'static str),
    /// A provisioner or post-processor of that type.
    Step(Sort, String),
}

/// Something that no tool of this version does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// A build, as far as gaps are concerned.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// The builder's type.
    pub kind: &'a str,
    /// The builder's options.
    pub builder: &'a Object,
    /// The provisioners, and what runs when one of them fails.
    pub provisioners: Vec<&'a Object>,
    /// The post-processors of all sequences.
    pub post_processors: Vec<&'a Object>,
}

/// All gaps of a build, each once.
///
/// # Errors
/// When an option of the communicator is not of its type: somebody has edited the record.
pub fn of(parts: &Parts<'_>) -> Result<Vec<Gap>, Failure> {
    let mut gaps = Vec::new();
    let mut add = |gap: Gap| {
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    };
    builder(parts, &mut add)?;
    for step in &parts.provisioners {
        self::step(Sort::Provisioner, step, &mut add);
    }
    for step in &parts.post_processors {
        self::step(Sort::PostProcessor, step, &mut add);
    }
    Ok(gaps)
}

/// Refuses a planned record that asks for what no tool of this version does: it has failed then. To be called before
/// anything is made.
pub fn refused(record: &mut Record, build: &Build) -> bool {
    if record.status() != Status::Planned {
        return false;
    }
    match check(record) {
        Ok(()) => false,
        Err(failure) => {
            build.fail(record, &failure);
            true
        }
    }
}

/// All that a record asks for in vain, in one failure.
fn check(record: &Record) -> Result<(), Failure> {
    let mut provisioners = record.provisioners()?;
    provisioners.extend(record.get::<Object>("error_cleanup_provisioner")?);
    let post_processors = record.post_processors()?;
    let gaps = of(&Parts {
        kind: record.kind(),
        builder: &record.builder()?,
        provisioners: provisioners.iter().collect(),
        post_processors: post_processors.iter().flatten().collect(),
    })?;
    let Some(first) = gaps.first() else { return Ok(()) };
    let all: Vec<&str> = gaps.iter().map(|gap| gap.message.as_str()).collect();
    Err(Failure::new(all.join("; ")).hint(first.hint.clone()))
}

fn builder(parts: &Parts<'_>, add: &mut impl FnMut(Gap)) -> Result<(), Failure> {
    let Some(entry) = Sort::Builder.find(parts.kind) else { return Ok(()) };
    if !entry.runs {
        add(Gap {
            place: Place::Builder,
            message: format!("no tool of this version builds '{}'", parts.kind),
            hint: format!("this version builds: {}", runnable(Sort::Builder)),
        });
    }
    let communicator = Communicator::of(parts.builder)?;
    for option in communicator.gaps() {
        add(Gap {
            place: Place::Option(option),
            message: format!("no tool of this version connects by '{option}'"),
            hint: "docs/provision.md lists what SSH can do now".into(),
        });
    }
    let is_reached =
        parts.kind == "null" || parts.provisioners.iter().any(|step| reaches_machine(kind_of(step)));
    if communicator.kind() == "winrm" && is_reached {
        add(Gap {
            place: Place::Option("communicator"),
            message: "no tool of this version provisions a machine by 'winrm'".into(),
            hint:
                "machines that run OpenSSH are reached by 'ssh'; with nothing to provision, 'winrm' is good"
                    .into(),
        });
    }
    Ok(())
}

fn step(sort: Sort, step: &Object, add: &mut impl FnMut(Gap)) {
    let kind = kind_of(step);
    if sort.find(kind).is_none_or(|entry| entry.runs) {
        return;
    }
    let leave_out = match sort {
        Sort::PostProcessor => {
            format!("leave it out with -except={kind}, or have it done by a tool of your own; ")
        }
        _ => String::new(),
    };
    add(Gap {
        place: Place::Step(sort, kind.to_owned()),
        message: format!("no tool of this version runs the {} '{kind}'", sort.word()),
        hint: format!("{leave_out}this version runs: {}", runnable(sort)),
    });
}

fn kind_of(step: &Object) -> &str {
    step.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// The types of a sort that tools of this version run.
fn runnable(sort: Sort) -> String {
    let kinds = sort.entries().iter().filter(|entry| entry.runs).map(|entry| entry.kind);
    kinds.collect::<Vec<_>>().join(", ")
}
