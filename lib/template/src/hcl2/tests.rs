//! Whole configurations, and texts that are none.

mod later;

use super::data::{Answer, Ask};
use super::{plan, read};
use crate::engine::Moment;
use crate::packer_json::{Plan, Settings};
use crate::source::{Diagnostics, Source};
use proptest::prelude::*;
use record::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

struct Nobody;

impl Ask for Nobody {
    fn ask(&self, _: &str, _: &Map<String, Value>) -> Result<Option<Answer>, Failure> {
        Ok(None)
    }
}

fn planned(name: &str, text: &str) -> (Plan, Vec<String>) {
    let settings = Settings {
        variables: Vec::new(),
        variable_files: Vec::new(),
        environment: BTreeMap::new(),
        only: Vec::new(),
        except: Vec::new(),
        force: false,
        allow_unknown: false,
        remote: None,
        // 2026-03-04T05:06:07Z
        moment: Moment::milliseconds(1_772_600_767_000),
    };
    let mut diagnostics = Diagnostics::default();
    let configuration = read(name, &[Source::new(name, text)], &mut diagnostics);
    let plan = plan(&configuration, &[], ".", &settings, &Nobody, &mut diagnostics);
    (plan, diagnostics.sorted().into_iter().map(|diagnostic| diagnostic.message).collect())
}

/// What expressions give, as `jsonencode` writes it (Packer 1.6.6, `packer build` of a file).
fn value(expression: &str) -> String {
    let text = format!(
        "variable \"v\" {{ default = \"val\" }}\nlocals {{ l = [\"a\", \"b\"] }}\nsource \"file\" \"x\" {{\n  content = jsonencode({expression})\n  target = \"t\"\n}}\nbuild {{ sources = [\"file.x\"] }}\n"
    );
    let (plan, said) = planned("t.pkr.hcl", &text);
    match said.first() {
        None => plan.builds[0].builder["content"].as_str().unwrap_or_default().to_owned(),
        Some(message) => format!("error: {message}"),
    }
}

