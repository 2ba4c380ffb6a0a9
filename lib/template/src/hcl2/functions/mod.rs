//! Packer's functions (1.16; most are those of `go-cty`'s standard library).

mod arguments;
mod collections;
mod crypto;
mod encoding;
mod files;
mod format;
mod network;
mod numbers;
mod regexes;
mod remote;
mod strings;
mod table;
mod times;
mod yaml;

pub(super) use arguments::{Arguments, Fault, Gives};
pub(super) use files::read_text;

use super::value::Value;
use crate::suggest::nearest;

/// A function: how many arguments it takes, and how it is written.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) least: usize,
    /// Nothing where it takes any number.
    pub(super) most: Option<usize>,
    pub(super) run: fn(&Arguments<'_>) -> Gives,
    pub(super) usage: &'static str,
}

/// The function of that name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    table::FUNCTIONS.iter().find(|function| function.name == name)
}

/// Whether a function only puts values into other places, so that it can work with some that are not known yet: all of its
/// arguments are known as far as it looks into them.
pub(super) fn only_moves(name: &str, values: &[Value]) -> bool {
    /// They never look at items, only at lists and keys.
    const MOVERS: [&str; 12] = [
        "chunklist",
        "coalescelist",
        "concat",
        "element",
        "flatten",
        "keys",
        "length",
        "lookup",
        "merge",
        "reverse",
        "slice",
        "values",
    ];
    let is_open = |value: &Value| match value {
        Value::Later(_) => true,
        Value::Set(_) => value.has_later(),
        // What is known later may be a list itself.
        Value::List(items) => name == "flatten" && items.iter().any(is_list_of_later),
        _ => false,
    };
    MOVERS.contains(&name) && !values.iter().any(is_open)
}

/// Whether a value, or an item of it, is known only later and may be anything.
fn is_list_of_later(value: &Value) -> bool {
    match value {
        Value::Later(later) => !later.is_text(),
        Value::List(items) => items.iter().any(is_list_of_later),
        Value::Set(_) => value.has_later(),
        _ => false,
    }
}

/// What to write instead of a function that is not there.
pub(super) fn advice(name: &str) -> String {
    match name {
        "tostring" | "tonumber" | "tobool" => {
            format!("that is Terraform's: write convert(value, {})", name.trim_start_matches("to"))
        }
        "tolist" | "toset" | "tomap" => {
            let to = name.trim_start_matches("to");
            format!("that is Terraform's: write convert(value, {to}(string))")
        }
        "isotime" => "write legacy_isotime(format), or formatdate(format, timestamp())".to_owned(),
        "strftime" => "write legacy_strftime(format), or formatdate(format, timestamp())".to_owned(),
        "clean_resource_name" => "write regex_replace(text, \"[^a-zA-Z0-9-]\", \"-\")".to_owned(),
        "uuid" => "write uuidv4()".to_owned(),
        "replace_all" => "write replace(text, old, new)".to_owned(),
        "build" => "write build.KEY in provisioners and post-processors".to_owned(),
        "user" => "write var.NAME".to_owned(),
        "template_dir" => "write path.root".to_owned(),
        _ => {
            let known = table::FUNCTIONS.iter().map(|function| function.name);
            match nearest(name, known.chain(["try", "can", "convert", "env"])) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "docs/hcl2.md lists all functions".to_owned(),
            }
        }
    }
}

impl Function {
    /// How many arguments it takes, in words.
    pub(super) fn takes(&self) -> String {
        let count = |number: usize| match number {
            0 => "no arguments".to_owned(),
            1 => "1 argument".to_owned(),
            number => format!("{number} arguments"),
        };
        match self.most {
            Some(most) if most == self.least => count(most),
            Some(most) => format!("{} to {most} arguments", self.least),
            None => format!("at least {}", count(self.least)),
        }
    }
}

/// Names of all functions, those that the evaluator does itself included.
pub(crate) fn known() -> Vec<&'static str> {
    let mut names: Vec<&str> = table::FUNCTIONS.iter().map(|function| function.name).collect();
    names.extend(["try", "can", "convert", "env", "templatefile"]);
    names.sort_unstable();
    names.dedup();
    names
}
