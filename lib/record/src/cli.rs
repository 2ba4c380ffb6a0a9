//! What the tools' command lines have in common.

use crate::exit;
use crate::manual;
use crate::report::Reporter;
use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Command, CommandFactory, Parser};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// A tool's command line, and what it does.
pub trait Program: Parser {
    /// The options that print something of the tool itself and leave.
    fn about(&self) -> &About;

    /// Does the tool's work.
    fn run(self) -> ExitCode;
}

/// All that a tool's `main` does: reads the command line, with Packer's one-dash spellings (`-on-error=abort`,
/// `-var k=v`), prints what is asked about the tool itself, or runs it. Help goes to standard output with status 0;
/// a wrong command line is explained on standard error with status 2.
pub fn main<P: Program>() -> ExitCode {
    run::<P>(std::env::args_os())
}

fn run<P: Program>(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let program = match P::try_parse_from(normalise(&P::command(), arguments)) {
        Ok(program) => program,
        Err(error) => {
            let _ = error.print();
            if let Some(file) = stray_file(&error) {
                let name = P::command().get_name().to_owned();
                let how = format!(
                    "{name} reads build records: '{name} < {file}', or 'validate {file} | {name}' for a template"
                );
                Reporter::new("hint", None).say(how);
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::USAGE));
        }
    };
    match print_about::<P>(program.about()) {
        Ok(false) => program.run(),
        Ok(true) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(exit::FAILED),
        Err(error) => {
            let reason = crate::failure::reason(&error);
            let reporter = Reporter::new("kiln", None);
            reporter.error(format!("cannot write to standard output: {reason}"), None);
            ExitCode::from(exit::FAILED)
        }
    }
}

/// The file that a command line names although the tool takes none.
fn stray_file(error: &clap::Error) -> Option<String> {
    let unknown = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand].contains(&error.kind());
    let named = error.get(ContextKind::InvalidArg).or_else(|| error.get(ContextKind::InvalidSubcommand));
    let name = named.filter(|_| unknown)?.to_string();
    std::path::Path::new(&name).is_file().then_some(name)
}

/// The end of every tool's `--help`: what it reads and writes, examples, exit statuses. For clap's `after_help`.
pub fn help(reads: &str, writes: &str, examples: &[&str]) -> String {
    let examples: String = examples.iter().map(|example| format!("  {example}\n")).collect();
    format!(
        "Reads:   {reads}\nWrites:  {writes}\n\nExamples:\n{examples}\nExit status:\n  \
         0 all went well; 1 at least one build failed; 2 the command line or the input cannot be used;\n  \
         a signal's own status (130 for Ctrl-C) after machines were destroyed"
    )
}

/// Options of every tool that reads and writes records.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Move at most this many builds at a time; 0 is no limit
    #[arg(short, long, value_name = "N", alias = "parallel-builds", env = crate::env::KILN_JOBS)]
    pub jobs: Option<usize>,

    /// Write records even where standard output is a terminal
    #[arg(long)]
    pub json: bool,

    /// Write progress events as JSON Lines to this open file descriptor
    #[arg(long, value_name = "FD")]
    pub events: Option<i32>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "a documented field would become help text")]
    pub about: About,
}

/// Options that print something of the tool itself and leave.
#[derive(Debug, Clone, Args)]
pub struct About {
    /// Print the record's JSON Schema
    #[arg(long)]
    pub schema: bool,

    /// Print a completion script for this shell
    #[arg(long, value_name = "SHELL", hide = true)]
    pub completions: Option<clap_complete::Shell>,

    /// Print the man page
    #[arg(long, hide = true)]
    pub man: bool,
}

