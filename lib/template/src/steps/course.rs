//! All steps of one build, with the options that each uses.

use super::{ec2, machine, provision};
use crate::options::registry::Sort;
use crate::packer_json::Planned;
use serde::Serialize;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// What will happen to a build.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Course {
    /// How the driver is chosen, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// What the builder makes, as far as it is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub makes: Vec<String>,
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What runs in place of the remaining provisioners where one fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Step>,
}

/// A step.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Step {
    /// The tool that takes it.
    pub tool: String,
    /// Its name; that of a provisioner lacks its number.
    #[serde(rename = "step")]
    pub name: String,
    /// Of a post-processor: the number of its sequence, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<usize>,
    /// The options that it uses, each once in the whole course.
    pub options: Object,
}

/// The course of a planned build.
pub fn course(planned: &Planned) -> Course {
    let mut writer = Writer::new(&planned.builder);
    let mut course = Course::default();
    let kind = planned.kind.as_str();
    let tool = tool_of(kind);
    let has_provisioners = !planned.provisioners.is_empty();
    match kind {
        "amazon-ebs" => ec2::start(&mut writer),
        "null" => {}
        "file" => provision::write_file(&mut writer, &mut course.makes),
        _ if machine::is_machine(kind) => {
            course.driver = machine::driver(kind, &planned.builder);
            machine::start(kind, &mut writer);
        }
        _ => writer.rest(&tool, "build"),
    }
    provision::provisioners(kind, planned, &mut writer);
    if has_provisioners && !matches!(kind, "null" | "file") {
        writer.step(provision::TOOL, &provision::hand_over(&tool), &[]);
    }
    match kind {
        "amazon-ebs" => ec2::finish(&mut writer, &mut course.makes),
        _ if machine::is_machine(kind) => machine::finish(kind, &mut writer, &mut course.makes),
        _ => {}
    }
    for (index, sequence) in planned.post_processors.iter().enumerate() {
        for options in sequence {
            let step = named(provision::POSTPROCESS, options);
            writer.steps.push(Step { sequence: Some(index + 1), ..step });
        }
    }
    course.steps = writer.finish();
    course.on_failure = planned.error_cleanup.as_ref().map(|options| named(provision::TOOL, options));
    if Sort::Builder.find(kind).is_none() {
        let steps = course.steps.iter_mut().chain(&mut course.on_failure);
        steps.for_each(|step| step.options.values_mut().for_each(unify));
        course.steps.iter_mut().for_each(|step| step.options.sort_keys());
    }
    course
}

/// Gives options of components that are not known one form, since nobody can tell what they are read as: an object and a list of it
/// are one (a block of HCL2 is either), and keys stand in their order.
fn unify(value: &mut Value) {
    if let Value::Array(items) = value
        && let [Value::Object(_)] = items.as_slice()
    {
        *value = items.remove(0);
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(unify),
        Value::Object(fields) => {
            fields.values_mut().for_each(unify);
            fields.sort_keys();
        }
        _ => {}
    }
}

/// The tool of a builder's type: `amazon-ebs` is `build-ec2`'s, `x-y` is `build-x`'s; `null` and `file` are provision's own.
pub fn tool_of(kind: &str) -> String {
    match kind.split('-').next().unwrap_or(kind) {
        "amazon" => "build-ec2".to_owned(),
        "null" | "file" => provision::TOOL.to_owned(),
        platform => format!("build-{platform}"),
    }
}

/// A provisioner or post-processor as a step.
pub(super) fn named(tool: &str, options: &Object) -> Step {
    let mut options = options.clone();
    let kind = text(&options, "type").to_owned();
    let name = Some(text(&options, "name")).filter(|name| !name.is_empty()).unwrap_or(&kind).to_owned();
    options.shift_remove("name");
    if name == kind {
        options.shift_remove("type");
    }
    Step { tool: tool.to_owned(), name, sequence: None, options }
}

/// An option's text; nothing where it is not set, or no text.
pub(super) fn text<'a>(options: &'a Object, name: &str) -> &'a str {
    options.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an option is true.
pub(super) fn is(options: &Object, name: &str) -> bool {
    options.get(name) == Some(&Value::Bool(true))
}

/// Writes the steps of a builder: each takes its options out of those that are left.
pub(super) struct Writer<'a> {
    pub(super) options: &'a Object,
    left: Object,
    steps: Vec<Step>,
    /// The step to which what is left belongs.
    rest: Option<usize>,
}

impl<'a> Writer<'a> {
    fn new(options: &'a Object) -> Self {
        Self { options, left: options.clone(), steps: Vec::new(), rest: None }
    }

    /// Adds a step, which uses these options.
    pub(super) fn step(&mut self, tool: &str, name: &str, options: &[&str]) {
        let used = options.iter().filter_map(|name| self.left.shift_remove_entry(*name)).collect();
        self.steps.push(Step { tool: tool.to_owned(), name: name.to_owned(), sequence: None, options: used });
    }

    /// Adds the step that uses all options which no other step uses.
    pub(super) fn rest(&mut self, tool: &str, name: &str) {
        self.rest = Some(self.steps.len());
        self.step(tool, name, &[]);
    }

    /// Adds a step that has its own options.
    pub(super) fn own(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn finish(mut self) -> Vec<Step> {
        if let Some(step) = self.rest.and_then(|rest| self.steps.get_mut(rest)) {
            step.options.extend(self.left);
        }
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::tool_of;

    #[test]
    fn a_type_has_its_tool() {
        for (kind, tool) in [
            ("amazon-ebs", "build-ec2"),
            ("vmware-iso", "build-vmware"),
            ("virtualbox-ovf", "build-virtualbox"),
            ("qemu", "build-qemu"),
            ("null", "provision"),
            ("fake-x", "build-fake"),
        ] {
            assert_eq!(tool_of(kind), tool);
        }
    }
}
