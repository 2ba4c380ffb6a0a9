//! Reaching the machine: each stage that may be the last, and each way to log in.

use crate::support::{Place, Sshd, finish, start};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpListener;

fn step() -> Value {
    json!([{"type": "shell", "inline": ["true"]}])
}

#[test]
fn the_stage_reached_is_told() {
    let place = Place::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let foreign = TcpListener::bind("127.0.0.1:0").unwrap();
    let (silent_port, foreign_port) =
        (silent.local_addr().unwrap().port(), foreign.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in foreign.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let last_seen = |host: &str, port: u16, seen: String| {
        let mut record = place.record(step());
        record["machine"]["host"] = json!(host);
        record["machine"]["port"] = json!(port);
        record["builder"]["ssh_timeout"] = json!("1s");
        let ran = place.run(&[], &record);
        let message = ran.failed();
        let expected = format!("waited 1s for SSH on {host}:{port}; last seen: {seen}");
        assert!(message.starts_with(&expected), "{message}");
        assert_eq!(ran.record()["error"]["step"], "connect");
        assert!(ran.record()["error"]["hint"].is_string());
    };
    last_seen("127.0.0.1", closed, format!("port {closed} of 127.0.0.1 is closed"));
    last_seen("no.such.host.invalid", 22, "the name no.such.host.invalid has no address".into());
    let waiting = "is open, but no SSH server has answered yet";
    last_seen("127.0.0.1", silent_port, format!("port {silent_port} {waiting}"));
    last_seen(
        "127.0.0.1",
        foreign_port,
        format!("port {foreign_port} is open, but what answers is no SSH server: HTTP/1.1 400 Bad Request"),
    );
}

#[test]
fn a_refused_login_says_what_was_offered() {
    let place = Place::new();
    let refused = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut record = place.record(step());
        record["builder"]["ssh_handshake_attempts"] = json!(2);
        change(&mut record);
        let ran = place.run(&[], &record);
        assert_eq!(ran.failed(), expected);
    };
    let other = place.sshd.other_key();
    refused(
        &|record| record["machine"]["key_file"] = json!(other),
        &format!("the server refused the key {other} for root (it offers publickey); tried 2 times"),
    );
    let key = place.sshd.key();
    refused(
        &|record| record["machine"]["user"] = json!("nosuchuser"),
        &format!("the server refused the key {key} for nosuchuser (it offers publickey); tried 2 times"),
    );
    refused(
        &|record| {
            record["machine"]["key_file"] = Value::Null;
            record["builder"]["ssh_password"] = json!("hunter2");
        },
        "the server lets root log in by publickey only; given is password; tried 2 times",
    );
    let broken = place.write(
        "broken",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    let mut record = place.record(step());
    record["machine"]["key_file"] = json!(broken);
    let message = place.run(&[], &record).failed();
    assert!(message.starts_with(&format!("the key {broken} cannot be used: ")), "{message}");
}

#[test]
fn a_host_key_must_be_the_one_that_is_pinned() {
    let place = Place::new();
    let mut record = place.record(step());
    record["machine"]["host_key"] = json!(place.sshd.fingerprint());
    place.run(&[], &record).well();
    record["machine"]["host_key"] = json!("SHA256:other");
    let message = place.run(&[], &record).failed();
    let (port, found) = (place.sshd.port(), place.sshd.fingerprint());
    assert_eq!(message, format!("the host key of 127.0.0.1:{port} is {found}; it must be SHA256:other"));
}

#[test]
fn algorithms_are_the_users_choice() {
    let place = Place::new();
    let mut record = place.record(step());
    record["builder"]["ssh_ciphers"] = json!(["aes256-ctr"]);
    record["builder"]["ssh_key_exchange_algorithms"] = json!(["ecdh-sha2-nistp256"]);
    place.run(&[], &record).well();
    record["builder"]["ssh_ciphers"] = json!(["rot13"]);
    assert_eq!(place.run(&[], &record).failed(), "ssh_ciphers: 'rot13' is not supported");
    record["builder"]["ssh_ciphers"] = json!(["aes256-cbc"]);
    let message = place.run(&[], &record).failed();
    assert!(message.contains("but the key exchange failed"), "{message}");
}

#[test]
fn every_algorithm_that_validate_accepts_is_there() {
    let place = Place::new();
    let mut record = place.record(step());
    record["builder"]["ssh_ciphers"] = json!(template::options::communicator::CIPHERS);
    record["builder"]["ssh_key_exchange_algorithms"] = json!(template::options::communicator::KEY_EXCHANGES);
    place.run(&[], &record).well();
}

#[test]
fn a_machine_that_comes_later_is_waited_for() {
    let mut place = Place::new();
    place.sshd.stop();
    let record = place.record(step());
    let child = start(&mut place.command(&[]), &record);
    place.sshd.restart();
    finish(child).well();
}

#[test]
fn certificates_and_agents_open_the_door() {
    let place = Place::new();
    let folder = place.path("certified");
    std::fs::create_dir(&folder).unwrap();
    let authority = place.text("certified/authority");
    let ssh_keygen = |arguments: &[&str]| {
        assert!(std::process::Command::new("ssh-keygen").args(arguments).status().unwrap().success());
    };
    ssh_keygen(&["-q", "-t", "ed25519", "-N", "", "-f", &authority]);
    let sshd = Sshd::start(&folder, &format!("TrustedUserCAKeys {authority}.pub"));
    std::fs::write(folder.join("authorized_keys"), "").unwrap();
    ssh_keygen(&["-q", "-s", &authority, "-I", "test", "-n", "root", &format!("{}.pub", sshd.key())]);
    let mut record = place.record(step());
    record["machine"]["port"] = json!(sshd.port());
    record["machine"]["key_file"] = json!(sshd.key());
    record["builder"]["ssh_handshake_attempts"] = json!(1);
    place.run(&[], &record).failed();
    record["builder"]["ssh_certificate_file"] = json!(format!("{}-cert.pub", sshd.key()));
    place.run(&[], &record).well();

    let socket = place.text("agent");
    let mut agent = std::process::Command::new("ssh-agent")
        .args(["-D", "-a", &socket])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    crate::support::until("the agent listens", || place.path("agent").exists());
    let add = std::process::Command::new("ssh-add")
        .args(["-q", &place.sshd.key()])
        .env("SSH_AUTH_SOCK", &socket)
        .status();
    assert!(add.unwrap().success());
    let mut record = place.record(step());
    record["machine"]["key_file"] = Value::Null;
    record["builder"]["ssh_agent_auth"] = json!(true);
    let ran = finish(start(place.command(&[]).env("SSH_AUTH_SOCK", &socket), &record));
    let _ = agent.kill();
    let _ = agent.wait();
    ran.well();
    let ran = place.run(&[], &record);
    assert!(ran.failed().starts_with("the SSH agent cannot be used: "), "{}", ran.failed());
}

/// The server sees a file of passwords of the test's own, in a mount namespace of its own.
#[test]
fn a_password_opens_the_door() {
    let hash = |password: &str| {
        let made = std::process::Command::new("openssl").args(["passwd", "-6", password]).output().unwrap();
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    };
    let place = Place::new();
    let shadow = place.write("shadow", format!("root:{}:19000:0:99999:7:::\n", hash("hunter2")));
    let mount = format!("mount --bind {shadow} /etc/shadow");
    let able = std::process::Command::new("unshare").args(["-m", "sh", "-c", &mount]).output().unwrap();
    if !able.status.success() {
        return; // Not in containers that may not mount.
    }
    let sshd = Sshd::start_with_password(&place.path("open"), &mount);
    let mut record = place.record(step());
    record["machine"]["port"] = json!(sshd.port());
    record["machine"]["key_file"] = Value::Null;
    record["builder"]["ssh_handshake_attempts"] = json!(1);
    record["builder"]["ssh_password"] = json!("hunter2");
    record["provisioners"][0]["inline"] = json!(["echo hunter2"]);
    let ran = place.run(&[], &record);
    ran.well();
    assert!(!ran.stderr.contains("hunter2") && ran.said().contains(&"<sensitive>"), "{}", ran.stderr);
    record["builder"]["ssh_password"] = json!("wrong");
    assert_eq!(
        place.run(&[], &record).failed(),
        "the server refused the password for root (it offers publickey, password); tried once"
    );
}
