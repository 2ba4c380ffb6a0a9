//! Properties of the parsers: no text makes them panic, what they say stands where it can be shown, and JSON is read as
//! `serde_json` reads it.

use proptest::prelude::*;
use std::sync::Arc;
use template::engine::{Dot, Moment, Place, Scope, Text, format_layout, render};
use template::hcl2;
use template::json::{self, Value};
use template::packer_json::{Settings, plan, read};
use template::source::{Diagnostics, Source, Style};

/// Pieces of which templates are made, and of which broken ones are made as well.
fn pieces(all: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(all), 0..24).prop_map(|pieces| pieces.concat())
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u12",
    "\\ud800",
    "\\udc00",
    "\\n",
    "null",
    "true",
    "-",
    "0",
    "1e",
    "99999999999999999999",
    " ",
    "\n",
    "\t",
    "\u{feff}",
    "é",
    "\"a\"",
    "\"a\":",
    "\"type\"",
    "//",
];

const TEMPLATE: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "(",
    ")",
    "|",
    "if ",
    "else",
    "end",
    "range ",
    "with ",
    "define ",
    "template ",
    "block ",
    "$x",
    ":=",
    "=",
    ".",
    ".A",
    "user ",
    "`a`",
    "\"b\"",
    "'c'",
    "`",
    "\"",
    "printf ",
    "print ",
    "len ",
    "index ",
    "slice ",
    "1",
    "-9223372036854775808",
    "1e999",
    "0x",
    "%*d",
    "replace ",
    "split ",
    "isotime ",
    "build ",
    "/*",
    "*/",
    "é",
    "\n",
    " ",
    "call ",
    "and ",
    "eq ",
    "html ",
];

const GRAMMAR: &[&str] = &[
    r#"{"builders":"#,
    r#"[{"type":"file","target":"t","content":"c"}]"#,
    r#"[{"type":"null"}]"#,
    r#","variables":"#,
    r#"{"a":"{{user `b`}}"}"#,
    r#"{"a":null}"#,
    r#","provisioners":"#,
    r#"[{"type":"shell","inline":["x"]}]"#,
    r#"[{"type":"file"}]"#,
    r#","post-processors":"#,
    r#"[["manifest",{"type":"checksum"}]]"#,
    "[[]]",
    "[]",
    "{}",
    "null",
    "1",
    r#""x""#,
    "}",
    r#","_c":"x""#,
    r#","sensitive-variables":["a"]"#,
    r#","min_packer_version":"1.6""#,
    r#"[{"type":"amazon-ebs","ami_name":"{{timestamp}}"}]"#,
    r#"[{"override":1,"type":"shell"}]"#,
];

const HCL: &[&str] = &[
    "build",
    "source",
    "locals",
    "local",
    "variable",
    "data",
    "packer",
    "provisioner",
    "dynamic",
    "content",
    " \"null\" \"x\" ",
    " \"shell-local\" ",
    " \"a\" ",
    " {\n",
    "\n}\n",
    "{ ",
    " }",
    "[",
    "]",
    "(",
    ")",
    " = ",
    "\n",
    ", ",
    "inline",
    "for_each",
    "sources",
    "[\"null.x\"]",
    "communicator = \"none\"\n",
    "a",
    "var.a",
    "local.a",
    "data.null.x.output",
    "each.value",
    "source.name",
    "build.ID",
    "path.root",
    "\"",
    "\"${",
    "}\"",
    "%{if true}",
    "%{endif}",
    "<<EOT\n",
    "<<-EOT\n",
    "\nEOT\n",
    "for k, v in ",
    " : k => v...",
    " if ",
    "[*]",
    ".*",
    "...",
    " ? 1 : 2",
    " == ",
    " && ",
    " + ",
    " / ",
    " % ",
    "-",
    "!",
    "1",
    "1e400",
    "0.1",
    "null",
    "true",
    "list(string)",
    "optional(number, 1)",
    "format(\"%s%v\", ",
    "range(10)",
    "regex_replace(",
    "templatefile(",
    "jsondecode(\"{}\")",
    "lookup(",
    "# c\n",
    "/*",
    "*/",
    "é",
    "\\u00e9",
];

