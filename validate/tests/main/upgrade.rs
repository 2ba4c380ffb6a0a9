//! `--hcl2`: what comes of it plans the same builds as the template.

use crate::support::{Folder, Ran};
use record::Record;
use serde_json::{Value, json};
use template::Late;

/// What a record plans, with what the tools would still render of the run itself, and without its time.
fn planned(record: &Value) -> Value {
    let mut text = json!([
        record["type"],
        record["builder"],
        record["provisioners"],
        record["error_cleanup_provisioner"],
        record["post_processors"]
    ])
    .to_string();
    text = text.replace("{{build_name}}", record["build"].as_str().unwrap());
    for (name, value) in record["variables"].as_object().unwrap() {
        let value = value.to_string();
        text = text.replace(&format!("{{{{user `{name}`}}}}"), &value[1..value.len() - 1]);
    }
    let late = Late::of(&Record::parse(&record.to_string()).unwrap()).unwrap();
    for time in ["{{timestamp}}", "{{isotime}}"] {
        text = text.replace(&late.render(time).unwrap(), "TIME");
    }
    serde_json::from_str(&text).unwrap()
}

fn records(ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.records()
}

/// Plans both and compares.
fn compare(folder: &Folder, path: &str, given: &[&str]) {
    let upgraded = folder.run(&["--hcl2", path]);
    assert_eq!((upgraded.status, upgraded.err.as_str()), (0, ""), "{path}");
    let hcl = format!("{}.pkr.hcl", path.trim_end_matches(".json"));
    folder.write(&hcl, &upgraded.out);
    assert_eq!(folder.run(&["--fmt", "--check", &hcl]).status, 0, "it is laid out");
    let old = records(&folder.run(&[given, &[path]].concat()));
    let new = records(&folder.run(&[given, &[&hcl]].concat()));
    let name = |record: &Value| record["build"].as_str().unwrap().to_owned();
    let names: Vec<String> =
        old.iter().map(|one| format!("{}.{}", one["type"].as_str().unwrap(), name(one))).collect();
    assert_eq!(names, new.iter().map(name).collect::<Vec<_>>(), "{path}");
    let (old, new): (Vec<Value>, Vec<Value>) =
        (old.iter().map(planned).collect(), new.iter().map(planned).collect());
    assert_eq!(old, new, "{path}\n{}", upgraded.out);
    assert_eq!(plan(folder, path, given), plan(folder, &hcl, given), "{path}");
}

