//! `--lock` and `--locked`: what builds depend on, kept and compared.

use crate::support::Folder;
use serde_json::Value;

const TEMPLATE: &str = r#"{
  "builders": [
    {"type": "qemu", "name": "vm", "iso_url": "disk.iso", "iso_checksum": "none", "ssh_username": "root",
     "floppy_files": ["answers/*.cfg"], "http_directory": "http", "shutdown_command": "poweroff"},
    {"type": "qemu", "name": "far", "iso_url": "https://example.com/a.iso", "iso_checksum": "sha256:SUM",
     "ssh_username": "root", "shutdown_command": "poweroff"},
    {"type": "amazon-ebs", "name": "web", "region": "us-east-1", "source_ami": "ami-0123456789abcdef0",
     "instance_type": "t3.micro", "ssh_username": "admin", "ami_name": "web"}
  ],
  "provisioners": [
    {"type": "shell", "scripts": ["a.sh", "b.sh"]},
    {"type": "file", "source": "a.sh", "destination": "/tmp/a"},
    {"type": "file", "source": "/etc/made", "destination": "made", "direction": "download"}
  ]
}"#;

fn folder() -> Folder {
    let folder = Folder::with(&TEMPLATE.replace("SUM", &"0".repeat(64)));
    for name in ["answers", "http/deep"] {
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for name in ["disk.iso", "answers/a.cfg", "answers/b.cfg", "http/x", "http/deep/y", "a.sh", "b.sh"] {
        folder.write(name, name);
    }
    folder
}

#[test]
fn a_lock_holds_what_builds_depend_on() {
    let folder = folder();
    let ran = folder.run(&["--lock", "kiln.lock", "t.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.records().len(), 3, "the records are printed all the same");
    let text = std::fs::read_to_string(folder.path().join("kiln.lock")).unwrap();
    let lock: Value = serde_json::from_str(&text).unwrap();
    let builds = &lock["builds"]["t.json"];
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(builds), ["far", "vm", "web"]);
    let files = ["a.sh", "answers/a.cfg", "answers/b.cfg", "b.sh", "http/deep/y", "http/x"];
    assert_eq!(names(&builds["vm"]["files"]), files);
    assert_eq!(builds["vm"]["image"], format!("sha256:{}", sha256("disk.iso")));
    assert_eq!(builds["far"]["image"], format!("sha256:{}", "0".repeat(64)));
    assert_eq!(builds["web"]["source_ami"], "ami-0123456789abcdef0");
    let again = folder.run(&["--lock", "kiln.lock", "t.json"]);
    assert_eq!(again.status, 0, "{}", again.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("kiln.lock")).unwrap(), text);
    let same = folder.run(&["--locked", "kiln.lock", "t.json"]);
    assert_eq!((same.status, same.records().len()), (0, 3), "{}", same.err);
}

#[test]
fn each_difference_is_told() {
    let folder = folder();
    assert_eq!(folder.run(&["--lock", "kiln.lock", "t.json"]).status, 0);
    folder.write("a.sh", "other");
    std::fs::remove_file(folder.path().join("http/x")).unwrap();
    folder.write("http/new", "new");
    let changed = TEMPLATE.replace("SUM", &"1".repeat(64)).replace("ami-0123456789abcdef0", "ami-1");
    folder.write("t.json", &changed);
    let ran = folder.run(&["--locked", "kiln.lock", "-only=vm,web,far", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    for line in [
        format!(
            "error[lock]: t.json, vm: a.sh was sha256:{}, is sha256:{}\n",
            sha256("a.sh"),
            sha256("other")
        ),
        format!("error[lock]: t.json, vm: http/x was sha256:{}, is nothing\n", sha256("http/x")),
        format!("error[lock]: t.json, vm: http/new was nothing, is sha256:{}\n", sha256("new")),
        format!(
            "error[lock]: t.json, far: image was sha256:{}, is sha256:{}\n",
            "0".repeat(64),
            "1".repeat(64)
        ),
        "error[lock]: t.json, web: source AMI was ami-0123456789abcdef0, is ami-1\n".to_owned(),
        "validate --lock kiln.lock".to_owned(),
    ] {
        assert!(ran.err.contains(&line), "{line}\n{}", ran.err);
    }
}

#[test]
fn builds_that_come_and_go_are_differences() {
    let folder = folder();
    assert_eq!(folder.run(&["--lock", "kiln.lock", "-only=vm", "t.json"]).status, 0);
    assert_eq!(folder.run(&["--locked", "kiln.lock", "-only=vm", "t.json"]).status, 0);
    let more = folder.run(&["--locked", "kiln.lock", "-only=vm,web", "t.json"]);
    assert_eq!(more.status, 2);
    assert!(more.err.contains("t.json, web: this build is not in kiln.lock"), "{}", more.err);
    assert_eq!(folder.run(&["--lock", "kiln.lock", "t.json"]).status, 0);
    let changed = TEMPLATE.replace("SUM", &"0".repeat(64)).replace("\"web\"", "\"www\"");
    folder.write("t.json", &changed);
    let gone = folder.run(&["--locked", "kiln.lock", "t.json"]);
    assert!(gone.err.contains("t.json, web: kiln.lock has this build, and there is none"), "{}", gone.err);
}

#[test]
fn only_a_lock_gives_way_to_a_lock() {
    let folder = folder();
    folder.write("precious", "{}");
    let ran = folder.run(&["--lock", "precious", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("precious exists already"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("precious")).unwrap(), "{}");
    let ran = folder.run(&["--locked", "precious", "t.json"]);
    assert!(ran.err.contains("precious is not a lock file"), "{}", ran.err);
    let ran = folder.run(&["--locked", "none", "t.json"]);
    assert!(ran.err.contains("cannot read the lock file none"), "{}", ran.err);
}

#[test]
fn what_is_not_compared_whole_is_not_built() {
    let folder = folder();
    assert_eq!(folder.run(&["--lock", "kiln.lock", "t.json"]).status, 0);
    folder.write("bad.json", r#"{"builders": [{"type": "nope"}]}"#);
    let ran = folder.run(&["--locked", "kiln.lock", "t.json", "bad.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
