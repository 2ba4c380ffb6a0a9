//! Options of HCL2 that name what the machine tells: the tools evaluate them when the step's turn comes.

use kiln_tests::Sandbox;

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
