//! Packer's functions (Packer 1.6.6 `template/interpolate/funcs.go`; the SDK's are the same).

use super::Problem;
use super::layout::{format_layout, format_strftime};
use super::limits;
use super::moment::Moment;
use super::remote::{self, REMOTE};
use super::scope::{Language, Machine, Place, Scope};
use super::uses::Call;
use crate::source::Code;
use gotmpl::{FuncMap, TemplateError, Value};
use std::sync::Arc;

/// Functions of Go's own.
const BUILTINS: [&str; 21] = [
    "and", "break", "call", "continue", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne",
    "not", "or", "print", "printf", "println", "slice", "urlquery",
];

/// Packer's functions that every text has, or has in its place.
const OWN: [&str; 23] = [
    "aws_secretsmanager",
    "aws_secretsmanager_raw",
    "build",
    "build_name",
    "build_type",
    "consul_key",
    "env",
    "isotime",
    "lower",
    "packer_version",
    "pwd",
    "replace",
    "replace_all",
    "sed",
    "split",
    "strftime",
    "template_dir",
    "timestamp",
    "upper",
    "user",
    "uuid",
    "vault",
    "clean_resource_name",
];

/// An expression of HCL2 whose value is not known yet: it stays as it is. `validate` writes it, nobody else.
const HCL2: &str = "hcl2";

/// The version of Packer that this engine does as: what `{{packer_version}}` gives, and what `min_packer_version` is held against.
pub const PACKER_VERSION: &str = "1.16.0";

/// All functions that a text can know, by name.
pub fn known() -> impl Iterator<Item = &'static str> {
    OWN.into_iter().filter(|name| *name != "sed").chain(BUILTINS)
}

/// Whether there is a function of that name.
pub fn is_known(name: &str) -> bool {
    OWN.contains(&name) || BUILTINS.contains(&name)
}

/// What is wrong with a call, without running it.
pub(super) fn check(call: &Call, scope: &Scope) -> Option<Problem> {
    let name = call.name.as_str();
    let problem = |message: String| Problem::at(call.offset, name.len(), message);
    if name == HCL2 && scope.language == Language::Hcl2 && scope.place == Place::Step {
        return None;
    }
    if !is_known(name) {
        return Some(unknown(call, scope.language));
    }
    let variables = scope.place == Place::Variables;
    if scope.language == Language::Hcl2
        && let Some(advice) = hcl_advice(call)
    {
        return Some(problem(format!("'{name}' is not known in HCL2")).hint(advice));
    }
    match name {
        "sed" => Some(problem("the function 'sed' is gone".into()).hint("use 'replace' or 'replace_all'")),
        "env" if !variables => Some(problem("env vars are not allowed here".into()).hint(env_hint(call))),
        _ if REMOTE.contains(&name) && !variables => Some(
            problem(format!("'{name}' is only allowed in 'variables'"))
                .hint("give a variable its value, and use that with {{user `NAME`}}"),
        ),
        _ if REMOTE.contains(&name) && scope.remote.is_none() => Some(
            problem(format!("nothing is asked of the network here, as '{name}' would"))
                .hint("give the variable its value as -var NAME=VALUE, PKR_VAR_NAME or in a -var-file"),
        ),
        "build_name" | "build_type" | "packer_version" if variables => {
            Some(problem(format!("'{name}' is not known in 'variables'")).hint("use it in the option itself"))
        }
        "clean_resource_name" if !scope.functions.contains(&name) && scope.place != Place::Run => Some(
            problem("this component does not know 'clean_resource_name'".into())
                .hint("it is known in the options of amazon-* builders; elsewhere use 'replace_all'"),
        ),
        "build" => check_build(call, scope),
        "user" => check_user(call, scope),
        _ => None,
    }
}

/// What HCL2 has in place of functions that templates in JSON need (Packer 1.6.6 fails at these).
fn hcl_advice(call: &Call) -> Option<String> {
    let argument = call.argument.as_ref().map_or("NAME", |(name, _)| name);
    match call.name.as_str() {
        "user" => Some(format!("write ${{var.{argument}}}")),
        "env" => {
            Some(format!("give a variable the default env(\"{argument}\"), and write ${{var.NAME}} here"))
        }
        "template_dir" => Some("write ${path.root}".to_owned()),
        "packer_version" => Some("write ${packer.version}".to_owned()),
        _ => None,
    }
}

fn env_hint(call: &Call) -> String {
    let name = call.argument.as_ref().map_or("NAME", |(name, _)| name);
    format!(
        "read it in 'variables' (\"{}\": \"{{{{env `{name}`}}}}\") and use that with {{{{user `{0}`}}}} here",
        name.to_lowercase()
    )
}

