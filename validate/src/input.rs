//! Finds and reads templates and variable files.

use crate::command::Cli;
use record::file::io;
use record::{Failure, env};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
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
    /// The file's bytes.
    pub(crate) bytes: Vec<u8>,
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
            path => inputs.push(file(path)),
        }
    }
    inputs
}

fn standard_input() -> Result<Input, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| io(Path::new("standard input"), "cannot read", &error))?;
    input("-".to_owned(), Path::new("."), bytes)
}

fn file(path: &Path) -> Result<Input, Failure> {
    let name = path.display().to_string();
    if name.ends_with(".pkr.hcl") || name.ends_with(".pkr.json") {
        return Err(hcl(&name));
    }
    let bytes = std::fs::read(path).map_err(|error| io(path, "cannot read the template", &error))?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    input(name, folder, bytes)
}

fn hcl(name: &str) -> Failure {
    Failure::usage(format!("{name}: this version reads JSON templates only, not HCL2"))
        .hint("write the template as Packer's JSON: an object with \"builders\"")
}

fn input(name: String, folder: &Path, bytes: Vec<u8>) -> Result<Input, Failure> {
    let folder = std::path::absolute(folder).map_err(|error| io(folder, "cannot find", &error))?;
    let folder = folder.canonicalize().unwrap_or(folder).display().to_string();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Input { source: Source::new(name, text), folder, bytes })
}

/// The templates of a folder, not of its folders, by name.
fn folder(path: &Path) -> Vec<Result<Input, Failure>> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return vec![Err(io(path, "cannot read the folder", &error))],
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let mut inputs = Vec::new();
    for path in paths {
        let name = path.display().to_string();
        if name.ends_with(".pkr.hcl") || name.ends_with(".pkr.json") {
            inputs.push(Err(hcl(&name)));
        } else if name.ends_with(".json") {
            match file(&path) {
                Ok(input) if !is_template(&input.source) => {}
                read => inputs.push(read),
            }
        }
    }
    if inputs.is_empty() {
        let failure = Failure::usage(format!("there is no template in the folder {}", path.display()));
        inputs.push(Err(failure.hint("a template is a file *.json that holds an object with \"builders\"")));
    }
    inputs
}

/// What the command line and the environment say, for all templates.
///
/// # Errors
/// When a variable is not given as NAME=VALUE, or a variable file cannot be read.
pub(crate) fn settings(cli: &Cli) -> Result<Settings, Failure> {
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
        let bytes = std::fs::read(path).map_err(|error| io(path, "cannot read the variable file", &error))?;
        variable_files.push(Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes)));
    }
    Ok(Settings {
        variables,
        variable_files,
        environment: environment(),
        only: cli.only.clone(),
        except: cli.except.clone(),
        force: cli.force,
        allow_unknown: cli.allow_unknown,
        moment: Moment::now(),
    })
}

fn environment() -> BTreeMap<String, String> {
    let all = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    all.filter_map(|(name, value)| Some((name.strip_prefix(env::PKR_VAR_PREFIX)?.to_owned(), value)))
        .collect()
}
