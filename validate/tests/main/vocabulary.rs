//! The options of components: the verdicts of Packer 1.6.6 (`tests/vocabulary/verdicts.txt`). With `PACKER=packer` in the
//! environment, that program is asked too.

use crate::support::Folder;

/// What lines leave out.
#[rustfmt::skip] // One a line.
const ABBREVIATIONS: [(&str, &str); 8] = [
    ("@ssh", r#""ssh_host":"h","ssh_username":"u","ssh_password":"p""#),
    ("@winrm", r#""winrm_host":"h","winrm_username":"u","winrm_password":"p""#),
    ("@ebs", r#""region":"us-east-1","access_key":"a","secret_key":"b","ami_name":"abc","source_ami":"ami-1","instance_type":"m1","ssh_username":"u""#),
    ("@volume", r#""region":"us-east-1","access_key":"a","secret_key":"b","source_ami":"ami-1","instance_type":"m1","ssh_username":"u""#),
    ("@chroot", r#""region":"us-east-1","access_key":"a","secret_key":"b","ami_name":"abc""#),
    ("@root", r#""ami_root_device":{"source_device_name":"/dev/xvdf","device_name":"/dev/xvda"},"launch_block_device_mappings":[{"device_name":"/dev/xvdf","volume_size":8}]"#),
    ("@bundle", r#""account_id":"1234-5678-9012","s3_bucket":"b","x509_cert_path":"f.yml","x509_key_path":"f.yml""#),
    ("@import", r#""s3_bucket_name":"b","access_key":"a","secret_key":"b","region":"us-east-1""#),
];

#[test]
fn verdicts() {
    let folder = Folder::with("{}");
    for name in ["d", "k"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    folder.write("f.yml", "");
    folder.write("k/rsa", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n");
    if std::env::var_os("PACKER").is_some() {
        // Packer takes the key apart.
        let key = folder.path().join("k/rsa");
        std::fs::remove_file(&key).unwrap();
        let mut command = std::process::Command::new("ssh-keygen");
        assert!(
            command.args(["-qm", "PEM", "-t", "rsa", "-N", "", "-f"]).arg(&key).status().unwrap().success()
        );
    }
    let lines: Vec<&str> =
        include_str!("../vocabulary/verdicts.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 250, "only {} lines were read", lines.len());
    let parts =
        |line: &'static str| -> [&str; 3] { line.splitn(3, " | ").collect::<Vec<_>>().try_into().unwrap() };
    let names: Vec<String> = (0..lines.len()).map(|index| format!("{index}.json")).collect();
    for (name, line) in names.iter().zip(&lines) {
        let [sort, _, options] = parts(line);
        let options =
            ABBREVIATIONS.iter().fold(options.to_owned(), |text, (short, long)| text.replace(short, long));
        let null = r#"{"type":"null","communicator":"none"}"#;
        let template = match sort {
            "builder" => format!(r#"{{"builders":[{options}]}}"#),
            sort => format!(r#"{{"builders":[{null}],"{sort}s":[{options}]}}"#),
        };
        folder.write(name, &template);
    }
    // One run for all of them: a hundred times as fast.
    let names: Vec<&str> = ["--format", "json"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut said = std::collections::BTreeMap::<String, Vec<String>>::new();
    for diagnostic in
        folder.run(&names).records().iter().filter(|diagnostic| diagnostic["severity"] == "error")
    {
        let text = |key: &str| diagnostic[key].as_str().unwrap().to_owned();
        said.entry(text("file")).or_default().push(text("message"));
    }
    let mut wrong = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let [_, expected, _] = parts(line);
        let expected = expected.split(" ! ").next().unwrap();
        let said = said.get(&format!("{index}.json")).cloned().unwrap_or_default();
        let is_good = match expected {
            "ok" => said.is_empty(),
            text => said.iter().any(|message| message == text),
        };
        if !is_good {
            wrong.push(format!("{line}\n{said:?}"));
        }
        wrong.extend(ask_packer(&folder, index, line));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With `PACKER=packer` in the environment, that program is asked too; gives what it does not say as expected.
fn ask_packer(folder: &Folder, index: usize, line: &str) -> Option<String> {
    let packer = std::env::var_os("PACKER")?;
    let mut command = std::process::Command::new(packer);
    command
        .args(["validate", &format!("{index}.json")])
        .current_dir(folder.path())
        .env("CHECKPOINT_DISABLE", "1");
    let said = command.stdin(std::process::Stdio::null()).output().unwrap();
    let expected = line.split(" | ").nth(1).unwrap();
    let is_right = expected.split(" ! ").last().unwrap().starts_with("ok");
    (said.status.success() != is_right)
        .then(|| format!("{line}\nPacker says otherwise: {}", String::from_utf8_lossy(&said.stdout)))
}

#[test]
fn what_no_tool_runs_is_planned_with_one_warning() {
    let folder = Folder::with(
        r#"{
  "builders": [
    {"type": "null", "name": "a", "@ssh", "ssh_bastion_host": "b", "ssh_bastion_password": "p"},
    {"type": "null", "name": "b", "communicator": "winrm", "@winrm"}
  ],
  "provisioners": [
    {"type": "powershell", "inline": ["a"]},
    {"type": "powershell", "inline": ["b"]},
    {"type": "windows-shell", "inline": ["a"], "only": ["b"]}
  ],
  "post-processors": [["vagrant", "manifest"]]
}"#
        .replace("\"@ssh\"", ABBREVIATIONS[0].1)
        .replace("\"@winrm\"", ABBREVIATIONS[1].1)
        .as_str(),
    );
    let ran = folder.run(&["t.json"]);
    assert_eq!((ran.status, ran.records().len()), (0, 2), "{}", ran.err);
    let lines: Vec<&str> =
        ran.err.lines().filter(|line| line.starts_with("warning") || line.contains("-->")).collect();
    assert_eq!(
        lines,
        [
            "warning[not-run]: no tool of this version connects by 'ssh_bastion_host': the build will be refused",
            " --> t.json:3:109",
            "warning[not-run]: no tool of this version provisions a machine by 'winrm': the build will be refused",
            " --> t.json:4:51",
            "warning[not-run]: no tool of this version runs the provisioner 'powershell': the build will be refused",
            " --> t.json:7:14",
            "warning[not-run]: no tool of this version runs the provisioner 'windows-shell': the build will be refused",
            " --> t.json:9:14",
            "warning[not-run]: no tool of this version runs the post-processor 'vagrant': the build will be refused",
            "  --> t.json:11:24",
        ]
    );
    assert!(ran.err.contains("help: leave it out with -except=vagrant, "), "{}", ran.err);
    let ran = folder.run(&["-only=a", "-except=vagrant", "t.json"]);
    assert!(!ran.err.contains("vagrant") && !ran.err.contains("winrm"), "{}", ran.err);
}

#[test]
fn a_deferred_template_names_only_what_will_be_known() {
    let folder = Folder::with(
        r#"{
  "builders": [{"type": "null", "ssh_host": "h", "ssh_username": "u", "ssh_password": "p"}],
  "provisioners": [
    {"type": "shell", "inline": ["a"], "execute_command": "{{.Vars}} {{.Pth}} {{.User}}"},
    {"type": "shell-local", "inline": ["a"], "execute_command": ["sh", "-c", "{{.Vars}} {{.Script}} {{.Path}}"]}
  ],
  "post-processors": [{"type": "checksum", "output": "{{.Checksum}}"}]
}"#,
    );
    let ran = folder.run(&["t.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    let lines: Vec<&str> =
        ran.err.lines().filter(|line| line.starts_with("error") || line.contains("-->")).collect();
    assert_eq!(
        lines,
        [
            "error[no-value]: {{.Pth}} will not be known in this option",
            " --> t.json:4:72",
            "error[no-value]: {{.Path}} will not be known in this option",
            " --> t.json:5:103",
            "error[no-value]: {{.Checksum}} will not be known in this option",
            " --> t.json:7:57",
        ]
    );
    assert!(ran.err.contains("help: did you mean '{{.Path}}'?"), "{}", ran.err);
}

const FOREIGN: &str = r#"{
  "variables": {"size": "8"},
  "builders": [
    {"type": "null", "communicator": "none"},
    {"type": "hyperv-iso", "name": "hv", "disk": "{{user `size`}}", "boot_command": ["{{.HTTPIP}} {{user `size`}}"]},
    {"type": "azure-arm", "image": "{{nope `a:b`}}"}
  ],
  "provisioners": [{"type": "windows-update", "only": ["hv"], "filters": ["{{build_type}}"]}],
  "post-processors": [{"type": "docker-tag", "except": ["null"]}]
}"#;

#[test]
fn builds_that_nobody_builds_are_left_out_or_passed_on() {
    let folder = Folder::with(FOREIGN);
    let ran = folder.run(&["t.json"]);
    let lines: Vec<&str> =
        ran.err.lines().filter(|line| line.starts_with("error") || line.starts_with("help")).collect();
    let help =
        "help: '-except=hv,azure-arm' builds the others; --allow-unknown passes it on to a tool of your own";
    assert_eq!(
        lines,
        [
            "error[not-in-this-version]: Kiln has no builder 'hyperv-iso' (Hyper-V)",
            help,
            "error[not-in-this-version]: Kiln has no builder 'azure-arm' (Azure)",
            help,
        ]
    );
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    for selection in ["-except=hv,azure-arm", "-only=null"] {
        let ran = folder.run(&[selection, "t.json"]);
        assert_eq!((ran.status, ran.records().len(), ran.err.as_str()), (0, 1, ""));
    }
    let ran = folder.run(&["--allow-unknown", "t.json"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let records = ran.records();
    assert_eq!(records[1]["builder"]["disk"], "8");
    assert_eq!(records[1]["builder"]["boot_command"][0], "{{.HTTPIP}} {{user `size`}}");
    assert_eq!(records[1]["provisioners"][0]["filters"][0], "hyperv-iso");
    assert_eq!(records[2]["builder"]["image"], "{{nope `a:b`}}");
    assert_eq!(records[2]["post_processors"][0][0]["type"], "docker-tag");
    folder.write(
        "t.json",
        &FOREIGN.replace("{{.HTTPIP}} {{user `size`}}", "{{").replace("\"only\": [\"hv\"], ", ""),
    );
    let ran = folder.run(&["--allow-unknown", "t.json"]);
    for said in [
        "the template is malformed: unclosed action",
        "Kiln has no provisioner 'windows-update' (a plugin that installs Windows' updates)",
    ] {
        assert!(ran.status == 2 && ran.err.contains(said), "{}", ran.err);
    }
    folder.write(
        "t.pkr.hcl",
        "source \"null\" \"a\" { communicator = \"none\" }\nsource \"hyperv-iso\" \"b\" {}\nbuild { sources = [\"null.a\", \"hyperv-iso.b\"] }\n",
    );
    let ran = folder.run(&["t.pkr.hcl"]);
    assert!(ran.status == 2 && ran.err.contains("help: '-except=hyperv-iso.b' builds"), "{}", ran.err);
    let ran = folder.run(&["-except=hyperv-iso.b", "t.pkr.hcl"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
}
