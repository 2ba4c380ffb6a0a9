//! Writes records, tables and diagnostics.

use crate::command::{Cli, Format};
use record::mask::Masker;
use record::{Failure, env};
use std::io::{IsTerminal, Write};
use template::source::{Diagnostic, Style, json_line, render};

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
pub(crate) fn of_failure(failure: Failure) -> Diagnostic {
    Diagnostic { place: None, message: failure.message, hint: failure.hint, warning: false, other: None }
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