#[test]
fn expressions() {
    let mut wrong = Vec::new();
    for line in include_str!("expressions.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((expression, expected)) = line.split_once(" => ") else { continue };
        let given = value(expression);
        let is_good = if expected == "error" { given.starts_with("error: ") } else { given == expected };
        if !is_good {
            wrong.push(format!("{expression}\n  wanted {expected}\n  given  {given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_known_stays_a_placeholder() {
    let text = r#"
data "amazon-ami" "d" {
  filters = { name = "x-*" }
  owners  = ["self"]
}
source "amazon-ebs" "x" {
  ami_name      = "image-${data.amazon-ami.d.name}"
  instance_type = "t3.micro"
  region        = "eu-west-1"
  source_ami    = data.amazon-ami.d.id
  ssh_username  = upper(data.amazon-ami.d.tags.user)
}
build { sources = ["amazon-ebs.x"] }
"#;
    let (plan, said) = planned("t.pkr.hcl", text);
    assert_eq!(said, Vec::<String>::new());
    let builder = &plan.builds[0].builder;
    assert_eq!(builder["source_ami"], "<data.amazon-ami.d.id>");
    assert_eq!(builder["ami_name"], "<data.amazon-ami.d.name>");
    assert_eq!(builder["region"], "eu-west-1");
}

#[test]
fn both_forms_plan_the_same() {
    let hcl = r#"
variable "who" {
  type    = list(string)
  default = ["a", "b"]
}
source "file" "x" {
  content = "${join("-", var.who)} ${1 + 2}"
  target  = "t"
}
build {
  sources = ["source.file.x"]
  post-processors {
    post-processor "manifest" { output = "m" }
    post-processor "checksum" {}
  }
}
"#;
    let json = r#"{
  "variable": { "who": { "type": "list(string)", "default": ["a", "b"] } },
  "source": { "file": { "x": { "//": "a comment", "content": "${join(\"-\", var.who)} ${1 + 2}", "target": "t" } } },
  "build": {
    "sources": ["source.file.x"],
    "post-processors": { "post-processor": [{ "manifest": { "output": "m" } }, { "checksum": {} }] }
  }
}"#;
    let (first, said) = planned("t.pkr.hcl", hcl);
    assert_eq!(said, Vec::<String>::new());
    let (second, said) = planned("t.pkr.json", json);
    assert_eq!(said, Vec::<String>::new());
    let whole = |plan: &Plan| {
        let builds = plan.builds.iter();
        builds.map(|build| (build.builder.clone(), build.post_processors.clone())).collect::<Vec<_>>()
    };
    assert_eq!(whole(&first), whole(&second));
    assert_eq!(first.builds[0].builder["content"], "a-b 3");
}

#[test]
fn nothing_grows_or_nests_without_end() {
    let deep = |open: &str, close: &str| {
        format!("locals {{ a = {}1{} }}", open.repeat(100_000), close.repeat(100_000))
    };
    let chain: String = (1..20_000).map(|at| format!("  l{at} = [local.l{}]\n", at - 1)).collect();
    let laughs: String = (1..60).map(|at| format!("  l{at} = [local.l{0}, local.l{0}]\n", at - 1)).collect();
    let texts: String =
        (1..60).map(|at| format!("  l{at} = \"${{local.l{0}}}${{local.l{0}}}\"\n", at - 1)).collect();
    let circle: String = (1..5_000).map(|at| format!("  l{at} = local.l{}\n", at - 1)).collect();
    for text in [
        deep("[", "]"),
        deep("(", ")"),
        deep("{a=", "}"),
        deep("!", ""),
        deep("\"${", "}\""),
        deep("f(", ")"),
        format!("locals {{ a = 1{} }}", " + 1".repeat(100_000)),
        format!("locals {{ a = [1]{} }}", "[*]".repeat(100_000)),
        format!("locals {{\n l = {{}}\n a = local.l{}\n}}", ".b".repeat(100_000)),
        format!("{}{}", "a {\n".repeat(100_000), "}\n".repeat(100_000)),
        format!("locals {{\n  l0 = [1]\n{chain}}}"),
        format!("locals {{\n  l0 = [1]\n{laughs}}}"),
        format!("locals {{\n  l0 = \"0123456789\"\n{texts}}}"),
        format!("locals {{\n  l0 = local.l4999\n{circle}}}"),
        "locals { a = format(\"%999999999d\", 1) }".to_owned(),
        "locals { a = pow(10, 1e9) }".to_owned(),
        "locals { a = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]] }"
            .to_owned(),
    ] {
        let (_, said) = planned("t.pkr.hcl", &text);
        assert!(!said.is_empty());
    }
}

/// Pieces of configurations, in any order.
fn piece() -> impl Strategy<Value = String> {
    let words = [
        "source",
        "\"null\"",
        "\"x\"",
        "{",
        "}",
        "\n",
        "build",
        "sources",
        "=",
        "[",
        "]",
        "\"null.x\"",
        "locals",
        "variable",
        "local.a",
        "var.x",
        "a",
        "${",
        "%{ if true }",
        "%{ endif }",
        "\"",
        "(",
        ")",
        "for",
        "in",
        ":",
        "=>",
        "...",
        "[*]",
        ".*",
        "?",
        "1",
        "-",
        "+",
        "<<EOT\n",
        "<<-EOT\n",
        "EOT\n",
        "dynamic",
        "content",
        "for_each",
        "upper",
        "format",
        "%s",
        "build.ID",
        "data",
        "null",
        "true",
        ",",
        "provisioner",
        "\"shell-local\"",
        "inline",
        "~",
        "$${",
        "é",
        "\\u00",
        "/*",
        "#",
        "timeout",
        "override",
    ];
    prop_oneof![10 => prop::sample::select(words.to_vec()).prop_map(|word| format!("{word} ")), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        planned("t.pkr.hcl", &text);
        planned("t.pkr.json", &text);
    }

    #[test]
    fn any_pieces_are_read(pieces in prop::collection::vec(piece(), 0..60)) {
        planned("t.pkr.hcl", &pieces.concat());
    }

    #[test]
    fn any_expression_has_a_value_or_a_mistake(pieces in prop::collection::vec(piece(), 0..20)) {
        value(&pieces.concat().replace('\n', " "));
    }
}
