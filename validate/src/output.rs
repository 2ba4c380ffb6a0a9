//! Writes records, tables and diagnostics.

use crate::command::{Cli, Format};
use record::mask::Masker;
use record::report::Reporter;
use record::{Failure, env, exit};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use template::source::{Code, Diagnostic, Diagnostics, Style, json_line, render};

/// Prints all that is wrong: for people on standard error, for programs on standard output.
pub(crate) fn diagnostics(cli: &Cli, all: &[Diagnostic], masker: &Masker) -> std::io::Result<()> {
    if cli.format == Format::Json {
        let lines: String = all.iter().map(|diagnostic| json_line(diagnostic) + "\n").collect();
        return standard_output(&masker.mask(&lines));
    }
    let plain = [env::NO_COLOR, env::PACKER_NO_COLOR]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let style = if plain || !std::io::stderr().is_terminal() { Style::Plain } else { Style::Coloured };
    let mut text: String = all.iter().map(|diagnostic| render(diagnostic, style) + "\n\n").collect();
    let errors = all.iter().filter(|diagnostic| !diagnostic.warning).count();
    if errors > 0 {
        let warnings = all.len() - errors;
        text += &format!("validate: {}", count(errors, "error"));
        text += &if warnings > 0 { format!(", {}\n", count(warnings, "warning")) } else { "\n".to_owned() };
    }
    std::io::stderr().lock().write_all(masker.mask(&text).as_bytes())
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A failure as a diagnostic without a place.
pub(crate) fn of_failure(code: Code, failure: Failure) -> Diagnostic {
    Diagnostic {
        code,
        place: None,
        message: failure.message,
        hint: failure.hint,
        warning: false,
        other: None,
    }
}

/// Prints a template that was written anew, where there is one, and what is wrong with it. Gives the exit status: 2 where it
/// has errors.
pub(crate) fn rewritten(cli: &Cli, text: Option<String>, diagnostics: Diagnostics) -> ExitCode {
    let status = if diagnostics.has_errors() { exit::USAGE } else { exit::SUCCESS };
    let text = text.filter(|_| cli.format == Format::Text).unwrap_or_default();
    let printed = self::diagnostics(cli, &diagnostics.sorted(), &Masker::default())
        .and_then(|()| standard_output(&text));
    finished(printed, status)
}

/// The exit status, once all is printed or could not be.
pub(crate) fn finished(printed: std::io::Result<()>, status: u8) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::from(status),
        // Nothing was held, so nothing is to be cleaned up. That nobody reads any more is no error of ours.
        Err(error) => {
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                let reason = record::failure::reason(&error);
                Reporter::new("validate", None)
                    .error(format!("cannot write to standard output: {reason}"), None);
            }
            ExitCode::from(status.max(exit::FAILED))
        }
    }
}

/// Writes to standard output.
pub(crate) fn standard_output(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Rows under their headings, in columns.
pub(crate) fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.len())).max().unwrap_or_default()
    };
    let line = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let headings: Vec<String> = headings.iter().map(ToString::to_string).collect();
    line(&headings) + &rows.iter().map(|row| line(row)).collect::<String>()
}