/// Asks for no data.
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

/// Reads and plans a configuration, with a variable file of that name.
pub(crate) fn configure(text: &str, file: &str, variables: &str) {
    let mut diagnostics = Diagnostics::default();
    let read = hcl2::read("t.pkr.hcl", &[Source::new("t.pkr.hcl", text)], &mut diagnostics);
    let settings = settings(vec![Source::new(file, variables)]);
    hcl2::values(&read, &[], "/", &settings);
    hcl2::plan(&read, &[], "/", &settings, &Nobody, &mut diagnostics);
    show(diagnostics);
}

/// An expression, as text: nested, and mostly well formed.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "1", "-1.5e3", "true", "null", "\"a\"", "[]", "{}", "local.a", "var.b", "nothing"
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (two, prop::sample::select(vec!["+", "-", "*", "/", "%", "==", "<", "&&", "||"]))
                .prop_map(|((a, b), sign)| format!("({a} {sign} {b})")),
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{ (tostring({a})) = {b} }}")),
            inner.clone().prop_map(|a| format!("\"x${{{a}}}y\"")),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[for x in {a} : {b} if x != null]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (prop::sample::select(hcl2::functions()), prop::collection::vec(inner, 0..3))
                .prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
        ]
    })
}

/// A text of Go's template language is rendered, or refused at a place in it.
pub(crate) fn rendered_or_refused(text: &str, place: Place) {
    let scope = Scope::new(place, Moment::milliseconds(1_793_631_845_120));
    match Text::parse(text) {
        Ok(parsed) => {
            for problem in parsed.check(&scope, Some(&Dot::Known(vec!["A"]))) {
                assert!(problem.offset <= text.len(), "{problem:?}");
            }
            if let Err(problem) = parsed.render(&scope) {
                assert!(problem.offset <= text.len(), "{problem:?}");
            }
        }
        Err(problem) => assert!(problem.offset <= text.len(), "{problem:?}"),
    }
}

/// Everything that a diagnostic needs to be shown holds for it.
pub(crate) fn show(diagnostics: Diagnostics) {
    for diagnostic in diagnostics.sorted() {
        if let Some((source, span)) = &diagnostic.place {
            assert!(span.start <= span.end && span.end <= source.text.len(), "{diagnostic:?}");
            assert!(source.text.is_char_boundary(span.start), "{diagnostic:?}");
        }
        assert!(!template::source::render(&diagnostic, Style::Plain).is_empty());
        template::source::json_line(&diagnostic);
    }
}

/// Settings as those of a command line that gives nothing but variable files.
pub(crate) fn settings(variable_files: Vec<Arc<Source>>) -> Settings {
    Settings {
        variables: Vec::new(),
        variable_files,
        environment: Default::default(),
        only: Vec::new(),
        except: Vec::new(),
        force: false,
        allow_unknown: true,
        moment: Moment::milliseconds(0),
        remote: None,
    }
}

