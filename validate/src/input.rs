//! Finds and reads templates and variable files.

use crate::command::Cli;
use crate::platform::Aws;
use crate::remote::Services;
use record::file::{self, io};
use record::{Failure, env};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use template::engine::Moment;
use template::packer_json::{Settings, is_template};
use template::source::Source;

/// A template's text and where it comes from.
#[derive(Debug)]
pub(crate) struct Input {
    /// The text, under the path as it was given.
    pub(crate) source: Arc<Source>,
    /// The absolute folder of the file: what `{{template_dir}}` gives.
    pub(crate) folder: String,
    /// The bytes of the file, or of all files.
    pub(crate) bytes: Vec<u8>,
    /// The files of an HCL2 configuration; nothing for a template in JSON.
    pub(crate) hcl: Option<Files>,
}

/// The files of an HCL2 configuration.
#[derive(Debug)]
pub(crate) struct Files {
    /// `*.pkr.hcl` and `*.pkr.json`.
    pub(crate) files: Vec<Arc<Source>>,
    /// `*.auto.pkrvars.hcl`, then `*.auto.pkrvars.json`.
    pub(crate) variables: Vec<Arc<Source>>,
    /// The folder as it was given: `path.root`.
    pub(crate) root: String,
}

/// Reads the template of an option that takes one; `hint` says what to do with several.
///
/// # Errors
/// When there is another number of templates, or it cannot be read.
pub(crate) fn only(cli: &Cli, option: &str, hint: &str) -> Result<Input, Failure> {
    let mut inputs = templates(cli);
    match (inputs.pop(), inputs.pop()) {
        (Some(input), None) => input,
        _ => Err(Failure::usage(format!("{option} takes one template")).hint(hint)),
    }
}

/// Reads all templates that the command line names; what cannot be read is a failure of its own.
pub(crate) fn templates(cli: &Cli) -> Vec<Result<Input, Failure>> {
    if cli.templates.is_empty() {
        if std::io::stdin().is_terminal() {
            let failure = Failure::usage("no template is given");
            return vec![Err(
                failure.hint("name a file or a folder, or pipe a template in; see 'validate --help'")
            )];
        }
        return vec![standard_input()];
    }
    let mut inputs = Vec::new();
    for path in &cli.templates {
        match path {
            path if path.as_os_str() == "-" => inputs.push(standard_input()),
            path if path.is_dir() => inputs.extend(folder(path)),
            path => inputs.push(one(path)),
        }
    }
    inputs
}

fn standard_input() -> Result<Input, Failure> {
    let bytes = standard_input_bytes()?;
    let mut read = input("-".to_owned(), Path::new("."), bytes)?;
    if template::hcl2::is_configuration(&read.source.text) {
        let files = vec![read.source.clone()];
        read.hcl = Some(Files { files, variables: Vec::new(), root: ".".to_owned() });
    }
    Ok(read)
}

/// All of standard input.
///
/// # Errors
/// When it cannot be read, or is larger than [`LARGEST`].
pub(crate) fn standard_input_bytes() -> Result<Vec<u8>, Failure> {
    file::read_from(std::io::stdin().lock(), Path::new("standard input"), "cannot read", LARGEST)
}

fn one(path: &Path) -> Result<Input, Failure> {
    let name = path.display().to_string();
    let bytes = file::read(path, "cannot read the template", LARGEST)?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut read = input(name, folder, bytes)?;
    if is_hcl(&read.source.name) {
        let files = vec![read.source.clone()];
        read.hcl = Some(Files { files, variables: Vec::new(), root: folder.display().to_string() });
    }
    Ok(read)
}

/// The largest file that is read. No template is nearly as large, and what reading one takes is bounded.
pub(crate) const LARGEST: u64 = 16 << 20;

/// Whether a file of that name is HCL2, in either form.
fn is_hcl(name: &str) -> bool {
    name.ends_with(".hcl") || name.ends_with(".pkr.json")
}

fn input(name: String, folder: &Path, bytes: Vec<u8>) -> Result<Input, Failure> {
    let folder = std::path::absolute(folder).map_err(|error| io(folder, "cannot find", &error))?;
    let folder = folder.canonicalize().unwrap_or(folder).display().to_string();
    Ok(Input { source: source(name, &bytes)?, folder, bytes, hcl: None })
}

