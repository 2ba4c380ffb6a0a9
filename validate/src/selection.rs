//! `--only` and `--except`: every name must be the name of something.

use record::Failure;
use template::packer_json::Settings;
use template::suggest::{list, nearest};

/// The names on the command line that are in no template.
pub(crate) fn unmatched(settings: &Settings, names: &[String]) -> Vec<Failure> {
    let given = settings.only.iter().map(|name| ("only", name));
    let given = given.chain(settings.except.iter().map(|name| ("except", name)));
    given
        .filter(|(_, name)| !names.iter().any(|known| matches(name, known)))
        .map(|(option, name)| {
            let failure = Failure::usage(format!("-{option}: no build is called '{name}'"));
            match nearest(name, names.iter().map(String::as_str)) {
                Some(near) => failure.hint(format!("did you mean '{near}'?")),
                None => failure.hint(format!("there are: {}", list(names.iter().map(String::as_str)))),
            }
        })
        .collect()
}

/// Whether a name, or a pattern of names as HCL2 takes it, is the name of something.
fn matches(given: &str, known: &str) -> bool {
    given == known
        || (given.contains(['*', '?', '['])
            && glob::Pattern::new(given).is_ok_and(|pattern| pattern.matches(known)))
}