fn unknown(call: &Call, language: Language) -> Problem {
    let problem = Problem::at(call.offset, call.name.len(), format!("there is no function '{}'", call.name));
    let problem = problem.code(Code::UnknownFunction);
    let hint = match call.name.as_str() {
        "clean_ami_name" | "clean_image_name" => "it is called 'clean_resource_name' now".to_owned(),
        name => match crate::suggest::nearest(name, known()) {
            Some(near) => format!("did you mean '{near}'?"),
            None if language == Language::Hcl2 => {
                format!("variables are used as ${{var.{name}}}, dot variables as {{{{.{name}}}}}")
            }
            None => format!("variables are used as {{{{user `{name}`}}}}, dot variables as {{{{.{name}}}}}"),
        },
    };
    problem.hint(hint)
}

fn check_build(call: &Call, scope: &Scope) -> Option<Problem> {
    let problem = |message: &str| Problem::at(call.offset, call.name.len(), message);
    match (scope.place, &scope.machine) {
        (Place::Variables | Place::Builder, _) => Some(
            problem("'build' is known only in provisioners and post-processors")
                .hint("its values come from the machine, which does not exist yet"),
        ),
        (Place::Step, Machine::Later(known)) => {
            if !call.alone {
                return Some(
                    problem("'build' can only stand alone: its value is not known before the build runs")
                        .hint("write {{build `KEY`}}, without pipes, conditions or functions around it"),
                );
            }
            let ((key, offset), known) = (call.argument.as_ref()?, (*known)?);
            (!known.contains(&key.as_str())).then(|| {
                let hint = match crate::suggest::nearest(key, known.iter().copied()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => format!("known: {}", known.join(", ")),
                };
                Problem::at(*offset, key.len() + 2, format!("this builder gives no '{key}'")).hint(hint)
            })
        }
        _ => None,
    }
}

fn check_user(call: &Call, scope: &Scope) -> Option<Problem> {
    let (name, offset) = call.argument.as_ref()?;
    if scope.place == Place::Variables || scope.user.contains_key(name) {
        return None;
    }
    let hint = match crate::suggest::nearest(name, scope.user.keys().map(String::as_str)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("declare it in 'variables', or give it as -var '{name}=VALUE'"),
    };
    let problem = Problem::at(
        *offset,
        name.len() + 2,
        format!("there is no variable '{name}': it gives an empty text"),
    )
    .code(Code::UnknownVariable);
    Some(problem.hint(hint).warning())
}

/// The functions as the engine takes them.
pub(super) fn map(scope: &Scope) -> FuncMap {
    let mut map = FuncMap::new();
    texts(&mut map);
    times(&mut map, scope);
    run(&mut map, scope);
    limits::functions(&mut map);
    remote::functions(&mut map, scope);
    map
}

pub(super) type Given<'a> = &'a [Value];
pub(super) type Gives = Result<Value, TemplateError>;

pub(super) fn add(
    map: &mut FuncMap,
    name: &'static str,
    count: usize,
    run: impl Fn(Given<'_>) -> Gives + Send + Sync + 'static,
) {
    let counted = move |given: Given<'_>| {
        if given.len() != count {
            return Err(fail(name, format!("wrong number of arguments: want {count}, got {}", given.len())));
        }
        run(given)
    };
    map.insert(name.into(), Arc::new(counted));
}

fn texts(map: &mut FuncMap) {
    add(map, "lower", 1, |given| Ok(text(string("lower", given, 0)?.to_lowercase())));
    add(map, "upper", 1, |given| Ok(text(string("upper", given, 0)?.to_uppercase())));
    add(map, "replace", 4, |given| {
        let (old, new) = (string("replace", given, 0)?, string("replace", given, 1)?);
        let (count, source) = (integer("replace", given, 2)?, string("replace", given, 3)?);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        replaced("replace", source, old, new, count)
    });
    add(map, "replace_all", 3, |given| {
        let (old, new) = (string("replace_all", given, 0)?, string("replace_all", given, 1)?);
        replaced("replace_all", string("replace_all", given, 2)?, old, new, usize::MAX)
    });
    add(map, "split", 3, |given| {
        let (source, separator) = (string("split", given, 0)?, string("split", given, 1)?);
        let index = integer("split", given, 2)?;
        let pieces: Vec<&str> = match separator {
            // Go splits at every character then, without the empty ends that Rust gives.
            "" => source.split("").filter(|piece| !piece.is_empty()).collect(),
            _ => source.split(separator).collect(),
        };
        let piece = usize::try_from(index).ok().and_then(|index| pieces.get(index));
        piece.map(|piece| text(*piece)).ok_or_else(|| {
            fail(
                "split",
                format!(
                    "there is no piece {index}: '{source}' split at '{separator}' has {} (counted from 0)",
                    pieces.len()
                ),
            )
        })
    });
    add(map, "clean_resource_name", 1, |given| Ok(text(clean(string("clean_resource_name", given, 0)?))));
}

