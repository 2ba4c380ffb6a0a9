//! What templates ask of AWS before there is a build: through `build-ec2 --data`, only when a value is wanted.

use kiln_tests::Sandbox;
use serde_json::{Value, json};

/// Makes something by AWS's JSON protocol.
fn store(sandbox: &Sandbox, service: &str, target: &str, body: &Value) {
    let line = format!(
        "curl -sf -X POST \"$AWS_ENDPOINT_URL\" -H 'Content-Type: application/x-amz-json-1.1' \
         -H 'X-Amz-Target: {target}' -H \"Authorization: AWS4-HMAC-SHA256 \
         Credential=$AWS_ACCESS_KEY_ID/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\" -d '{body}'"
    );
    sandbox.bash(&line).exits(0);
}

fn secrets(sandbox: &Sandbox) {
    for (name, text) in
        [("web/db", r#"{"user": "admin", "password": "correct-horse"}"#), ("plain", "battery-staple")]
    {
        let body = json!({"Name": name, "SecretString": text, "ClientRequestToken": "0".repeat(32)});
        store(sandbox, "secretsmanager", "secretsmanager.CreateSecret", &body);
    }
}

#[test]
fn a_variable_has_its_value_in_secrets_manager() {
    let sandbox = Sandbox::new();
    secrets(&sandbox);
    let template = |value: &str| {
        json!({
            "variables": {"a": value},
            "builders": [{"type": "file", "target": "t", "content": "{{user `a`}}"}]
        })
        .to_string()
    };
    for (value, content) in [
        ("{{aws_secretsmanager `web/db` `password`}}", "correct-horse"),
        ("{{aws_secretsmanager `plain`}}", "battery-staple"),
        ("{{aws_secretsmanager_raw `web/db`}}", r#"{"user": "admin", "password": "correct-horse"}"#),
    ] {
        sandbox.write("t.json", &template(value));
        let record = sandbox.bash("validate t.json").exits(0).record();
        assert_eq!((&record["builder"]["content"], &record["sensitive"]), (&json!(content), &json!(["a"])));
    }
    sandbox.write("t.json", &template("{{aws_secretsmanager `missing`}}"));
    let run = sandbox.bash("validate t.json").exits(2);
    assert!(run.stderr.contains("GetSecretValue failed: ResourceNotFoundException"), "{run}");
    let asked = sandbox.aws.calls().len();
    sandbox.bash("validate --syntax-only t.json").exits(0);
    assert_eq!(sandbox.aws.calls().len(), asked);
}

/// A configuration whose one build has these contents.
fn configuration(data: &str, content: &str) -> String {
    format!(
        "{data}\nsource \"file\" \"x\" {{\n  content = {content}\n  target  = \"t\"\n}}\nbuild {{ sources = [\"file.x\"] }}\n"
    )
}

#[test]
fn data_sources_tell_images_parameters_and_secrets() {
    let sandbox = Sandbox::new();
    secrets(&sandbox);
    for (kind, value) in [("String", "12"), ("SecureString", "staple-gun")] {
        let body = json!({"Name": format!("/web/{kind}"), "Type": kind, "Value": value});
        store(&sandbox, "ssm", "AmazonSSM.PutParameter", &body);
    }
    let data = r#"
data "amazon-parameterstore" "plain" { name = "/web/String" }
data "amazon-parameterstore" "secure" {
  name            = "/web/SecureString"
  with_decryption = true
}
data "amazon-secretsmanager" "db" {
  name = "web/db"
  key  = "password"
}
data "amazon-secretsmanager" "plain" { name = "plain" }
locals {
  version = data.amazon-parameterstore.plain.version
  user    = jsondecode(data.amazon-secretsmanager.db.secret_string).user
}
data "amazon-ami" "base" {
  filters     = { name = "debian-${data.amazon-parameterstore.plain.value}-*" }
  owners      = ["self", "136693071363"]
  most_recent = true
  region      = "us-east-1"
}
"#;
    let content = r#"join("|", [
    data.amazon-parameterstore.plain.value, local.version, data.amazon-parameterstore.secure.value,
    data.amazon-secretsmanager.db.value, data.amazon-secretsmanager.plain.value, local.user,
    data.amazon-ami.base.name, data.amazon-ami.base.owner, jsonencode(data.amazon-ami.base.tags),
  ])"#;
    sandbox.write("t.pkr.hcl", &configuration(data, content));
    let run = sandbox.bash("validate t.pkr.hcl").exits(0);
    let record = run.record();
    let told = record["builder"]["content"].as_str().unwrap();
    assert!(told.starts_with("12|1|staple-gun|correct-horse|battery-staple|admin|debian-12-"), "{run}");
    let hidden: Vec<&str> =
        record["sensitive"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let hidden: Vec<&str> = hidden.iter().map(|name| record["variables"][name].as_str().unwrap()).collect();
    for secret in ["staple-gun", "correct-horse", "battery-staple", "admin"] {
        assert!(hidden.contains(&secret), "{secret}: {run}");
    }
    assert!(!hidden.contains(&"12"), "{run}");
    let asked = sandbox.aws.calls().len();
    let run = sandbox.bash("validate --no-data t.pkr.hcl").exits(0);
    assert!(run.record()["builder"]["content"].as_str().unwrap().starts_with("<data."), "{run}");
    assert_eq!(sandbox.aws.calls().len(), asked, "nobody is asked");
}

#[test]
fn what_aws_does_not_know_is_told_where_it_is_asked_for() {
    let sandbox = Sandbox::new();
    for (kind, options, said) in [
        (
            "amazon-ami",
            "filters = { name = \"nothing-*\" }\n  owners = [\"self\"]",
            "no image matches name = nothing-*, owner = self in us-east-1",
        ),
        (
            "amazon-ami",
            "filters = { name = \"debian-12-*\" }\n  owners = [\"136693071363\"]",
            "images match name = debian-12-*, owner = 136693071363",
        ),
        ("amazon-ami", "filters = { name = \"x\" }", "'owners' is missing"),
        (
            "amazon-parameterstore",
            "name = \"/nothing\"",
            "the Parameter Store of us-east-1 has no parameter '/nothing'",
        ),
        ("amazon-secretsmanager", "name = \"nothing\"", "is there a secret 'nothing' in this region?"),
        ("amazon-secretsmanager", "nmae = \"nothing\"", "did you mean 'name'?"),
    ] {
        sandbox.write(
            "t.pkr.hcl",
            &configuration(&format!("data \"{kind}\" \"x\" {{\n  {options}\n}}"), "\"x\""),
        );
        let run = sandbox.bash("validate t.pkr.hcl").exits(2);
        assert!(run.stderr.contains(said) && run.stderr.contains("t.pkr.hcl:"), "{run}");
        assert!(run.stderr.contains("validate: 1 error\n"), "{run}");
    }
}