/// A file's text. As Packer has it, HCL2 must be UTF-8, and in JSON what is no UTF-8 becomes U+FFFD.
fn source(name: String, bytes: &[u8]) -> Result<Arc<Source>, Failure> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Failure::new(format!("{name} is UTF-16")).hint("save it as UTF-8, without BOM"));
    }
    let text = String::from_utf8_lossy(bytes);
    if let (true, Err(error)) = (name.ends_with(".hcl"), std::str::from_utf8(bytes)) {
        let (line, column) = Source::new("", &*text).position(error.valid_up_to());
        let failure = Failure::new(format!("{name}:{line}:{column}: this is no UTF-8 text"));
        return Err(failure.hint("HCL2 is UTF-8; save the file in that encoding"));
    }
    Ok(Source::new(name, text))
}

/// What a folder holds, not its folders: one HCL2 configuration, or templates in JSON by name.
fn folder(path: &Path) -> Vec<Result<Input, Failure>> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return vec![Err(io(path, "cannot read the folder", &error))],
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let ends = |path: &PathBuf, end: &str| path.to_string_lossy().ends_with(end);
    let is_configuration = |path: &PathBuf| ends(path, ".pkr.hcl") || ends(path, ".pkr.json");
    if paths.iter().any(is_configuration) {
        return vec![configuration(path, &paths)];
    }
    let mut inputs = Vec::new();
    for path in paths {
        if ends(&path, ".json") {
            match one(&path) {
                Ok(input) if !is_template(&input.source) => {}
                read => inputs.push(read),
            }
        }
    }
    if inputs.is_empty() {
        let failure = Failure::usage(format!("there is no template in the folder {}", path.display()));
        let hint = "a template is a file *.pkr.hcl, or a file *.json that holds an object with \"builders\"";
        inputs.push(Err(failure.hint(hint)));
    }
    inputs
}

/// All files of a folder that belong to its configuration.
fn configuration(path: &Path, paths: &[PathBuf]) -> Result<Input, Failure> {
    let mut bytes = Vec::new();
    let mut sources = |ends: &[&str]| -> Result<Vec<Arc<Source>>, Failure> {
        let mut sources = Vec::new();
        for end in ends {
            for path in paths.iter().filter(|path| path.to_string_lossy().ends_with(end)) {
                let read = file::read(path, "cannot read the template", LARGEST)?;
                sources.push(source(path.display().to_string(), &read)?);
                bytes.extend(read);
            }
        }
        Ok(sources)
    };
    let files = sources(&[".pkr.hcl", ".pkr.json"])?;
    let variables = sources(&[".auto.pkrvars.hcl", ".auto.pkrvars.json"])?;
    let root = path.display().to_string();
    let read = input(root.clone(), path, bytes)?;
    Ok(Input { hcl: Some(Files { files, variables, root }), ..read })
}

/// What the command line and the environment say, for all templates.
///
/// # Errors
/// When a variable is not given as NAME=VALUE, or a variable file cannot be read.
pub(crate) fn settings(cli: &Cli, aws: &Aws) -> Result<Settings, Failure> {
    let mut variables = Vec::new();
    for given in &cli.variables {
        let Some((name, value)) = given.split_once('=') else {
            let failure = Failure::usage(format!("-var '{given}' has no '='"));
            return Err(failure.hint("variables are given as -var 'NAME=VALUE'; VALUE may be empty"));
        };
        variables.push((name.to_owned(), value.to_owned()));
    }
    let mut variable_files = Vec::new();
    for path in &cli.variable_files {
        let bytes = file::read(path, "cannot read the variable file", LARGEST)?;
        variable_files.push(source(path.display().to_string(), &bytes)?);
    }
    Ok(Settings {
        variables,
        variable_files,
        environment: environment(),
        only: cli.only.clone(),
        except: cli.except.clone(),
        force: cli.force,
        allow_unknown: cli.allow_unknown,
        moment: moment(cli)?,
        remote: Some(Arc::new(Services::new(aws.clone()))),
    })
}

/// The run's time: a fixed one for what is compared with another run's.
fn moment(cli: &Cli) -> Result<Moment, Failure> {
    if !cli.plan {
        return Ok(Moment::now());
    }
    match std::env::var(env::SOURCE_DATE_EPOCH) {
        Ok(text) if !text.is_empty() => text.parse().map(Moment::fixed).map_err(|_| {
            Failure::usage(format!("SOURCE_DATE_EPOCH is '{text}', which is no number of seconds"))
                .hint("it counts seconds since 1970, as 'date +%s' prints them")
        }),
        _ => Ok(Moment::fixed(0)),
    }
}

fn environment() -> BTreeMap<String, String> {
    let all = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    all.filter_map(|(name, value)| Some((name.strip_prefix(env::PKR_VAR_PREFIX)?.to_owned(), value)))
        .collect()
}