pub(crate) fn plan_all(text: String) {
    let source = Source::new("t.json", text);
    let read = read(&source);
    let mut diagnostics = read.diagnostics;
    if let Some(template) = read.template {
        let settings =
            Settings { variables: vec![("b".into(), "{{user `a`}}".into())], ..settings(Vec::new()) };
        plan(&source, &template, "/", &settings, &mut diagnostics);
    }
    show(diagnostics);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn good_json_is_read_as_it_is(value in any_json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let parsed = json::parse(&Source::new("t.json", text.clone()));
        prop_assert!(parsed.diagnostics.all.is_empty(), "{:?}", parsed.diagnostics);
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(parsed.root.unwrap().to_json(), expected);
    }

    #[test]
    fn any_text_is_read_or_refused_as_json(text in prop_oneof![any::<String>(), pieces(JSON)]) {
        let source = Source::new("t.json", text.clone());
        let parsed = json::parse(&source);
        prop_assert_eq!(parsed.root.is_none(), parsed.diagnostics.has_errors() && parsed.root.is_none());
        if serde_json::from_str::<serde_json::Value>(&text).is_ok() && !text.contains("\\ud8") {
            prop_assert!(parsed.root.is_some(), "{:?}", parsed.diagnostics);
        }
        if let Some(root) = &parsed.root {
            prop_assert!(root.span.end <= text.len());
            let _ = matches!(root.value, Value::Null);
        }
        show(parsed.diagnostics);
    }

    #[test]
    fn any_text_is_rendered_or_refused(text in prop_oneof![any::<String>(), pieces(TEMPLATE)]) {
        for place in [Place::Variables, Place::Builder, Place::Step, Place::Run] {
            rendered_or_refused(&text, place);
        }
    }

    #[test]
    fn a_text_without_braces_stays_as_it_is(text in "[^{]*") {
        let scope = Scope::new(Place::Run, Moment::milliseconds(0));
        prop_assert_eq!(render(&text, &scope).unwrap(), text);
    }

    #[test]
    fn any_layout_is_written(layout in prop_oneof![any::<String>(), "[0-9._,ZPMJan:-]{0,40}"], time in any::<i64>()) {
        format_layout(Moment::milliseconds(time), &layout);
    }

    #[test]
    fn any_template_is_planned_or_refused(text in pieces(GRAMMAR)) {
        plan_all(text);
    }

    #[test]
    fn any_options_are_read_or_refused(options in any_json(), name in prop::sample::select(vec!["file", "null", "amazon-ebs", "x"])) {
        let mut builder = options.as_object().cloned().unwrap_or_default();
        for key in ["region", "ami_name", "tags", "ssh_port", "ssh_timeout", "source_ami_filter", "launch_block_device_mappings"] {
            if options.is_array() {
                builder.insert(key.into(), options.clone());
            }
        }
        builder.insert("type".into(), name.into());
        plan_all(serde_json::json!({"builders": [builder], "variables": options, "provisioners": [options]}).to_string());
    }

    #[test]
    fn any_variable_file_is_read_or_refused(text in prop_oneof![pieces(JSON), any_json().prop_map(|value| value.to_string())]) {
        let source = Source::new("t.json", r#"{"variables": {"a": null}, "builders": [{"type": "null"}]}"#);
        let template = read(&source).template.unwrap();
        let mut diagnostics = Diagnostics::default();
        plan(&source, &template, "/", &settings(vec![Source::new("v.json", text)]), &mut diagnostics);
        show(diagnostics);
    }

    #[test]
    fn any_configuration_is_planned_or_refused(text in prop_oneof![any::<String>(), pieces(HCL)]) {
        configure(&text, "v.pkrvars.hcl", "");
    }

    #[test]
    fn any_expression_has_a_value_or_is_refused(a in expression(), b in expression()) {
        let text = format!(
            "variable \"b\" {{ default = {b} }}\nlocals {{ a = {a} }}\nsource \"null\" \"x\" {{ ssh_host = local.a }}\nbuild {{ sources = [\"null.x\"] }}"
        );
        configure(&text, "v.pkrvars.hcl", "");
    }

    #[test]
    fn any_variable_file_of_hcl2_is_read_or_refused(
        text in prop_oneof![any::<String>(), pieces(HCL), pieces(JSON), expression().prop_map(|a| format!("b = {a}"))],
        name in prop::sample::select(vec!["v.pkrvars.hcl", "v.pkrvars.json"]),
    ) {
        configure("variable \"b\" { type = list(object({ c = optional(number, 1) })) }", name, &text);
    }
}

#[test]
fn a_file_may_end_in_a_letter_of_several_bytes() {
    configure("", "v.pkrvars.hcl", "null\"a\"\u{e9}");
}
