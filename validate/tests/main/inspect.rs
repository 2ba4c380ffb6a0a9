//! `--inspect`: what templates hold.

use crate::command::two;
use crate::hcl2::project;
use crate::support::Folder;
use serde_json::json;

#[test]
fn inspect_shows_what_a_template_holds() {
    let ran = two().run(&["--inspect", "t.json"]);
    let expected = "\
two files

VARIABLE  DEFAULT
name      web
secret    <sensitive>
both      {{user `name`}}-{{user `late`}}
late      x

BUILD              TYPE
{{user `name`}}-1  file
two                file

STEP              TYPE             BUILDS
provisioner       shell-local      two
provisioner       shell-local      all
post-processor 1  manifest         all
post-processor 1  checksum (sums)  all
";
    assert_eq!((ran.status, ran.out.as_str()), (0, expected));
}

/// Two build blocks, data that is not asked, a variable that is not given, secrets in other values.
const CONFIGURATION: &str = r#"data "amazon-ami" "base" {
  filters = { name = "debian-*" }
  owners  = ["self"]
}
variable "region" {
  type        = string
  description = "where"
}
variable "password" {
  type      = string
  sensitive = true
}
variable "token" {
  default   = "correct horse"
  sensitive = true
}
variable "zones" {
  type    = list(string)
  default = ["a", "b"]
}
locals {
  image  = data.amazon-ami.base.id
  place  = "${var.region}-1"
  header = "Bearer ${var.token}"
}
local "key" {
  expression = "abc"
  sensitive  = true
}
source "file" "one" {
  target  = "x"
  content = "x"
}
build {
  name        = "b"
  description = "two builds"
  sources     = ["source.file.one"]
  source "source.file.one" {
    name = "two"
  }
  provisioner "shell-local" {
    inline = ["echo a"]
    except = ["file.one"]
  }
  post-processors {
    post-processor "checksum" {
      name = "sums"
    }
    post-processor "compress" {
      output = "x.tar.gz"
    }
  }
}
build {
  sources = ["source.file.one"]
  provisioner "breakpoint" {}
}
"#;

fn configuration() -> Folder {
    let folder = Folder::with("{}");
    folder.write("t.pkr.hcl", CONFIGURATION);
    folder
}

#[test]
fn inspect_shows_locals_data_and_types_of_configurations() {
    let ran = configuration().run(&["--inspect", "t.pkr.hcl"]);
    let expected = r#"two builds

VARIABLE  TYPE          DEFAULT
region    string        (required)
password  string        (required, sensitive)
token                   <sensitive>
zones     list(string)  ["a","b"]

LOCAL   VALUE
image   <data.amazon-ami.base.id>
place   (unknown)
header  Bearer <sensitive>
key     <sensitive>

DATA  TYPE
base  amazon-ami

BUILD       TYPE
b.file.one  file
b.file.two  file
file.one    file

STEP              TYPE             BUILDS
provisioner       shell-local      b.file.two
provisioner       breakpoint       file.one
post-processor 1  checksum (sums)  b.file.one, b.file.two
post-processor 1  compress         b.file.one, b.file.two
"#;
    assert_eq!((ran.status, ran.out.as_str()), (0, expected));
    let ran = configuration().run(&["--inspect", "-var", "region=eu", "t.pkr.hcl"]);
    assert!(ran.out.contains("place   eu-1\n"), "{}", ran.out);
}

#[test]
fn a_folder_is_inspected_as_one() {
    let ran = project().run(&["--inspect", "web"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    for line in ["us-east-1", "(required, sensitive)", "web.null.local         null", "amazon-ebs.server"] {
        assert!(ran.out.contains(line), "{line}\n{}", ran.out);
    }
}

#[test]
fn inspect_is_for_programs_too() {
    let ran = configuration().run(&["--inspect", "--json", "t.pkr.hcl"]);
    let held = ran.records().remove(0);
    assert_eq!(
        held["variables"][1],
        json!({"name": "password", "type": "string", "required": true, "sensitive": true, "default": null})
    );
    assert_eq!(held["locals"][3], json!({"name": "key", "sensitive": true, "value": "<sensitive>"}));
    assert_eq!(held["data"], json!([{"name": "base", "type": "amazon-ami"}]));
    assert_eq!(held["builds"][2], json!({"name": "file.one", "type": "file"}));
    assert_eq!(held["post_processors"][0][0]["name"], "sums");
    assert!(!ran.out.contains("correct horse"), "{}", ran.out);
}
