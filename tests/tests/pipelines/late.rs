//! Options of HCL2 that name what the machine tells: the tools evaluate them when the step's turn comes.

use crate::{PIPELINE, image};
use kiln_tests::Sandbox;
use kiln_tests::template::builder;
use serde_json::{Value, json};

const STEPS: &str = r#"
build {
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = concat(
      ["echo \"id ${upper(build.ID)}\" > said"],
      [for part in split("-", build.ID) : "echo part ${part} >> said"],
      [build.Host == "" ? "echo nowhere >> said" : "echo somewhere >> said"],
      ["echo '${upper(var.secret)}' ${lower(build.ID)} >> said"],
    )
    valid_exit_codes = [build.ID == "" ? 1 : 0]
  }
  post-processor "shell-local" {
    inline          = ["echo ${strrev(build.ID)} >> said"]
    use_linux_pathing = build.ID == ""
  }
  post-processor "manifest" {
    output      = "${lower(build.ID)}.json"
    custom_data = { id = "<${title(build.ID)}>" }
  }
}
variable "secret" {
  default   = "hush $${x}`"
  sensitive = true
}
"#;

#[test]
fn of_null() {
    let sandbox = Sandbox::new();
    let source = "source \"null\" \"x\" { communicator = \"none\" }\n";
    sandbox.write("web.pkr.hcl", &format!("{source}{STEPS}"));
    let plan = sandbox.bash("validate --plan web.pkr.hcl").exits(0);
    assert!(plan.stdout.contains("{{hcl2 `concat("), "{plan}");
    assert!(plan.stdout.contains("use_linux_pathing: \"{{hcl2 `build.ID == \\\"\\\"`}}\""), "{plan}");
    let record = sandbox.bash("validate web.pkr.hcl | provision | postprocess").exits(0).record();
    assert_eq!(record["status"], "built", "{record:#}");
    let said = sandbox.bash("cat said").exits(0).stdout;
    assert_eq!(said, "id NULL\npart Null\nnowhere\nHUSH ${X}` null\nlluN\n");
    let manifest = sandbox.bash("jq -c .builds[0].custom_data null.json").exits(0).stdout;
    assert_eq!(manifest, "{\"id\":\"<Null>\"}\n");
}

#[test]
fn without_a_value() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "web.pkr.hcl",
        "source \"null\" \"x\" { communicator = \"none\" }\nbuild {\n  sources = [\"null.x\"]\n  provisioner \"shell-local\" { inline = [\"exit ${parseint(build.ID, 10)}\"] }\n}\n",
    );
    let record = sandbox.bash("validate web.pkr.hcl | provision").exits(1).record();
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("inline: cannot evaluate 'parseint(build.ID, 10)': parseint: "), "{message}");
}

/// What an instance tells, in a script that runs there, in its environment, and in what becomes of the image.
const INSTANCE: &str = r#"
build {
  sources = ["amazon-ebs.web"]
  provisioner "shell" {
    environment_vars = [
      "MACHINE=${replace(build.ID, "i-", "machine-")}",
      "USERS=${join(",", [for user in [build.User, "root"] : upper(user)])}",
    ]
    inline = [
      "echo $MACHINE $USERS ${build.Port > 1 ? "port" : "none"} | sudo tee /etc/made",
      "echo ${length(split(".", build.Host))} ${source.type} | sudo tee -a /etc/made",
    ]
  }
  provisioner "file" {
    content     = jsonencode({ ami = build.SourceAMI, name = trimprefix(build.SourceAMIName, "debian-") })
    destination = "/tmp/source.json"
  }
  provisioner "shell" { inline = ["sudo cp /tmp/source.json /etc/source.json"] }
  post-processor "manifest" {
    output      = "manifest.json"
    custom_data = { machine = upper(build.ID) }
  }
}
"#;

#[test]
fn of_an_instance() {
    let sandbox = Sandbox::new();
    let Value::Object(options) = builder("web", &json!({})) else { unreachable!() };
    let options: String = options
        .iter()
        .filter(|(name, _)| !["type", "name"].contains(&name.as_str()))
        .map(|(name, value)| format!("  {name} = {value}\n"))
        .collect();
    sandbox.write("web.pkr.hcl", &format!("source \"amazon-ebs\" \"web\" {{\n{options}}}\n{INSTANCE}"));
    let run = sandbox.bash(&PIPELINE.replace("web.json", "web.pkr.hcl")).exits(0);
    let ami = image(&run.record(), "us-east-1");
    let made = sandbox.aws.read_image(&ami, "/etc/made").unwrap();
    let machine = made.split(' ').next().unwrap().strip_prefix("machine-").unwrap();
    assert!(machine.len() == 17 && machine.chars().all(|digit| digit.is_ascii_hexdigit()), "{made}");
    assert!(made.ends_with(",ROOT port\n4 amazon-ebs\n"), "{made}");
    let source: Value =
        serde_json::from_str(&sandbox.aws.read_image(&ami, "/etc/source.json").unwrap()).unwrap();
    assert!(source["ami"].as_str().unwrap().starts_with("ami-") && source["name"] != "", "{source}");
    let manifest = sandbox.bash("jq -r .builds[0].custom_data.machine manifest.json").exits(0).stdout;
    assert_eq!(manifest, format!("I-{}\n", machine.to_uppercase()));
}
