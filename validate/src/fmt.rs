//! `--fmt`: HCL2 laid out as Packer's `fmt` lays it out.

use crate::command::{Cli, Format};
use crate::input;
use crate::output::{self, of_failure};
use clap::{ArgAction, Args};
use record::file::{self, io};
use record::{Failure, exit, mask};
use similar::TextDiff;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use template::hcl2;
use template::source::{Code, Diagnostics, Source};

/// Packer's exit status where `--check` finds what is laid out otherwise.
const UNFORMATTED: u8 = 3;

/// How Packer's `fmt` is told what to do.
#[derive(Debug, Clone, Args)]
pub(crate) struct FmtOptions {
    /// Lay out HCL2 as Packer's 'fmt' does, in the files themselves; print the names of those that change
    #[arg(long, conflicts_with_all = ["syntax_only", "inspect", "online", "fix"])]
    pub(crate) fmt: bool,

    /// With --fmt, change nothing; exit status 3 where a file is laid out otherwise
    #[arg(long, requires = "fmt")]
    check: bool,

    /// With --fmt, show what changes
    #[arg(long, requires = "fmt")]
    diff: bool,

    /// With --fmt, whether files are written; never with --check
    #[arg(long, requires = "fmt", value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    write: bool,

    /// With --fmt, look into the folders of folders too
    #[arg(long, requires = "fmt")]
    recursive: bool,
}

/// What has come of all files.
#[derive(Default)]
struct Outcome {
    text: String,
    diagnostics: Diagnostics,
    changes: bool,
}

/// Runs the command and gives its exit status: 2 where a file cannot be read or is malformed.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    let mut outcome = Outcome::default();
    match files(cli) {
        Ok(files) => files.iter().for_each(|path| outcome.take(&cli.fmt, path)),
        Err(failure) => outcome.diagnostics.all.push(of_failure(Code::CommandLine, failure)),
    }
    let Outcome { text, diagnostics, changes } = outcome;
    let status = match (diagnostics.has_errors(), changes && cli.fmt.check) {
        (true, _) => exit::USAGE,
        (false, true) => UNFORMATTED,
        (false, false) => exit::SUCCESS,
    };
    let text = if cli.format == Format::Text { text } else { String::new() };
    let printed = output::diagnostics(cli, &diagnostics.sorted(), &mask::Masker::default())
        .and_then(|()| output::standard_output(&text));
    output::finished(printed, status)
}

/// The files that are meant: those that are named, and those of folders that hold HCL2.
fn files(cli: &Cli) -> Result<Vec<PathBuf>, Failure> {
    if cli.templates.is_empty() {
        let failure = Failure::usage("--fmt needs a file or a folder");
        return Err(
            failure.hint("'validate --fmt .' takes the working directory, 'validate --fmt -' standard input")
        );
    }
    let mut files = Vec::new();
    for path in &cli.templates {
        match path {
            path if path.is_dir() => folder(path, cli.fmt.recursive, &mut files)?,
            path if path.as_os_str() == "-" || path.to_string_lossy().ends_with(".hcl") => {
                files.push(path.clone());
            }
            path => {
                let failure = Failure::usage(format!("{} is no file of HCL2", path.display()));
                return Err(
                    failure.hint("--fmt lays out *.pkr.hcl and *.pkrvars.hcl; JSON has no layout of its own")
                );
            }
        }
    }
    Ok(files)
}

fn folder(path: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| io(path, "cannot read the folder", &error);
    let entries = std::fs::read_dir(path).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries: Vec<PathBuf> = entries.collect::<Result<_, _>>().map_err(failed)?;
    entries.sort();
    for entry in entries {
        // Go's `filepath.Join` leaves "./" out.
        let entry = entry.strip_prefix(".").map(Path::to_path_buf).unwrap_or(entry);
        let name = entry.to_string_lossy();
        // A link to a folder may lead back to where it stands.
        if recursive && entry.is_dir() && !entry.is_symlink() {
            folder(&entry, recursive, files)?;
        } else if (name.ends_with(".pkr.hcl") || name.ends_with(".pkrvars.hcl")) && entry.is_file() {
            files.push(entry);
        }
    }
    Ok(())
}

impl Outcome {
    fn take(&mut self, options: &FmtOptions, path: &Path) {
        if let Err(failure) = self.lay_out(options, path) {
            self.diagnostics.all.push(of_failure(Code::UnreadableFile, failure));
        }
    }

    fn lay_out(&mut self, options: &FmtOptions, path: &Path) -> Result<(), Failure> {
        let is_stdin = path.as_os_str() == "-";
        let source = Source::new(path.display().to_string(), read(path, is_stdin)?);
        let Some(text) = hcl2::format(&source, &mut self.diagnostics) else { return Ok(()) };
        let changes = text != source.text;
        self.changes |= changes;
        if is_stdin && !options.check && !options.diff {
            self.text.push_str(&text);
            return Ok(());
        }
        if !changes {
            return Ok(());
        }
        if !is_stdin {
            self.text.push_str(&format!("{}\n", path.display()));
        }
        if options.write && !options.check && !is_stdin {
            write(path, &text)?;
        }
        if options.diff {
            let name = path.display();
            let diff = TextDiff::from_lines(&source.text, &text);
            let mut diff = diff.unified_diff();
            self.text.push_str(&diff.header(&format!("old/{name}"), &format!("new/{name}")).to_string());
        }
        Ok(())
    }
}

fn read(path: &Path, is_stdin: bool) -> Result<String, Failure> {
    let bytes = if is_stdin {
        input::standard_input_bytes()?
    } else {
        file::read(path, "cannot read", input::LARGEST)?
    };
    let what = path.display();
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{what} is no UTF-8 text")).hint("HCL2 is UTF-8"))
}

/// Replaces the file itself where the path is a link to it, and keeps its mode.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| io(path, "cannot write", &error);
    let path = path.canonicalize().map_err(failed)?;
    let mode = path.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    file::write(&path, text.as_bytes(), mode, true)
}
