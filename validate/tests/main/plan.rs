//! `--plan`: what the tools would do, for people and for comparing.

use crate::support::Folder;

const TEMPLATE: &str = r#"{
  "variables": {"password": "correct-horse"},
  "sensitive-variables": ["password"],
  "builders": [{
    "type": "amazon-ebs", "name": "web", "region": "us-east-1", "ami_regions": ["eu-west-1"],
    "source_ami_filter": {"filters": {"name": "debian-12-*"}, "owners": ["136693071363"], "most_recent": true},
    "instance_type": "t3.micro", "ssh_username": "admin", "ami_name": "web-{{timestamp}}-{{uuid}}",
    "tags": {"Base": "{{.SourceAMI}}"}
  }],
  "provisioners": [
    {"type": "shell", "inline": ["echo {{user `password`}}", "true"], "pause_before": "5s"},
    {"type": "shell-local", "inline": ["curl https://me:battery-staple@host/"]}
  ],
  "post-processors": [["manifest", {"type": "checksum", "name": "sums"}]]
}"#;

const CONFIGURATION: &str = r#"
variable "password" {
  default   = "correct-horse"
  sensitive = true
}
source "amazon-ebs" "web" {
  region      = "us-east-1"
  ami_regions = ["eu-west-1"]
  source_ami_filter {
    filters     = { name = "debian-12-*" }
    owners      = ["136693071363"]
    most_recent = true
  }
  instance_type = "t3.micro"
  ssh_username  = "admin"
  ami_name      = "web-{{timestamp}}-{{uuid}}"
  tags          = { Base = "{{.SourceAMI}}" }
}
build {
  sources = ["amazon-ebs.web"]
  provisioner "shell" {
    inline       = ["echo ${var.password}", "true"]
    pause_before = "5s"
  }
  provisioner "shell-local" {
    inline = ["curl https://me:battery-staple@host/"]
  }
  post-processors {
    post-processor "manifest" {}
    post-processor "checksum" {
      name = "sums"
    }
  }
}
"#;

const PLAN: &str = r#"build: web
type: amazon-ebs
makes:
  - AMI web-0-00000000-0000-0000-0000-000000000000 in us-east-1
  - AMI web-0-00000000-0000-0000-0000-000000000000 in eu-west-1
steps:
  - build-ec2: look up
    source_ami_filter:
      filters:
        name: "debian-12-*"
      owners:
        - "136693071363"
      most_recent: true
    region: us-east-1
  - build-ec2: create key pair
  - build-ec2: create security group
    temporary_security_group_source_cidrs:
      - "0.0.0.0/0"
  - build-ec2: run instance
    instance_type: t3.micro
    shutdown_behavior: stop
    capacity_reservation_preference: none
    metadata_options:
      http_endpoint: enabled
      http_tokens: optional
      http_put_response_hop_limit: 1
      instance_metadata_tags: disabled
    windows_password_timeout: "20m0s"
  - build-ec2: wait for instance
  - build-ec2: wait for the communicator
    communicator: ssh
    ssh_username: admin
    ssh_timeout: "5m0s"
    ssh_handshake_attempts: 10
    ssh_file_transfer_method: scp
    ssh_keep_alive_interval: "5s"
  - provision: connect
  - provision: shell
    inline:
      - echo <sensitive>
      - "true"
    inline_shebang: /bin/sh -e
    execute_command: "chmod +x {{.Path}}; {{.Vars}} {{.Path}}"
    env_var_format: "%s='%s' "
    remote_folder: /tmp
    start_retry_timeout: "5m0s"
    valid_exit_codes:
      - 0
    pause_before: "5s"
  - provision: shell-local
    inline:
      - curl https://me:<sensitive>@host/
    valid_exit_codes:
      - 0
  - provision: hand over to build-ec2
  - build-ec2: stop instance
  - build-ec2: create image
    ami_name: web-0-00000000-0000-0000-0000-000000000000
    ami_regions:
      - eu-west-1
  - build-ec2: copy image to eu-west-1
  - build-ec2: finish image in us-east-1
    tags:
      Base: "{{.SourceAMI}}"
  - build-ec2: finish image in eu-west-1
  - build-ec2: remove instance
  - postprocess: manifest
    sequence: 1
    output: packer-manifest.json
  - postprocess: sums
    sequence: 1
    type: checksum
    checksum_types:
      - md5
    output: "packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum"
"#;

#[test]
fn a_plan_has_one_fact_a_line_and_no_secret() {
    let folder = Folder::with(TEMPLATE);
    for _ in 0..2 {
        let ran = folder.run(&["--plan", "t.json"]);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, PLAN, ""));
    }
}

#[test]
fn json_and_hcl2_have_the_same_plan() {
    let folder = Folder::with(TEMPLATE);
    folder.write("t.pkr.hcl", CONFIGURATION);
    let ran = folder.run(&["--plan", "t.pkr.hcl"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, PLAN, ""));
}

#[test]
fn plans_of_many_builds_are_documents() {
    let folder = Folder::with(
        r#"{"builders": [
            {"type": "file", "name": "a", "target": "a", "content": "line 1\nline 2\n{{timestamp}}"},
            {"type": "mine", "name": "b", "options": {"x": [1, "y"]}}],
            "error-cleanup-provisioner": {"type": "shell-local", "inline": ["true"]}}"#,
    );
    let ran = folder.run_with(&["--plan", "--allow-unknown", "t.json"], &[("SOURCE_DATE_EPOCH", "86400")]);
    let expected = r#"build: a
type: file
makes:
  - file a
steps:
  - provision: write file
    content: |-
      line 1
      line 2
      86400
    target: a
on_failure:
  provision: shell-local
  inline:
    - "true"
  valid_exit_codes:
    - 0
---
build: b
type: mine
steps:
  - build-mine: build
    options:
      x:
        - 1
        - "y"
on_failure:
  provision: shell-local
  inline:
    - "true"
  valid_exit_codes:
    - 0
"#;
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
}

#[test]
fn plans_are_for_programs_too() {
    let folder = Folder::with(TEMPLATE);
    let ran = folder.run(&["--plan", "--json", "t.json"]);
    let plan = ran.records().remove(0);
    assert_eq!(plan["template"], "t.json");
    assert_eq!(plan["makes"][1], "AMI web-0-00000000-0000-0000-0000-000000000000 in eu-west-1");
    assert_eq!(plan["steps"][0]["tool"], "build-ec2");
    assert_eq!(plan["steps"][0]["step"], "look up");
    assert_eq!(plan["steps"][0]["options"]["region"], "us-east-1");
}

#[test]
fn every_option_is_in_the_plan_once() {
    let folder = Folder::with(TEMPLATE);
    let record = folder.run(&["t.json"]).records().remove(0);
    let plan = folder.run(&["--plan", "--json", "t.json"]).records().remove(0);
    let steps = plan["steps"].as_array().unwrap().iter().filter(|step| step["tool"] == "build-ec2");
    let mut planned: Vec<&String> =
        steps.flat_map(|step| step["options"].as_object().unwrap().keys()).collect();
    let mut written: Vec<&String> = record["builder"].as_object().unwrap().keys().collect();
    planned.sort();
    written.sort();
    assert_eq!(planned, written);
}

#[test]
fn a_time_that_is_none_is_refused() {
    let ran = Folder::with(TEMPLATE).run_with(&["--plan", "t.json"], &[("SOURCE_DATE_EPOCH", "today")]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with("error[command-line]: SOURCE_DATE_EPOCH is 'today'"), "{}", ran.err);
}
