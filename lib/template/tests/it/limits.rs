//! Texts that are made to take all memory, all time or all stack: each ends with an error that says so.

use std::sync::Arc;
use template::engine::{Moment, Place, Scope, render};
use template::hcl2;
use template::json;
use template::packer_json::{Settings, plan, read};
use template::source::{Diagnostics, Source, Style};

fn failed(text: &str) -> String {
    let scope = Scope::new(Place::Run, Moment::milliseconds(0));
    match render(text, &scope) {
        Ok(rendered) => panic!("it gives {} bytes", rendered.len()),
        Err(problem) => problem.message,
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        variables: Vec::new(),
        variable_files: Vec::new(),
        environment: Default::default(),
        only: Vec::new(),
        except: Vec::new(),
        force: false,
        allow_unknown: false,
        moment: Moment::milliseconds(0),
        remote: None,
    }
}

#[test]
fn a_text_that_doubles_itself_ends() {
    let doubled = |with: &str| {
        let steps = format!("{{{{$x = {with} $x $x}}}}").repeat(40);
        format!("{{{{$x := \"0123456789\"}}}}{steps}{{{{len $x}}}}")
    };
    for with in ["print", "println", "printf \"%s%s\"", "printf \"%[1]s%[1]s%s\""] {
        assert!(failed(&doubled(with)).ends_with("the text becomes longer than 16 MiB"), "{with}");
    }
    let replaced = "{{$x = replace_all \"0\" \"00000000000\" $x}}".repeat(20);
    let text = format!("{{{{$x := \"0\"}}}}{replaced}{{{{len $x}}}}");
    assert_eq!(failed(&text), "replace_all: the text becomes longer than 16 MiB");
    let text = "{{range 1000000}}{{range 100}}0123456789{{end}}{{end}}";
    failed(text);
    failed("{{define `a`}}{{template `a`}}{{end}}{{template `a`}}");
    failed(&format!("{{{{printf \"{}\"}}}}", "%9999999999d".repeat(1000)));
}

#[test]
fn deep_texts_are_refused() {
    for deep in [
        "{{if true}}".repeat(100_000) + &"{{end}}".repeat(100_000),
        format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("{{{{1{}}}}}", " | print".repeat(100_000)),
        format!("{{{{.{}}}}}", "a.".repeat(100_000)),
    ] {
        let scope = Scope::new(Place::Run, Moment::milliseconds(0));
        // Whatever it says, it comes back.
        let _ = render(&deep, &scope);
    }
}

