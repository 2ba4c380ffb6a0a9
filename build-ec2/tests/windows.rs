//! Windows machines, which make their administrator's password themselves.

use crate::support::{Call, Desk, planned};
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Runs a command line of openssl's with this input.
fn openssl(line: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("openssl");
    command.args(line).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{line:?}");
    output.stdout
}

/// A key as EC2 makes it, and a password as EC2 tells it.
fn key_and_password(password: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let key = openssl(&["genrsa", "-traditional", "2048"], b"");
    std::fs::write(&path, &key).unwrap();
    let path = path.to_str().unwrap();
    let encrypted = openssl(&["pkeyutl", "-encrypt", "-inkey", path], password.as_bytes());
    let encoded = openssl(&["base64"], &encrypted);
    (String::from_utf8(key).unwrap(), String::from_utf8(encoded).unwrap())
}

#[test]
fn the_password_is_waited_for_and_decrypted_with_the_temporary_key() {
    let (key, encrypted) = key_and_password("Pa55-w0rd(;");
    let (material, first) = (key.clone(), AtomicBool::new(true));
    let desk = Desk::with(move |call: &Call| match call.action() {
        "CreateKeyPair" => {
            Some(call.answer(&format!("<keyName>k</keyName><keyMaterial>{key}</keyMaterial>")))
        }
        "GetPasswordData" if first.swap(false, Ordering::SeqCst) => {
            Some(call.answer("<passwordData></passwordData>"))
        }
        "GetPasswordData" => Some(call.answer(&format!("<passwordData>\r\n{encrypted}\r\n</passwordData>"))),
        _ => None,
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut record = planned(json!({
        "communicator": "winrm", "winrm_username": "Administrator", "winrm_host": "127.0.0.1",
        "winrm_port": listener.local_addr().unwrap().port(), "security_group_ids": ["sg-1"], "windows_password_timeout": "1m",
    }));
    record["provisioners"] = json!([{"type": "sleep", "duration": "1s"}]);
    let run = desk.run(&[], &record.to_string());
    let after = run.record();
    assert_eq!(after["status"], "running", "{}", run.stderr);
    let build = &after["machine"]["build"];
    assert_eq!(
        (&build["Password"], &build["WinRMPassword"], &build["ConnType"]),
        (&json!("Pa55-w0rd(;"), &json!("Pa55-w0rd(;"), &json!("winrm"))
    );
    assert_eq!(run.all("GetPasswordData").len(), 2);
    run.only("CreateKeyPair").has(&[("KeyType", "rsa")]);
    assert!(!run.stderr.contains("Pa55"), "{}", run.stderr);
    assert!(after["machine"]["key_file"].is_string() && material.contains("RSA PRIVATE KEY"));
}

#[test]
fn a_key_that_does_not_fit_ends_the_build() {
    let (_, encrypted) = key_and_password("Pa55");
    let (other, _) = key_and_password("x");
    let desk = Desk::with(move |call: &Call| {
        (call.action() == "GetPasswordData")
            .then(|| call.answer(&format!("<passwordData>{encrypted}</passwordData>")))
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let key = desk.write("key.pem", &other);
    let run = desk.build(json!({
        "communicator": "winrm", "winrm_host": "127.0.0.1", "winrm_port": listener.local_addr().unwrap().port(),
        "security_group_ids": ["sg-1"], "windows_password_timeout": "1m", "ssh_keypair_name": "mine", "ssh_private_key_file": key,
    }));
    let record = run.record();
    assert_eq!(
        record["error"]["message"], "the password of instance i-1 cannot be decrypted with this key",
        "{}",
        run.stderr
    );
    assert!(run.changes().contains(&"TerminateInstances"));
    let key = desk.write("key.pem", "ssh-ed25519 AAAA");
    let run = desk.build(json!({
        "communicator": "winrm", "winrm_host": "127.0.0.1", "winrm_port": listener.local_addr().unwrap().port(),
        "security_group_ids": ["sg-1"], "windows_password_timeout": "1m", "ssh_keypair_name": "mine", "ssh_private_key_file": key,
    }));
    let message = run.record()["error"]["message"].to_string();
    assert!(message.contains("is no RSA key in the PEM format without a passphrase"), "{message}");
}
