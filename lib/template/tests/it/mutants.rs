//! Good templates with some bytes changed: what comes closest to what people get wrong.

use crate::properties::{configure, plan_all, rendered_or_refused, settings, show};
use proptest::prelude::*;
use proptest::sample::Index;
use std::path::Path;
use std::sync::LazyLock;
use template::boot_command;
use template::engine::Place;
use template::options::Check;
use template::packer_json::{fix, plan, read};
use template::source::{Diagnostics, Source};

/// The texts of the templates that `validate` is tested on.
static TEXTS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for folder in ["examples", "validate/tests"] {
        gather(&root.join(folder), &mut texts);
    }
    texts.sort();
    texts
});

fn gather(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            gather(&path, texts);
        } else if name.ends_with(".json") || name.ends_with(".hcl") {
            texts.extend(std::fs::read_to_string(path).ok().map(|text| (name, text)));
        }
    }
}

/// A change of a text.
#[derive(Debug, Clone)]
enum Change {
    Remove(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
    /// Puts a part of another text in.
    Splice(Index, Index, Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    const PIECES: &[&str] = &[
        "\"",
        "{",
        "}",
        "[",
        "]",
        "{{",
        "}}",
        "${",
        "%{",
        "(",
        ")",
        "\\",
        "\n",
        ",",
        ":",
        "=",
        "<",
        ">",
        "*",
        "#",
        "/*",
        "'",
        "`",
        "\0",
        "é",
        "\u{feff}",
        "null",
        "-1",
        "99999999999999999999",
        "1e400",
        "<<EOT\n",
        "<wait",
        "...",
        "user `",
        ".",
    ];
    let index = any::<Index>;
    prop_oneof![
        (index(), 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (index(), 1..40_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
        (index(), prop::sample::select(PIECES)).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (index(), index(), index(), 1..80_usize)
            .prop_map(|(at, of, from, length)| Change::Splice(at, of, from, length)),
    ]
}

/// A part of a text, of whole characters.
fn part(text: &str, at: &Index, length: usize) -> std::ops::Range<usize> {
    let start = text.floor_char_boundary(at.index(text.len() + 1));
    start..text.ceil_char_boundary((start + length).min(text.len()))
}

fn mutant() -> impl Strategy<Value = (String, String)> {
    (any::<Index>(), prop::collection::vec(change(), 1..6)).prop_map(|(which, changes)| {
        let (name, mut text) = which.get(&TEXTS).clone();
        for change in changes {
            match change {
                Change::Remove(at, length) => text.replace_range(part(&text, &at, length), ""),
                Change::Repeat(at, length) => {
                    let part = part(&text, &at, length);
                    let again = text[part.clone()].to_owned();
                    text.insert_str(part.end, &again);
                }
                Change::Insert(at, piece) => text.insert_str(part(&text, &at, 0).start, piece),
                Change::Splice(at, of, from, length) => {
                    let other = &of.get(&TEXTS).1;
                    text.insert_str(part(&text, &at, 0).start, &other[part(other, &from, length)]);
                }
            }
        }
        (name, text)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_template_is_planned_or_refused((name, text) in mutant()) {
        if name.ends_with(".hcl") {
            configure(&text, "v.pkrvars.hcl", "");
        } else {
            show(fix(&Source::new("t.json", text.as_str())).diagnostics);
            plan_all(text);
        }
    }

    #[test]
    fn a_changed_template_is_read_or_refused_as_variables((name, text) in mutant()) {
        if name.ends_with(".hcl") {
            configure("variable \"a\" {\n  default = 1\n}\n", "v.pkrvars.hcl", &text);
        } else {
            configure("variable \"builders\" {\n  default = []\n}\n", "v.pkrvars.json", &text);
            let source = Source::new("t.json", r#"{"variables": {"a": null}, "builders": [{"type": "null"}]}"#);
            let mut diagnostics = Diagnostics::default();
            let settings = settings(vec![Source::new("v.json", text)]);
            plan(&source, &read(&source).template.expect("it is JSON"), "/", &settings, &mut diagnostics);
            show(diagnostics);
        }
    }

    #[test]
    fn a_changed_template_is_rendered_or_refused_as_a_text((_, text) in mutant()) {
        rendered_or_refused(&text, Place::Run);
    }

    #[test]
    fn a_changed_template_is_typed_or_refused_as_a_boot_command((_, text) in mutant()) {
        let _ = boot_command::parse(&text);
        boot_command::check("boot_command", &[text], &mut Check::default());
    }

    #[test]
    fn any_boot_command_is_typed_or_refused(text in prop_oneof![any::<String>(), "[<>a-z0-9 waitenterOnOff+-]{0,60}"]) {
        let _ = boot_command::parse(&text);
        boot_command::check("boot_command", &[text], &mut Check::default());
    }
}
