//! Man pages and completion scripts, made from the command line's own definition. Subcommands that only tools start are in
//! neither.

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::Write;

/// The completion script for a shell.
pub(crate) fn completions(shell: Shell, command: &Command) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut visible(command), command.get_name(), &mut out);
    out
}

/// The man page, with the options of all subcommands.
///
/// # Errors
/// None in practice: it is written to memory.
pub(crate) fn page(command: &Command) -> std::io::Result<Vec<u8>> {
    let whole = visible(command);
    let man = Man::new(whole.clone());
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    for subcommand in whole.get_subcommands() {
        write_subcommand(&mut out, command.get_name(), subcommand)?;
    }
    if let Some(text) = command.get_after_help() {
        for paragraph in text.to_string().split("\n\n") {
            write_paragraph(&mut out, paragraph)?;
        }
    }
    man.render_version_section(&mut out)?;
    Ok(out)
}

/// The command without what is hidden.
fn visible(command: &Command) -> Command {
    let about = command.get_long_about().or(command.get_about()).cloned().unwrap_or_default();
    Command::new(command.get_name().to_owned())
        .version(command.get_version().unwrap_or_default().to_owned())
        .about(command.get_about().cloned().unwrap_or_default())
        .long_about(about)
        .args(command.get_arguments().cloned())
        .subcommands(command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()).cloned())
}

fn write_subcommand(out: &mut Vec<u8>, tool: &str, subcommand: &Command) -> std::io::Result<()> {
    let mut text = Vec::new();
    let man = Man::new(subcommand.clone());
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let heading = format!(".SH \"{} {}\"", tool.to_uppercase(), subcommand.get_name().to_uppercase());
    let text =
        String::from_utf8_lossy(&text).replace(".SH DESCRIPTION", &heading).replace(".SH OPTIONS", ".PP");
    out.write_all(text.as_bytes())
}

/// A paragraph of [`crate::cli::help`]: a heading with its lines, or what goes in and out.
fn write_paragraph(out: &mut Vec<u8>, paragraph: &str) -> std::io::Result<()> {
    let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
    let Some(heading) = first.strip_suffix(':') else {
        writeln!(out, ".SH \"INPUT AND OUTPUT\"")?;
        for line in paragraph.lines() {
            let (what, text) = line.split_once(':').unwrap_or((line, ""));
            writeln!(out, ".TP\n{}\n{}", escaped(what), escaped(text.trim()))?;
        }
        return Ok(());
    };
    writeln!(out, ".SH \"{}\"", heading.to_uppercase())?;
    let as_it_is = heading == "Examples";
    if as_it_is {
        writeln!(out, ".nf")?;
    }
    for line in rest.lines() {
        writeln!(out, "{}", escaped(line.trim_start()))?;
    }
    if as_it_is { writeln!(out, ".fi") } else { Ok(()) }
}

/// A line of text for roff.
fn escaped(text: &str) -> String {
    format!("\\&{}", text.replace('\\', "\\e").replace('-', "\\-"))
}