fn replaced(name: &str, source: &str, old: &str, new: &str, count: usize) -> Gives {
    let found = source.matches(old).take(count).count();
    limits::check(name, source.len().saturating_add(found.saturating_mul(new.len())))?;
    Ok(text(source.replacen(old, new, count)))
}

/// Amazon's rule for names of images: every other byte becomes `-` (Packer, `builder/amazon/common/template_funcs.go`).
fn clean(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b" ()[]./-'@_".contains(&byte) => char::from(byte),
            _ => '-',
        })
        .collect()
}

fn times(map: &mut FuncMap, scope: &Scope) {
    let moment = scope.moment;
    let isotime = move |given: Given<'_>| match given {
        [] => Ok(text(format_layout(moment, "2006-01-02T15:04:05Z07:00"))),
        [_] => Ok(text(format_layout(moment, string("isotime", given, 0)?))),
        _ => Err(fail("isotime", format!("too many arguments: want at most 1, got {}", given.len()))),
    };
    map.insert("isotime".into(), Arc::new(isotime));
    add(map, "strftime", 1, move |given| Ok(text(format_strftime(moment, string("strftime", given, 0)?))));
    add(map, "timestamp", 0, move |_| Ok(Value::Int(moment.as_seconds())));
    add(map, "uuid", 0, move |_| Ok(text(time_uuid(moment))));
}

/// Packer's form: the seconds since 1970, then random bits, in the layout of a UUID.
fn time_uuid(moment: Moment) -> String {
    let high = (moment.random() & 0xffff_ffff_ffff) as u64;
    let low = (moment.random() & 0xffff_ffff_ffff) as u64;
    let seconds = u32::try_from(moment.as_seconds()).unwrap_or_default();
    format!(
        "{seconds:08x}-{:04x}-{:04x}-{:04x}-{low:012x}",
        high >> 32 & 0xffff,
        high >> 16 & 0xffff,
        high & 0xffff
    )
}

fn run(map: &mut FuncMap, scope: &Scope) {
    let user = scope.user.clone();
    let variables = scope.place == Place::Variables;
    add(map, "user", 1, move |given| {
        let name = string("user", given, 0)?;
        match user.get(name) {
            Some(value) => Ok(text(value.as_str())),
            None if variables => Err(fail("user", format!("variable '{name}' is not known"))),
            None => Ok(text("")),
        }
    });
    let machine = scope.machine.clone();
    add(map, "build", 1, move |given| {
        let key = string("build", given, 0)?;
        Ok(match &machine {
            Machine::Later(_) => text(format!("{{{{build `{key}`}}}}")),
            Machine::Known(values) => {
                values.get(key).map_or_else(|| not_given(key), |value| text(value.as_str()))
            }
        })
    });
    if scope.language == Language::Hcl2 {
        add(map, HCL2, 1, |given| Ok(text(format!("{{{{hcl2 `{}`}}}}", string(HCL2, given, 0)?))));
    }
    add(map, "env", 1, |given| Ok(text(std::env::var(string("env", given, 0)?).unwrap_or_default())));
    let (name, kind, folder) = (scope.build_name.clone(), scope.build_type.clone(), scope.folder.clone());
    add(map, "build_name", 0, move |_| Ok(Value::String(name.clone())));
    add(map, "build_type", 0, move |_| Ok(Value::String(kind.clone())));
    add(map, "template_dir", 0, move |_| Ok(Value::String(folder.clone())));
    add(map, "packer_version", 0, |_| Ok(text(PACKER_VERSION)));
    add(map, "pwd", 0, |_| match std::env::current_dir() {
        Ok(path) => Ok(text(path.display().to_string())),
        Err(error) => Err(fail("pwd", format!("cannot tell the working directory: {error}"))),
    });
}

/// What Packer gives for keys that a builder does not fill in.
fn not_given(key: &str) -> Value {
    match key {
        "ID" => text("ERR_ID_NOT_IMPLEMENTED_BY_BUILDER"),
        "PackerHTTPIP" => text("ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER"),
        "PackerHTTPPort" => text("ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER"),
        "PackerHTTPAddr" => text("ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER"),
        _ => Value::Nil,
    }
}

pub(super) fn text(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}

pub(super) fn fail(name: &str, message: String) -> TemplateError {
    TemplateError::Exec(format!("{name}: {message}"))
}

pub(super) fn string<'a>(name: &str, given: Given<'a>, index: usize) -> Result<&'a str, TemplateError> {
    let value = given.get(index).unwrap_or(&Value::Nil);
    value.as_str().ok_or_else(|| {
        fail(name, format!("argument {} must be a text, not {}", index + 1, value.type_name()))
    })
}

fn integer(name: &str, given: Given<'_>, index: usize) -> Result<i64, TemplateError> {
    let value = given.get(index).unwrap_or(&Value::Nil);
    value.as_int().ok_or_else(|| {
        fail(name, format!("argument {} must be a whole number, not {}", index + 1, value.type_name()))
    })
}
