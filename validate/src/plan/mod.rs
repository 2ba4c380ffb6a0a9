//! `--plan`: what each tool would do, step by step, in a form that is made to be compared.
//!
//! Two plans of one template are the same, and so are those of a template in JSON and of the same in HCL2: names of files, ids and
//! times of the run are not in them. Times are as at `SOURCE_DATE_EPOCH`, else at the begin of 1970.

mod secret;
mod yaml;

use crate::take::Build;
use record::Record;
use record::mask::Masker;
use serde::Serialize;
use serde_json::{Map, Value};
use template::Late;
use template::steps::{Course, course};

/// A build's plan.
#[derive(Serialize)]
struct Plan<'a> {
    /// The build's own name.
    build: &'a str,
    /// The name of its block in HCL2.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    course: Course,
}

/// The plans of all builds: a YAML document each, or one JSON object a line. What is secret in them is hidden.
pub(crate) fn print(builds: &[Build], as_json: bool, masker: &Masker) -> String {
    let plans: Vec<Value> = builds.iter().map(plan).collect();
    secret::note(&plans, masker);
    let text: String = if as_json {
        let lines = plans.iter().zip(builds).map(|(plan, build)| {
            let mut plan = plan.clone();
            plan["template"] = build.path().into();
            plan.to_string() + "\n"
        });
        lines.collect()
    } else {
        texts(&plans, builds)
    };
    masker.mask(&text)
}

fn texts(plans: &[Value], builds: &[Build]) -> String {
    let many = builds.iter().any(|build| build.path() != builds[0].path());
    let text = |(plan, build): (&Value, &Build)| {
        let heading = if many { format!("# {}\n", build.path()) } else { String::new() };
        heading + &yaml::document(&for_people(plan))
    };
    plans.iter().zip(builds).map(text).collect::<Vec<_>>().join("---\n")
}

fn plan(build: &Build) -> Value {
    let planned = &build.planned;
    let (group, name) = planned.own_name();
    let mut course = course(planned);
    let late = late(build);
    if let Some(late) = &late {
        let steps = course.steps.iter_mut().chain(&mut course.on_failure);
        steps.for_each(|step| step.options.retain(|_, value| !comes_to_nothing(value, late)));
    }
    let plan = Plan { build: name, group, kind: &planned.kind, course };
    let mut plan = serde_json::to_value(plan).unwrap_or_default();
    if let Some(late) = &late {
        render(&mut plan, late);
    }
    plan
}

/// What templates that are rendered later see already.
fn late(build: &Build) -> Option<Late> {
    let line = serde_json::to_string(&build.document).ok()?;
    Late::of(&Record::parse(&line).ok()?).ok()
}

/// Whether an option is as if it were not set, once it is rendered.
fn comes_to_nothing(value: &Value, late: &Late) -> bool {
    matches!(value, Value::String(text) if !text.is_empty() && late.render_known(text).is_empty())
}

fn render(value: &mut Value, late: &Late) {
    match value {
        Value::String(text) => *text = late.render_known(text),
        Value::Array(items) => items.iter_mut().for_each(|item| render(item, late)),
        Value::Object(fields) => render_fields(fields, late),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The same of a map. Keys that are rendered, as those of tags, stand in a map that is in their order.
fn render_fields(fields: &mut Map<String, Value>, late: &Late) {
    let mut sorted = true;
    for (key, mut value) in std::mem::take(fields) {
        render(&mut value, late);
        let rendered = late.render_known(&key);
        sorted &= rendered == key;
        fields.insert(rendered, value);
    }
    if !sorted {
        fields.sort_keys();
    }
}

/// A plan as people read it: a step is one mapping, which begins with its tool and its name.
fn for_people(plan: &Value) -> Value {
    let step = |step: &Value| {
        let mut fields = Map::new();
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        fields.insert(text("tool").to_owned(), text("step").into());
        fields.extend(step.get("sequence").map(|number| ("sequence".to_owned(), number.clone())));
        fields.extend(step["options"].as_object().cloned().unwrap_or_default());
        Value::Object(fields)
    };
    let mut plan = plan.clone();
    for one in plan["steps"].as_array_mut().into_iter().flatten() {
        *one = step(one);
    }
    if let Some(cleanup) = plan.get_mut("on_failure") {
        *cleanup = step(cleanup);
    }
    plan
}
