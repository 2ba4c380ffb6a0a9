//! What parts of a template say of one another: `only`, `except`, `override`, the version, the names of builds.

use super::model::{Step, Template, Word};
use super::variables::span_in;
use crate::engine::{PACKER_VERSION, Scope, Text, is_plain};
use crate::source::{Code, Diagnostics, Source};
use crate::suggest::nearest;
use std::sync::Arc;

/// Checks that there are builders, and that all names are names of builders, as they are written.
pub(super) fn check(source: &Arc<Source>, template: &Template, diagnostics: &mut Diagnostics) {
    if template.builders.is_empty() && !diagnostics.has_errors() {
        diagnostics
            .error(Code::NoBuilder, source, 0..0, "there is no builder in this template")
            .hint("\"builders\": [{\"type\": \"amazon-ebs\", …}]");
    }
    if let Some(minimum) = &template.minimum {
        check_version(source, minimum, diagnostics);
    }
    let steps = template.provisioners.iter().chain(&template.error_cleanup);
    for step in steps.chain(template.post_processors.iter().flatten()) {
        check_step(source, template, step, diagnostics);
    }
}

fn check_step(source: &Arc<Source>, template: &Template, step: &Step, diagnostics: &mut Diagnostics) {
    if let (Some(_), Some(except)) = (step.only.first(), step.except.first()) {
        diagnostics
            .error(
                Code::OnlyAndExcept,
                source,
                except.span.clone(),
                "'only' and 'except' cannot both be given",
            )
            .hint("'only' alone says all: a builder that it does not name is left out");
    }
    let named = step.only.iter().chain(&step.except).chain(step.overrides.iter().map(|(word, _)| word));
    for Word { text, span } in named {
        let mut names = template.builders.iter().map(|builder| builder.name.text.as_str());
        if names.clone().any(|name| name == text) {
            continue;
        }
        let hint = match nearest(text, names.clone()) {
            Some(near) => format!("did you mean '{near}'?"),
            None if names.any(|name| !is_plain(name)) => {
                "a builder is named here as its \"name\" is written, with its {{…}}".to_owned()
            }
            None => format!("builders here: {}", list(template)),
        };
        diagnostics
            .error(Code::UnknownName, source, span.clone(), format!("there is no builder '{text}'"))
            .hint(hint);
    }
}

fn list(template: &Template) -> String {
    crate::suggest::list(template.builders.iter().map(|builder| builder.name.text.as_str()))
}

fn check_version(source: &Arc<Source>, minimum: &Word, diagnostics: &mut Diagnostics) {
    if minimum.text.is_empty() {
        return;
    }
    match (version(&minimum.text), version(PACKER_VERSION)) {
        (None, _) => {
            let message = format!("'{}' is no version", minimum.text);
            diagnostics
                .error(Code::PackerVersion, source, minimum.span.clone(), message)
                .hint("such as \"1.6.0\"");
        }
        (Some(wanted), Some(ours)) if wanted > ours => {
            let message = format!("this template asks for Packer {} or newer", minimum.text);
            diagnostics
                .error(Code::PackerVersion, source, minimum.span.clone(), message)
                .hint(format!("this version does what Packer {PACKER_VERSION} does"));
        }
        _ => {}
    }
}

/// The numbers of a version; a pre-release comes before its release.
fn version(text: &str) -> Option<(Vec<u64>, bool)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('+').next().unwrap_or(text);
    let (numbers, release) = match text.split_once('-') {
        Some((numbers, _)) => (numbers, false),
        None => (text, true),
    };
    let mut numbers = numbers.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    numbers.resize(numbers.len().max(3), 0);
    Some((numbers, release))
}

/// Renders a build's name until it no longer changes, as Packer does.
pub(super) fn render(
    source: &Arc<Source>,
    name: &Word,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    /// A name that names itself would never end.
    const PASSES: usize = 100;
    let mut text = name.text.clone();
    for pass in 0..PASSES {
        if is_plain(&text) {
            return Some(text);
        }
        let rendered = Text::parse(&text).map_err(|problem| vec![problem]).and_then(|parsed| {
            let problems = parsed.check(scope, None);
            let (warnings, errors): (Vec<_>, Vec<_>) =
                problems.into_iter().partition(|problem| problem.warning);
            if !errors.is_empty() {
                return Err(errors);
            }
            Ok((parsed.render(scope).map_err(|problem| vec![problem])?, warnings))
        });
        let (problems, next) = match rendered {
            Ok((next, warnings)) => (warnings, Some(next)),
            Err(errors) => (errors, None),
        };
        for problem in problems {
            // Only the first pass renders what stands in the file.
            let span = if pass == 0 { span_in(source, &name.span, &problem) } else { name.span.clone() };
            let diagnostic = diagnostics.error(
                problem.code,
                source,
                span,
                format!("the name of this build: {}", problem.message),
            );
            diagnostic.hint = problem.hint;
            diagnostic.warning = problem.warning;
        }
        match next {
            Some(next) if next != text => text = next,
            other => return other,
        }
    }
    diagnostics.error(
        Code::CircularVariables,
        source,
        name.span.clone(),
        "the name of this build never comes to an end",
    );
    None
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_compare() {
        assert!(version("1.6.6") > version("v1.6.0"));
        assert!(version("1.10") > version("1.9.9"));
        assert!(version("1.6.6") > version("1.6.6-beta1"));
        assert_eq!(version("1"), version("1.0.0"));
        assert_eq!(version("abc"), None);
    }
}
