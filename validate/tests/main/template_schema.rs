//! The JSON Schema of templates takes what `validate` takes.

use crate::support::Folder;
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn the_schema_takes_good_templates_and_names_what_is_wrong() {
    let printed = Folder::with("{}").run(&["--template-schema"]);
    assert_eq!((printed.status, printed.err.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&printed.out).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for path in examples() {
        let template: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&template)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{}: {}", path.display(), wrong.join("\n"));
    }
    // What Packer is said to take of options, weakly typed and with templates, is taken; so are old spellings.
    let good = [
        json!({"builders": [{"type": "null", "ssh_port": "{{user `p`}}", "ssh_pty": "true", "ssh_ciphers": "a,b", "packer_x": 1}]}),
        json!({"_c": "x", "builders": [{"type": "virtualbox", "iso_md5": "0", "boot_command": "a", "vboxmanage": [["a", 1]]}]}),
        json!({"builders": [{"type": "hyperv-iso", "anything": {}}], "post-processors": ["vagrant", ["compress", {"type": "docker-tag"}]]}),
        json!({"builders": [{"type": "amazon-ebs", "source_ami_filter": [{"filters": {"name": "x"}}], "ena_support": null}]}),
    ];
    for template in good {
        assert!(validator.is_valid(&template), "{template}");
    }
    let plain = || json!([{"type": "null"}]);
    let bad = [
        json!({}),
        json!({"builders": []}),
        json!({"builders": plain(), "provisoners": []}),
        json!({"builders": [{"type": "nul"}]}),
        json!({"builders": [{"ssh_host": "h"}]}),
        json!({"builders": [{"type": "null", "ssh_hots": "h"}]}),
        json!({"builders": [{"type": "null", "ssh_port": "many"}]}),
        json!({"builders": [{"type": "null", "ssh_port": 70000}]}),
        json!({"builders": [{"type": "null", "ssh_pty": "maybe"}]}),
        json!({"builders": plain(), "provisioners": [{"type": "powershell", "execution_policy": "bypas"}]}),
        json!({"builders": plain(), "provisioners": [{"type": "shell", "only": {}}]}),
        json!({"builders": plain(), "post-processors": [[["vagrant"]]]}),
        json!({"builders": plain(), "post-processors": [{"type": "vagrant", "override": {"aws": {"outptu": "x"}}}]}),
    ];
    for template in bad {
        assert!(!validator.is_valid(&template), "{template}");
    }
}

/// All templates in JSON among the examples.
fn examples() -> Vec<std::path::PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let folders = [root.clone(), root.join("machines")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let paths: Vec<_> = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    assert!(paths.len() > 2, "the examples are not there");
    paths
}
