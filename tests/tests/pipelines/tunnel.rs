//! Machines that are reached through Session Manager; `tests/aws/bin/session-manager-plugin` plays Amazon's program.

use crate::image;
use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template};
use serde_json::{Value, json};

/// A sandbox with a template whose machine is to be reached so, and the line that has the plugin on its `PATH`.
fn sandbox(more: &Value) -> (Sandbox, String) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ssm:*"], "Resource": ["*"]}]});
    let mut options =
        json!({"ssh_interface": "session_manager", "temporary_iam_instance_profile_policy_document": policy});
    options.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
    let sandbox = Sandbox::new();
    let steps = [shell(&["echo made | sudo tee /etc/made"]), shell(&["cat /etc/made"])];
    sandbox.write("web.json", &template(&[builder("web", &options)], &steps, &[]));
    (sandbox, format!("PATH=$PATH:{}/aws/bin; validate web.json | ", env!("CARGO_MANIFEST_DIR")))
}

fn calls(sandbox: &Sandbox, action: &str) -> usize {
    sandbox.aws.calls().iter().filter(|call| call["action"] == action && call["status"] == 200).count()
}

#[test]
fn a_machine_is_reached_through_a_session_and_through_the_next_one_when_that_is_cut() {
    let (sandbox, line) = sandbox(&json!({}));
    let line = format!("export SESSION_DROPS=$PWD/dropped; {line}");
    let run = sandbox.bash(&format!("{line} build-ec2 | tee running.jsonl | provision")).exits(0);
    let made = sandbox.aws.read_image(&image(&run.record(), "us-east-1"), "/etc/made");
    assert_eq!(made.as_deref(), Some("made\n"), "{run}");
    let running: Value = serde_json::from_str(&sandbox.read("running.jsonl")).expect("a record");
    let machine = &running["machine"];
    assert_eq!(machine["host"], "localhost", "{machine}");
    assert!((8000..=9000).contains(&machine["port"].as_u64().unwrap_or_default()), "{machine}");
    assert!(calls(&sandbox, "StartSession") >= 2 && sandbox.path("dropped").exists(), "{run}");
    assert_eq!(calls(&sandbox, "AuthorizeSecurityGroupIngress"), 0, "nobody comes in from outside");
    assert!(!run.stderr.contains("TokenValue"), "{run}");
    sandbox.until_idle();
    sandbox.assert_nothing_left();
}

#[test]
fn a_key_of_the_user_s_that_no_key_pair_has_is_let_in_by_instance_connect() {
    let (sandbox, line) = sandbox(&json!({"ssh_private_key_file": "own"}));
    sandbox.bash("ssh-keygen -q -t ed25519 -N '' -f own").exits(0);
    let run = sandbox.bash(&format!("{line} build-ec2 | provision")).exits(0);
    let made = sandbox.aws.read_image(&image(&run.record(), "us-east-1"), "/etc/made");
    assert_eq!(made.as_deref(), Some("made\n"), "{run}");
    assert!(calls(&sandbox, "SendSSHPublicKey") >= 1 && calls(&sandbox, "CreateKeyPair") == 0, "{run}");
    sandbox.until_idle();
    sandbox.assert_nothing_left();
}

#[test]
fn a_tunnel_goes_with_its_machine_and_keeps_the_port_that_is_given() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a port is free").port();
    let (sandbox, line) = sandbox(&json!({"session_manager_port": port}));
    let run = sandbox.bash(&format!("{line} build-ec2 > running.jsonl")).exits(0);
    assert!(sandbox.read("running.jsonl").contains(&format!(r#""port":{port},"#)), "{run}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "the tunnel outlives the tool: {run}");
    sandbox.bash("jq -c '.status = \"failed\"' running.jsonl | build-ec2").exits(1);
    sandbox.until_idle();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "{run}");
    sandbox.assert_nothing_left();
}
