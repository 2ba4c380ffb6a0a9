//! Every code has an example that gives it; `docs/findings.md` is made of them. `UPDATE=1` writes that page anew.

use crate::support::Folder;
use std::path::Path;
use template::source::Code;

/// A code, the name of a file, its text, the arguments.
type Example = (Code, &'static str, &'static str, &'static [&'static str]);

const EXAMPLES: &[Example] = &[
    (Code::JsonSyntax, "t.json", r#"{"builders": [{"type": "null"} {"type": "file"}]}"#, &["t.json"]),
    (Code::HclSyntax, "t.pkr.hcl", "build {\n  sources = [\n}\n", &["t.pkr.hcl"]),
    (
        Code::DuplicateKey,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none", "type": "file"}]}"#,
        &["t.json"],
    ),
    (Code::WrongShape, "t.json", r#"{"builders": {"type": "null", "communicator": "none"}}"#, &["t.json"]),
    (
        Code::UnknownKey,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "provisioner": []}"#,
        &["t.json"],
    ),
    (Code::NoBuilder, "t.json", r#"{"provisioners": []}"#, &["t.json"]),
    (Code::MissingType, "t.json", r#"{"builders": [{"communicator": "none"}]}"#, &["t.json"]),
    (
        Code::DuplicateName,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}, {"type": "null", "communicator": "none"}]}"#,
        &["t.json"],
    ),
    (
        Code::UnknownName,
        "t.json",
        r#"{"builders": [{"type": "null", "name": "web", "communicator": "none"}], "post-processors": [{"type": "manifest", "only": ["wbe"]}]}"#,
        &["t.json"],
    ),
    (
        Code::OnlyAndExcept,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "post-processors": [{"type": "manifest", "only": ["null"], "except": ["null"]}]}"#,
        &["t.json"],
    ),
    (
        Code::PackerVersion,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "min_packer_version": "99.0.0"}"#,
        &["t.json"],
    ),
    (Code::UnknownComponent, "t.json", r#"{"builders": [{"type": "amazon-ebz"}]}"#, &["t.json"]),
    (Code::NotInThisVersion, "t.json", r#"{"builders": [{"type": "parallels-iso"}]}"#, &["t.json"]),
    (
        Code::NotRun,
        "t.json",
        r#"{"builders": [{"type": "file", "target": "a", "content": ""}], "post-processors": ["vagrant"]}"#,
        &["t.json"],
    ),
    (
        Code::UnknownOption,
        "t.json",
        r#"{"builders": [{"type": "null", "comunicator": "none"}]}"#,
        &["t.json"],
    ),
    (
        Code::WrongType,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none", "ssh_port": "ssh"}]}"#,
        &["t.json"],
    ),
    (Code::MissingOption, "t.json", r#"{"builders": [{"type": "file", "content": "x"}]}"#, &["t.json"]),
    (
        Code::InvalidOption,
        "t.json",
        r#"{"builders": [{"type": "file", "target": "a", "source": "b", "content": "c"}]}"#,
        &["t.json"],
    ),
    (
        Code::MissingFile,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "provisioners": [{"type": "shell-local", "script": "setup.sh"}]}"#,
        &["t.json"],
    ),
    (
        Code::DoubtfulOption,
        "t.json",
        r#"{"builders": [{"type": "qemu", "iso_url": "http://example.com/a.iso", "iso_checksum": "none", "ssh_username": "u", "shutdown_command": "poweroff"}]}"#,
        &["t.json"],
    ),
    (
        Code::OldSpelling,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none", "ssh_wait_timeout": "5m"}]}"#,
        &["t.json"],
    ),
    (
        Code::Nanoseconds,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "provisioners": [{"type": "shell-local", "command": "true", "timeout": 30}]}"#,
        &["t.json"],
    ),
    (
        Code::NoConnection,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "provisioners": [{"type": "shell", "inline": ["true"]}]}"#,
        &["t.json"],
    ),
    (
        Code::RequiredVariable,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "variables": {"region": null}}"#,
        &["t.json"],
    ),
    (
        Code::UnknownVariable,
        "t.json",
        r#"{"builders": [{"type": "file", "content": "x", "target": "{{user `folder`}}/a"}], "variables": {"foldr": "out"}}"#,
        &["t.json"],
    ),
    (
        Code::UnknownReference,
        "t.pkr.hcl",
        "source \"null\" \"a\" {\n  communicator = source.kind\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::CircularVariables,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}], "variables": {"a": "{{user `b`}}", "b": "{{user `a`}}"}}"#,
        &["t.json"],
    ),
    (
        Code::WrongVariable,
        "t.pkr.hcl",
        "variable \"size\" {\n  type    = number\n  default = \"big\"\n}\nsource \"null\" \"a\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::TemplateText,
        "t.json",
        r#"{"builders": [{"type": "file", "content": "{{timestamp", "target": "a"}]}"#,
        &["t.json"],
    ),
    (
        Code::UnknownFunction,
        "t.json",
        r#"{"builders": [{"type": "file", "content": "{{timestmp}}", "target": "a"}]}"#,
        &["t.json"],
    ),
    (
        Code::NoValue,
        "t.json",
        r#"{"builders": [{"type": "file", "content": "{{.Name}}", "target": "a"}]}"#,
        &["t.json"],
    ),
    (
        Code::BootCommand,
        "t.json",
        r#"{"builders": [{"type": "qemu", "iso_url": "http://example.com/a.iso", "iso_checksum": "md5:0123456789abcdef0123456789abcdef", "ssh_username": "u", "shutdown_command": "poweroff", "boot_command": "<entr>"}]}"#,
        &["t.json"],
    ),
    (
        Code::FunctionArgument,
        "t.pkr.hcl",
        "source \"null\" \"a\" {\n  communicator = lower()\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::TooLarge,
        "t.pkr.hcl",
        "source \"null\" \"a\" {\n  communicator = [for m in range(100) : [for n in range(1000) : format(\"%1000d\", n)]]\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::Expression,
        "t.pkr.hcl",
        "source \"null\" \"a\" {\n  communicator = -\"none\"\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::DataSource,
        "t.pkr.hcl",
        "data \"http\" \"a\" {\n  url = \"http://localhost:1/\"\n}\nsource \"null\" \"a\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"null.a\"]\n}\n",
        &["t.pkr.hcl"],
    ),
    (
        Code::Selection,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}]}"#,
        &["-only=nul", "t.json"],
    ),
    (
        Code::CommandLine,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}]}"#,
        &["-var", "region", "t.json"],
    ),
    (Code::UnreadableFile, "t.json", "{}", &["web.json"]),
    (
        Code::Lock,
        "t.json",
        r#"{"builders": [{"type": "null", "communicator": "none"}]}"#,
        &["--locked", "t.json", "t.json"],
    ),
];

