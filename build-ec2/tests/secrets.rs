//! Secrets that the template itself gives.

use crate::support::{Call, Desk};
use serde_json::json;

#[test]
fn they_are_hidden_wherever_they_would_be_read() {
    let secrets = ["wJalrXUtnFEMI-K7MDENG", "FwoGZXIvYXdzEBYaDH", "correct-horse-battery"];
    let said = secrets.join(" and ");
    let desk = Desk::with(move |call: &Call| {
        (call.action() == "DescribeImages").then(|| call.refuse("Refused", &said))
    });
    let run = desk.build(json!({
        "access_key": "AKIAEXAMPLE", "secret_key": secrets[0], "token": secrets[1],
        "communicator": "ssh", "ssh_username": "admin", "ssh_password": secrets[2],
    }));
    assert!(run.stderr.contains("Refused"), "{}", run.stderr);
    for secret in secrets {
        assert!(!run.stderr.contains(secret), "{}", run.stderr);
        assert!(!run.record()["error"].to_string().contains(secret), "{}", run.stdout);
    }
}