fn plan(folder: &Folder, path: &str, given: &[&str]) -> String {
    let ran = folder.run(&[given, &["--plan", path]].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.out
}

/// Writes a template and what comes of it: `t.json`, `t.pkr.hcl`. Gives the latter.
fn upgraded(folder: &Folder, template: &Value) -> String {
    folder.write("t.json", &template.to_string());
    let ran = folder.run(&["--hcl2", "t.json"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    folder.write("t.pkr.hcl", &ran.out);
    ran.out
}

#[test]
fn the_plan_stays() {
    let template = json!({
        "description": "both \"kinds\"",
        "min_packer_version": "1.5.0",
        "variables": {
            "plain": "1 ${x} %{y} \"q\" \\ é\n", "home": "{{env `HOME`}}/x", "needed": null, "size": "8", "list": "a,b",
            "made": "x-{{user `plain`}}-{{timestamp}}", "year": "{{isotime \"2006\"}}", "low": "{{user `home` | lower}}", "my name": "n", "password": "s3cret"
        },
        "sensitive-variables": ["password"],
        "builders": [
            {"type": "null", "communicator": "none"},
            {"type": "file", "name": "with space", "content": "{{user `made`}} {{user `year`}} {{isotime}} {{strftime `%Y`}} {{build_name}} {{build_type}} {{packer_version}} {{pwd}} {{template_dir}} {{user `low`}} {{upper `a`}} {{user `my name`}} {{user `nobody`}}", "target": "t"},
            {"type": "file", "name": "x-{{user `size`}}", "content": "{{if eq (user `size`) `8`}}eight{{else}}{{user `size`}}{{end}} {{- ` y`}} {{user `plain` | printf `%q`}} {{`{{`}}", "target": "{{user `password`}}"},
            {
                "type": "amazon-ebs", "name": "web", "region": "us-east-1", "instance_type": "t3.micro", "ssh_username": "admin",
                "AMI_NAME": "x {{user `needed`}} {{timestamp}}", "ebs_optimized": 1, "ami_regions": "{{user `list`}}", "ami_users": "1,2", "ami_groups": ["all"],
                "source_ami_filter": {"filters": [{"name": "debian-*"}, {"root-device-type": "ebs"}], "owners": ["self"], "most_recent": true},
                "tags": {"Base": "{{.SourceAMI}}", "a b": "{{user `size`}}", "null": "x", "{{user `list`}}": 5},
                "launch_block_device_mappings": [{"device_name": "/dev/sda1", "volume_size": "{{user `size`}}", "DELETE_on_termination": "t"}, {"device_name": "/dev/sdb", "no_device": true}],
                "metadata_options": {"http_tokens": "required"}
            }
        ],
        "provisioners": [
            {"type": "shell-local", "inline": "echo {{build `ID`}}", "only": ["web"], "pause_before": "5s", "override": {"web": {"inline": ["echo web ${HOME}"]}}},
            {"type": "shell", "inline": ["echo {{user `needed`}} {{build `SourceAMI`}}"], "execute_command": "sudo {{.Vars}} {{.Path}}", "except": ["null", "with space", "x-{{user `size`}}"], "max_retries": "{{user `size`}}", "timeout": "5m"},
            {"type": "breakpoint", "note": "a\nb", "disable": "true"}
        ],
        "error-cleanup-provisioner": {"type": "shell-local", "command": "echo failed"},
        "post-processors": [
            "manifest",
            {"type": "checksum", "checksum_types": ["md5"], "output": "{{.BuildName}}-{{build_name}}.{{.ChecksumType}}", "except": ["null"]},
            ["compress", {"type": "manifest", "name": "n", "keep_input_artifact": true, "only": ["web", "with space"], "custom_data": {"k": "{{user `size`}}"}}]
        ]
    });
    let folder = Folder::with(&template.to_string());
    compare(&folder, "t.json", &["-var", "needed=given"]);
    compare(&folder, "t.json", &["-var", "needed=given", "-var", "size=9"]);
    for (name, given) in [
        ("web", &[][..]),
        ("look", &["-var", "ami=ami-12345678", "-var", "ova=x.ova"]),
        ("everywhere", &["-var", "iso_url=http://x/y.iso", "-var", "iso_checksum=none"]),
    ] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
        let text = std::fs::read_to_string(format!("{path}/{name}.json")).unwrap();
        folder.write(&format!("{name}.json"), &text);
        for inside in ["scripts", "www", "machines"] {
            let _ = std::os::unix::fs::symlink(format!("{path}/{inside}"), folder.path().join(inside));
        }
        folder.write("x.ova", "");
        compare(&folder, &format!("{name}.json"), given);
    }
}

#[test]
fn secrets_and_defaults_are_as_packer_writes_them() {
    let folder = Folder::with(
        r#"{"variables": {"a": "{{env `A`}}", "b": "{{user `a`}}!", "c": null}, "sensitive-variables": ["b"], "builders": [{"type": "null", "communicator": "none"}]}"#,
    );
    let ran = folder.run(&["--hcl2", "t.json"]);
    for block in [
        "variable \"a\" {\n  type    = string\n  default = \"${env(\"A\")}\"\n}",
        "local \"b\" {\n  expression = \"${var.a}!\"\n  sensitive  = true\n}",
        "variable \"c\" {\n  type = string\n}",
        "source \"null\" \"null\" {\n  communicator = \"none\"\n}",
    ] {
        assert!(ran.out.contains(block), "{block}\n{}", ran.out);
    }
    let ran = folder.run(&["--hcl2", "--output-file", "o.pkr.hcl", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert!(folder.run(&["--hcl2", "--output-file", "o.pkr.hcl", "t.json"]).err.contains("exists already"));
    assert!(folder.run(&["--hcl2", "o.pkr.hcl"]).err.contains("o.pkr.hcl is HCL2 already"));
    folder.write("bad.json", "{\"builders\": [");
    let ran = folder.run(&["--hcl2", "bad.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("bad.json:1:"), "{}", ran.err);
}

#[test]
fn an_empty_text_is_what_it_is_in_json() {
    let folder = Folder::with("");
    let template = json!({
        "variables": {"truth": "", "number": "", "list": "", "on": "true", "made": "{{user `truth`}}"},
        "builders": [{
            "type": "amazon-ebs", "name": "web", "region": "us-east-1", "instance_type": "t3.micro", "ssh_username": "admin", "source_ami": "ami-12345678", "ami_name": "web",
            "ebs_optimized": "{{user `truth`}}", "ena_support": "{{user `truth`}}", "force_deregister": "{{user `on`}}", "ssh_port": "{{user `number`}}", "ami_users": "{{user `list`}}",
            "sriov_support": "{{user `made`}}", "encrypt_boot": "", "ssh_agent_auth": "{{user `undeclared`}}", "ami_regions": ""
        }]
    });
    folder.write("t.json", &template.to_string());
    for given in [&[][..], &["-var", "truth=true", "-var", "number=2222", "-var", "list=1,2"]] {
        compare(&folder, "t.json", given);
    }
    let text = upgraded(&folder, &template);
    for line in [
        r#"ebs_optimized    = "${var.truth}" == "" ? false : "${var.truth}""#,
        r#"ena_support      = "${var.truth}" == "" ? null : "${var.truth}""#,
        r#"force_deregister = "${var.on}""#,
        r#"ssh_port         = "${var.number}" == "" ? 0 : "${var.number}""#,
        r#"ami_users        = "${var.list}" == "" ? [] : split(",", "${var.list}")"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn components_of_others_have_the_blocks_that_packer_guesses() {
    let folder = Folder::with("");
    let text = upgraded(
        &folder,
        &json!({
            "variables": {"size": "5"},
            "builders": [{
                "type": "cloud-x", "name": "web", "disks": [{"size": 1}, {"size": "{{user `size`}}"}], "one_disk": [{"size": 3}], "labels": {"b": "{{user `nobody`}}", "a": "2"},
                "customize": {"linux_options": {"domain": "example.org"}, "dns": ["192.0.2.1"]}, "network_interface": {"address": "192.0.2.2"}, "key": "{{.Name}}", "lower": "{{user `size` | made_up}}"
            }],
            "provisioners": [
                {"type": "own", "list": [{"a": 1}], "override": {"web": {"list": [{"a": 2}, {"a": 3}], "one": {"b": [1]}}}},
                {"type": "shell", "inline": ["true"], "override": {"web": {"environment_vars": ["A=1"], "inline": "a,b"}}}
            ]
        }),
    );
    for block in [
        "  disks {\n    size = 1\n  }\n",
        "  labels = {\n",
        "  customize {\n    linux_options {\n",
        "  network_interface {\n",
        "        list = [{\n          a = 2\n",
        "        one = {\n          b = [1]\n",
        "        environment_vars = [\"A=1\"]\n",
    ] {
        assert!(text.contains(block), "{block}\n{text}");
    }
    let given = ["--allow-unknown"];
    let plans = [plan(&folder, "t.json", &given), plan(&folder, "t.pkr.hcl", &given)];
    assert_eq!(plans[0], plans[1]);
    assert!(plans[0].contains("a: 3") && plans[0].contains("A=1"), "{}", plans[0]);
}

#[test]
fn what_a_map_holds_is_an_object() {
    let folder = Folder::with("");
    let template = json!({
        "builders": [{"type": "null", "communicator": "none"}],
        "post-processors": [{"type": "vagrant", "override": {"virtualbox": {"output": "{{.Provider}}.box", "compression_level": 9}}}]
    });
    folder.write("t.json", &template.to_string());
    let text = upgraded(&folder, &template);
    assert!(text.contains("    override = {\n      virtualbox = {\n"), "{text}");
    assert_eq!(plan(&folder, "t.json", &[]), plan(&folder, "t.pkr.hcl", &[]));
}

#[test]
fn comments_of_the_root_stay() {
    let folder = Folder::with("");
    let text = upgraded(
        &folder,
        &json!({
            "_comment": "One line.", "_more": "Two\n\nlines.", "comments": [{"a": "A third."}, {"b": "A fourth."}],
            "builders": [{"type": "null", "communicator": "none"}]
        }),
    );
    let comments = "template in JSON.\n\n# One line.\n\n# Two\n#\n# lines.\n\n# A third.\n\n# A fourth.\n\nsource \"null\"";
    assert!(text.contains(comments), "{text}");
}

#[test]
fn what_a_variable_is_made_of_stays_hidden_or_wanted() {
    let folder = Folder::with("");
    let text = upgraded(
        &folder,
        &json!({
            "variables": {"key": "k-{{vault `secret/x` `key`}}", "both": "{{user `key`}}!", "own": "{{user `own`}}", "plain": "{{user `own`}}!"},
            "builders": [{"type": "file", "target": "t", "content": "{{user `both`}} {{user `own`}}"}]
        }),
    );
    for block in [
        "local \"key\" {\n  expression = \"k-${vault(\"secret/x\", \"key\")}\"\n  sensitive  = true\n}",
        "local \"both\" {\n  expression = \"${local.key}!\"\n  sensitive  = true\n}",
        "variable \"own\" {\n  type = string\n}",
        "local \"plain\" {\n  expression = \"${var.own}!\"\n}",
    ] {
        assert!(text.contains(block), "{block}\n{text}");
    }
}

/// What `packer hcl2_upgrade` would make of the template: its ways to write things, where they say the same.
#[test]
fn a_configuration_as_packer_upgrades_it_plans_the_same() {
    let folder = Folder::with(include_str!("../upgrade/template.json"));
    folder.write("packer.pkr.hcl", include_str!("../upgrade/packer.pkr.hcl"));
    let given = ["-var", "needed=admin"];
    let plan = |path: &str| {
        let lines = plan(&folder, path, &given);
        lines.lines().filter(|line| !line.starts_with("build:")).collect::<Vec<_>>().join(
            "
",
        )
    };
    assert_eq!(plan("t.json"), plan("packer.pkr.hcl"));
    compare(&folder, "t.json", &given);
}

#[test]
fn a_function_of_some_builders_is_refused_alike_elsewhere() {
    let folder = Folder::with("");
    upgraded(
        &folder,
        &json!({
            "builders": [{"type": "null", "communicator": "none"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo {{isotime | clean_resource_name}}"]}]
        }),
    );
    for path in ["t.json", "t.pkr.hcl"] {
        let ran = folder.run(&[path]);
        assert_eq!(ran.status, 2);
        let message = "error[template-text]: this component does not know 'clean_resource_name'
";
        assert!(ran.err.starts_with(message), "{}", ran.err);
    }
}