#[test]
fn variables_that_double_one_another_end() {
    let mut variables = vec![String::from(r#""v00": "0123456789""#)];
    for number in 1..40 {
        let before = format!("{{{{user `v{:02}`}}}}", number - 1);
        variables.push(format!(r#""v{number:02}": "{before}{before}""#));
    }
    let text = format!(
        r#"{{"variables": {{{}}}, "builders": [{{"type": "file", "target": "t", "content": "x"}}]}}"#,
        variables.join(",")
    );
    let source = Source::new("t.json", text);
    let template = read(&source).template.unwrap();
    let mut diagnostics = Diagnostics::default();
    plan(&source, &template, "/", &settings(), &mut diagnostics);
    let found = &diagnostics.all[0].message;
    assert!(found.ends_with("the text becomes longer than 16 MiB"), "{found}");
}

#[test]
fn long_json_is_read_in_linear_time() {
    let members: Vec<String> = (0..20_000).map(|number| format!(r#""k{number}": {number}"#)).collect();
    let source = Source::new("t.json", format!("{{{}}}", members.join(",")));
    assert!(json::parse(&source).root.is_some());
    let number = "9".repeat(100_000);
    for text in [format!("[{number}]"), format!("[-{number}e{number}]"), "[".repeat(1_000_000)] {
        let _ = json::parse(&Source::new("t.json", text));
    }
    let _ = read(&Arc::clone(&source));
}

/// Plans an HCL2 configuration, and gives what is wrong with it.
pub(crate) fn configured(text: &str) -> Vec<String> {
    struct Nobody;
    impl hcl2::Ask for Nobody {
        fn ask(
            &self,
            _: &str,
            _: &serde_json::Map<String, serde_json::Value>,
        ) -> Result<Option<hcl2::Answer>, record::Failure> {
            Ok(None)
        }
    }
    let mut diagnostics = Diagnostics::default();
    let read = hcl2::read("t.pkr.hcl", &[Source::new("t.pkr.hcl", text)], &mut diagnostics);
    hcl2::plan(&read, &[], "/", &settings(), &Nobody, &mut diagnostics);
    diagnostics.sorted().into_iter().map(|diagnostic| diagnostic.message).collect()
}

pub(crate) const BUILD: &str =
    "\nsource \"null\" \"x\" { communicator = \"none\" }\nbuild { sources = [\"null.x\"] }\n";

#[test]
fn deep_configurations_are_refused() {
    const DEEP: usize = 100_000;
    for deep in [
        format!("locals {{ a = {}1{} }}", "(".repeat(DEEP), ")".repeat(DEEP)),
        format!("locals {{ a = {}1{} }}", "[".repeat(DEEP), "]".repeat(DEEP)),
        format!("locals {{ a = {}1{} }}", "{ a = ".repeat(DEEP), " }".repeat(DEEP)),
        format!("locals {{ a = {}1{} }}", "-".repeat(DEEP), ""),
        format!("locals {{ a = {}true }}", "!".repeat(DEEP)),
        format!("locals {{ a = {}1 }}", "true ? 1 : ".repeat(DEEP)),
        format!("locals {{ a = {}\"x\"{} }}", "\"${".repeat(DEEP), "}\"".repeat(DEEP)),
        format!("locals {{ a = {}1{} }}", "abs(".repeat(DEEP), ")".repeat(DEEP)),
        format!("locals {{ a = var{} }}", ".a".repeat(DEEP)),
        format!("locals {{ a = 1{} }}", " + 1".repeat(DEEP)),
        format!("locals {{ a = [][{}0{}] }}", "[][".repeat(DEEP), "]".repeat(DEEP)),
        "a {\n".repeat(DEEP) + &"}\n".repeat(DEEP),
        "build {\n dynamic \"provisioner\" {\n content {\n".repeat(DEEP / 10),
    ] {
        // Whatever it says, it comes back.
        configured(&format!("{deep}{BUILD}"));
    }
}

#[test]
fn huge_numbers_are_numbers_or_refused() {
    for number in ["9".repeat(100_000), format!("1e{}", "9".repeat(1000)), "1e-999999999".to_owned()] {
        configured(&format!("locals {{ a = {number} * {number} }}{BUILD}"));
        let json = format!(r#"{{"builders": [{{"type": "null", "ssh_port": {number}, "ssh_host": "x"}}]}}"#);
        let source = Source::new("t.json", json);
        // One of so many digits is refused when it is read.
        let Some(template) = read(&source).template else { continue };
        let mut diagnostics = Diagnostics::default();
        plan(&source, &template, "/", &settings(), &mut diagnostics);
        assert!(diagnostics.has_errors() || number.starts_with("1e-"), "{number:.20}");
    }
}

#[test]
fn circles_end() {
    let ring: Vec<String> =
        (0..2000).map(|number| format!("v{number} = local.v{}", (number + 1) % 2000)).collect();
    let found = configured(&format!("locals {{\n{}\n}}{BUILD}", ring.join("\n")));
    assert!(found.iter().any(|message| message.starts_with("these need one another: local.v")), "{found:?}");
    let ring: Vec<String> = (0..2000)
        .map(|number| format!(r#""v{number}": "{{{{user `v{}`}}}}""#, (number + 1) % 2000))
        .collect();
    let text = format!(r#"{{"variables": {{{}}}, "builders": [{{"type": "null"}}]}}"#, ring.join(","));
    let source = Source::new("t.json", text);
    let template = read(&source).template.unwrap();
    let mut diagnostics = Diagnostics::default();
    plan(&source, &template, "/", &settings(), &mut diagnostics);
    assert!(diagnostics.has_errors());
}

#[test]
fn long_chains_are_resolved() {
    let chain: Vec<String> = (1..5000).map(|number| format!("v{number} = local.v{}", number - 1)).collect();
    let found = configured(&format!("locals {{\nv0 = 1\n{}\n}}{BUILD}", chain.join("\n")));
    assert!(found.is_empty(), "{found:?}");
    let chain: Vec<String> =
        (1..5000).map(|number| format!(r#""v{number}": "{{{{user `v{}`}}}}""#, number - 1)).collect();
    let text = format!(
        r#"{{"variables": {{"v0": "1", {}}}, "builders": [{{"type": "file", "target": "{{{{user `v4999`}}}}", "content": "x"}}]}}"#,
        chain.join(",")
    );
    let source = Source::new("t.json", text);
    let template = read(&source).template.unwrap();
    let mut diagnostics = Diagnostics::default();
    let plan = plan(&source, &template, "/", &settings(), &mut diagnostics);
    assert_eq!(plan.builds[0].builder["target"], "1", "{diagnostics:?}");
}

/// Found by fuzzing: the parser's place ended within a character.
#[test]
fn marks_are_of_whole_characters() {
    let mut diagnostics = Diagnostics::default();
    let text = "locals {\n  a = 1\n}\n\nsource \u{79e}\u{fffd}\u{fffd}ebs\" \"web\" {\n}\n";
    hcl2::read("t.pkr.hcl", &[Source::new("t.pkr.hcl", text)], &mut diagnostics);
    assert!(diagnostics.has_errors());
    for diagnostic in diagnostics.sorted() {
        assert!(!template::source::render(&diagnostic, Style::Plain).is_empty());
        template::source::json_line(&diagnostic);
    }
}

/// Of a long line only a part is shown, and the place is right.
#[test]
fn a_mistake_in_a_long_line_is_shown_where_it_is() {
    let source = Source::new(
        "t.json",
        format!("{{\n\"a\": \"{}é\", \"b\": 01{}}}", "x".repeat(5000), " ".repeat(5000)),
    );
    let found = &json::parse(&source).diagnostics.sorted()[0];
    let text = template::source::render(found, Style::Plain);
    assert!(text.contains("--> t.json:2:5016\n"), "{text}");
    assert!(text.contains("xé\", \"b\": 01") && text.contains("^^"), "{text}");
    assert!(text.len() < 1000, "{text}");
}
