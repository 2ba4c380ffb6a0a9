//! Very much of everything: what takes each with each would not come back within the time that tests have.

use crate::limits::{BUILD, configured, settings};
use crate::properties::show;
use template::packer_json::{plan, read};
use template::source::{Diagnostics, Source};
use template::suggest::nearest;

const MANY: usize = 20_000;

/// Text that a function makes for every number.
fn each(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

fn planned(text: String) -> (usize, Diagnostics) {
    let source = Source::new("t.json", text);
    let read = read(&source);
    let mut diagnostics = read.diagnostics;
    let plan = plan(&source, &read.template.expect("it is JSON"), "/", &settings(), &mut diagnostics);
    (plan.builds.len(), diagnostics)
}

#[test]
fn many_variables_have_values() {
    let variables = each(MANY, |number| {
        format!(
            "variable \"v{number}\" {{\n default = \"a{number}\"\n sensitive = true\n validation {{\n condition = var.v{number} != \"\"\n error_message = \"No.\"\n }}\n}}\n"
        )
    });
    let locals = each(MANY, |number| format!("l{number} = var.v{number}\n"));
    let all = each(MANY, |number| format!("local.l{number}, "));
    let found = configured(&format!("{variables}locals {{\n{locals}all = [{all}]\n}}{BUILD}"));
    assert!(found.is_empty(), "{:?}", found.first());
}

#[test]
fn many_sources_are_built() {
    let sources =
        each(MANY / 10, |number| format!("source \"null\" \"x{number}\" {{\n communicator = \"none\"\n}}\n"));
    let uses = each(MANY / 10, |number| format!("\"null.x{number}\", "));
    let variables = each(MANY / 10, |number| format!("variable \"v{number}\" {{\n default = 1\n}}\n"));
    let found = configured(&format!("{variables}{sources}build {{\n sources = [{uses}]\n}}\n"));
    assert!(found.is_empty(), "{:?}", found.first());
    let builders = each(MANY / 2, |number| {
        format!(r#"{{"type": "null", "name": "n{number}", "communicator": "none"}},"#)
    });
    let text = format!(r#"{{"builders": [{}]}}"#, builders.trim_end_matches(','));
    let (builds, diagnostics) = planned(text);
    assert_eq!((builds, diagnostics.has_errors()), (MANY / 2, false));
}

#[test]
fn many_mistakes_are_all_told() {
    let unknown = each(MANY / 20, |number| format!("l{number} = local.m{number}\n"));
    assert_eq!(configured(&format!("locals {{\n{unknown}}}{BUILD}")).len(), MANY / 20);
    let blocks = each(MANY / 4, |number| format!("foo{number} {{\n}}\n"));
    assert_eq!(configured(&format!("{blocks}{BUILD}")).len(), MANY / 4);
    let steps = vec![r#"{"type": "shelf"}"#; MANY / 10].join(",");
    // All in one line, too.
    for text in [
        format!(r#"{{"builders": [{{"type": "null", "communicator": "none"}}], "provisioners": [{steps}]}}"#),
        format!(
            "{{\"builders\": [\n{{\"type\": \"null\", \"communicator\": \"none\"}}],\n\"provisioners\": [\n{}]}}",
            steps.replace(',', ",\n")
        ),
    ] {
        let (_, diagnostics) = planned(text);
        assert_eq!(diagnostics.errors(), MANY / 10);
        show(diagnostics);
    }
    let keys = vec![r#""a": "b""#; MANY / 10].join(",");
    let (_, diagnostics) =
        planned(format!(r#"{{"builders": [{{"type": "null"}}], "variables": {{{keys}}}}}"#));
    assert!(diagnostics.errors() >= MANY / 10 - 1);
    show(diagnostics);
}

#[test]
fn of_one_text_only_so_many_mistakes_are_told() {
    let content = each(MANY / 10, |number| format!("{{{{user `x{number}`}}}}"));
    let text = format!(r#"{{"builders": [{{"type": "file", "target": "t", "content": "{content}"}}]}}"#);
    let (_, diagnostics) = planned(text);
    let more: Vec<&str> = diagnostics
        .all
        .iter()
        .map(|found| found.message.as_str())
        .filter(|message| message.contains("more places"))
        .collect();
    assert_eq!(more, [format!("{} more places in this text are wrong", MANY / 10 - 100)]);
    assert!(!diagnostics.has_errors(), "as a variable that is not there is none");
    show(diagnostics);
}

#[test]
fn an_object_of_too_many_keys_is_refused() {
    let keys = each(100_000, |number| format!("k{number} = 1\n"));
    assert_eq!(
        configured(&format!("locals {{\na = {{\n{keys}}}\n}}{BUILD}")),
        ["there are too many keys in this object"]
    );
    assert!(configured(&format!("locals {{\n{keys}}}{BUILD}")).is_empty());
}

#[test]
fn many_words_have_a_nearest() {
    let known: Vec<String> = (0..MANY).map(|number| format!("word{number:06}")).collect();
    for number in 0..200 {
        let word = format!("wrod{number:06}");
        assert_eq!(
            nearest(&word, known.iter().map(String::as_str)),
            Some(format!("word{number:06}").as_str())
        );
    }
}
