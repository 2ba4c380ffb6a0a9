//! Checks that all provisioners which run scripts in the machine share.

use crate::options::{Check, paths};

/// Checks that scripts are given in exactly one way, and that their files are there.
pub(super) fn check_sources(
    kind: &str,
    inline: &[String],
    script: &str,
    scripts: &[String],
    check: &mut Check,
) {
    let given = [!inline.is_empty(), !script.is_empty(), !scripts.is_empty()];
    let found = match given.iter().filter(|given| **given).count() {
        0 => Some("none is given"),
        1 => None,
        _ => Some("several are given"),
    };
    if let Some(found) = found {
        check
            .error(
                "",
                format!("a {kind} step needs exactly one of 'inline', 'script' and 'scripts'; {found}"),
            )
            .hint("'inline' is for lines in the template, 'script' and 'scripts' name files");
    }
    paths::check(check, "script", script, paths::Wanted::File);
    paths::check_all(check, "scripts", scripts, paths::Wanted::File);
}

/// Checks that environment variables have names.
pub(super) fn check_environment(option: &str, variables: &[String], check: &mut Check) {
    for (index, variable) in variables.iter().enumerate() {
        if variable.find('=').is_none_or(|at| at == 0) {
            check
                .error(
                    format!("{option}[{index}]"),
                    format!("an environment variable is not of the form NAME=value: {variable}"),
                )
                .hint("write it as \"NAME=value\"");
        }
    }
}