/// Prints what [`About`] asks for. `true` when there was something to print, so the tool is done.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_about<T: CommandFactory>(about: &About) -> std::io::Result<bool> {
    let command = T::command();
    let out = if about.schema {
        format!("{:#}\n", crate::document::schema()).into_bytes()
    } else if about.man {
        manual::page(&command)?
    } else if let Some(shell) = about.completions {
        manual::completions(shell, &command)
    } else {
        return Ok(false);
    };
    std::io::stdout().lock().write_all(&out)?;
    Ok(true)
}

/// Turns `-name` and `-name=value` into `--name…` where the tool has a long option of that name.
pub fn normalise(command: &Command, arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut known: Vec<String> = Vec::new();
    for command in std::iter::once(command).chain(command.get_subcommands()) {
        for argument in command.get_arguments() {
            known.extend(
                argument.get_long_and_visible_aliases().unwrap_or_default().iter().map(ToString::to_string),
            );
            known.extend(argument.get_all_aliases().unwrap_or_default().iter().map(ToString::to_string));
        }
    }
    known.extend(["help", "version"].map(String::from));
    let mut plain = false;
    arguments
        .map(|argument| {
            plain |= argument == "--";
            match argument.to_str().and_then(|text| text.strip_prefix('-')) {
                Some(rest) if !plain && rest.len() > 1 && !rest.starts_with('-') => {
                    let name = rest.split('=').next().unwrap_or(rest);
                    if known.iter().any(|long| long == name) {
                        OsString::from(format!("--{rest}"))
                    } else {
                        argument
                    }
                }
                _ => argument,
            }
        })
        .collect()
}

/// Writes debugging output to standard error where `KILN_LOG` asks for it; costs nothing where it does not.
pub fn init_logging(reporter: &Reporter) {
    let Some(filter) = std::env::var_os(crate::env::KILN_LOG).filter(|filter| !filter.is_empty()) else {
        return;
    };
    let filter = filter.to_string_lossy();
    match tracing_subscriber::EnvFilter::try_new(&filter) {
        Ok(filter) => {
            let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
            let _ = subscriber.try_init();
        }
        Err(error) => reporter.error(
            format!("KILN_LOG={filter}: {error}"),
            Some("such as KILN_LOG=debug or KILN_LOG=build_ec2=trace,info".to_owned()),
        ),
    }
}

/// The program of another tool of Kiln: beside this one, else wherever `PATH` has it.
pub fn sibling(tool: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join(tool)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from(tool))
}

#[cfg(test)]
mod tests {
    use super::{help, normalise};
    use clap::{Arg, ArgAction, Command};
    use std::ffi::OsString;

    fn normalised(arguments: &str) -> String {
        let command = Command::new("tool")
            .arg(Arg::new("only").long("only"))
            .arg(Arg::new("var").long("var"))
            .arg(Arg::new("jobs").short('j').long("jobs").alias("parallel-builds"))
            .arg(Arg::new("v").short('v').action(ArgAction::Count))
            .subcommand(Command::new("sweep").arg(Arg::new("older-than").long("older-than")));
        let arguments = normalise(&command, arguments.split(' ').map(OsString::from));
        arguments.iter().map(|argument| argument.to_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_dash_is_as_good_as_two() {
        for (given, expected) in [
            ("-only=a,b -var k=v", "--only=a,b --var k=v"),
            ("-parallel-builds=2 -help", "--parallel-builds=2 --help"),
            ("sweep -older-than 2h", "sweep --older-than 2h"),
            ("-j2 -vv -v -", "-j2 -vv -v -"),
            ("--only=a -unknown", "--only=a -unknown"),
            ("-- -only=a", "-- -only=a"),
        ] {
            assert_eq!(normalised(given), expected);
        }
    }

    #[test]
    fn help_names_what_goes_in_and_out() {
        let text = help("planned records", "built records", &["validate web.json | build-ec2"]);
        assert!(
            text.starts_with("Reads:   planned records\nWrites:  built records\n\nExamples:\n  validate web")
        );
        assert!(text.contains("\n\nExit status:\n  0 all went well; 1 at least one build failed;"));
    }
}