#[test]
fn every_code_is_given_and_listed() {
    let mut page = String::from(INTRODUCTION);
    let mut wrong = Vec::new();
    for code in Code::ALL {
        page += &format!("\n## `{}`\n\n{}\n", code.name(), code.meaning());
        let examples: Vec<&Example> = EXAMPLES.iter().filter(|(of, ..)| of == code).collect();
        // What a platform says is tested where there is one.
        if examples.is_empty() != (*code == Code::Online) {
            wrong.push(format!("{} has {} examples", code.name(), examples.len()));
        }
        for (_, name, text, arguments) in examples {
            let folder = Folder::with("");
            folder.write(name, text);
            let ran = folder.run(&[&["--format", "json"], *arguments].concat());
            let codes = ran.records();
            if !codes.iter().any(|found| found["code"] == code.name()) {
                wrong.push(format!("{}: not in {}", code.name(), ran.out));
            }
            let said = folder.run(arguments).err;
            let of = format!("[{}]", code.name());
            let shown = said.split("\n\n").find(|part| part.contains(&of)).unwrap_or_default();
            page += &format!("\n    $ validate {}\n", arguments.join(" "));
            page.extend(shown.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n"));
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/findings.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        page,
        "docs/findings.md is old: run with UPDATE=1"
    );
}

const INTRODUCTION: &str = "# Findings

Everything that `validate` finds has a code, which stays the same when its message is put better: `error[unknown-option]: …`, and `code` in `--format json`.
This page is made by a test (`UPDATE=1 cargo test -p validate findings`) of the list in `lib/template/src/source/code.rs`; every example is run.

    validate --format json web.json | jq -r 'select(.code == \"old-spelling\") | .file' | sort -u
";
