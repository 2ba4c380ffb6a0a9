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
        record["builder"]["ssh_timeout"] = json!("3s");
        let ran = place.run(&[], &record);
        let message = ran.failed();
        let expected = format!("waited 3s for SSH on {host}:{port}; last seen: {seen}");
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
    record["builder"]["ssh_ciphers"] = json!(["rot13", "aes256-ctr"]);
    record["builder"]["ssh_key_exchange_algorithms"] = json!(["ecdh-sha2-nistp256"]);
    place.run(&[], &record).well();
    record["builder"]["ssh_ciphers"] = json!(["rot13"]);
    assert_eq!(place.run(&[], &record).failed(), "ssh_ciphers: none of these is supported: rot13");
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
    let with_agent = |record: &Value| finish(start(place.command(&[]).env("SSH_AUTH_SOCK", &socket), record));
    with_agent(&record).well();

    // The machine may use it, in every step and also several at a time.
    let key = std::fs::read_to_string(format!("{}.pub", place.sshd.key())).unwrap();
    let asks =
        json!({"type": "shell", "inline": ["ssh-add -L", "for n in 1 2 3 4; do ssh-add -l & done; wait"]});
    record["provisioners"] = json!([asks, asks]);
    let ran = with_agent(&record);
    assert_eq!(ran.stderr.matches(key.trim()).count(), 2, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("256 SHA256:").count(), 8, "{}", ran.stderr);
    ran.well();
    record["builder"]["ssh_disable_agent_forwarding"] = json!(true);
    record["provisioners"] = json!([{"type": "shell", "inline": ["test -z \"$SSH_AUTH_SOCK\""]}]);
    with_agent(&record).well();
    let _ = agent.kill();
    let _ = agent.wait();
    let ran = place.run(&[], &record);
    assert!(ran.failed().starts_with("the SSH agent cannot be used: "), "{}", ran.failed());
}

/// Whether a server of the test's own can have its own view of the file system: not in containers that may not mount.
fn can_mount(line: &str) -> bool {
    let able = std::process::Command::new("unshare").args(["-m", "sh", "-c", line]).output();
    able.is_ok_and(|able| able.status.success())
}

/// A command that puts a file with root's password in place of the system's.
fn with_root_password(place: &Place, password: &str) -> String {
    let made = std::process::Command::new("openssl").args(["passwd", "-6", password]).output().unwrap();
    let hash = String::from_utf8(made.stdout).unwrap();
    let shadow = place.write("shadow", format!("root:{}:19000:0:99999:7:::\n", hash.trim()));
    format!("mount --bind {shadow} /etc/shadow")
}

/// The server sees a file of passwords of the test's own, in a mount namespace of its own.
#[test]
fn a_password_opens_the_door() {
    let place = Place::new();
    let mount = with_root_password(&place, "hunter2");
    if !can_mount(&mount) {
        return;
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

/// Many images ask for the password by keyboard-interactive only, through PAM.
#[test]
fn a_password_answers_questions() {
    let place = Place::new();
    let rules = "auth required pam_unix.so\naccount required pam_permit.so\nsession required pam_permit.so\n";
    let mount = format!(
        "{} && mount --bind {} /etc/pam.d/sshd",
        with_root_password(&place, "hunter2"),
        place.write("pam", rules)
    );
    if !can_mount(&mount) {
        return;
    }
    let sshd = Sshd::start_with_questions(&place.path("open"), &mount);
    let mut record = place.record(step());
    record["machine"]["port"] = json!(sshd.port());
    record["machine"]["key_file"] = Value::Null;
    record["builder"]["ssh_handshake_attempts"] = json!(1);
    record["builder"]["ssh_password"] = json!("hunter2");
    place.run(&[], &record).well();
    record["builder"]["ssh_password"] = json!("wrong");
    assert_eq!(
        place.run(&[], &record).failed(),
        "the server refused the password (keyboard-interactive) for root (it offers keyboard-interactive); tried once"
    );
}

/// The server sees a home of the test's own, whose keys are the ones to be cleared.
#[test]
fn the_temporary_key_is_removed_where_that_is_asked() {
    let place = Place::new();
    let keys = "ssh-ed25519 AAAA kiln_ID\nssh-ed25519 BBBB me@kiln_ID\nssh-ed25519 CCCC other\n";
    let mount = format!("mount --bind {} /root", place.text("root"));
    std::fs::create_dir(place.path("root")).unwrap();
    if !can_mount(&mount) {
        return;
    }
    let sshd = Sshd::start_after(&place.path("cleared"), &mount);
    let left = |change: &dyn Fn(&mut Value)| {
        let mut record = place.record(step());
        record["machine"]["port"] = json!(sshd.port());
        record["machine"]["key_file"] = json!(sshd.key());
        change(&mut record);
        let id = record["id"].as_str().unwrap();
        place.write("root/.ssh/authorized_keys", keys.replace("ID", id));
        place.run(&[], &record).well();
        let left = std::fs::read_to_string(place.path("root/.ssh/authorized_keys")).unwrap();
        assert_eq!(crate::support::names(&place.path("root/.ssh")), ["authorized_keys"]);
        left.replace(id, "ID")
            .lines()
            .map(|line| line.rsplit(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = ["kiln_ID", "me@kiln_ID", "other"];
    assert_eq!(left(&|_| {}), all, "not unless it is asked");
    let clear = |record: &mut Value| record["builder"]["ssh_clear_authorized_keys"] = json!(true);
    assert_eq!(left(&clear), all[1..]);
    assert_eq!(
        left(&|record| {
            clear(record);
            record["builder"]["temporary_key_pair_name"] = json!("other");
        }),
        all[..2]
    );
    assert_eq!(
        left(&|record| {
            clear(record);
            record["builder"]["ssh_private_key_file"] = json!(sshd.key());
        }),
        all,
        "the user's own key stays"
    );
}

#[test]
fn a_long_silence_is_filled() {
    let place = Place::new();
    let folder = place.path("quiet");
    let sshd = Sshd::start(&folder, "LogLevel DEBUG1");
    let wait = format!("until grep -q keepalive@ {}; do sleep 0.05; done", folder.join("log").display());
    let mut record = place.record(json!([{"type": "shell", "inline": [wait], "timeout": "60s"}]));
    record["machine"]["port"] = json!(sshd.port());
    record["machine"]["key_file"] = json!(sshd.key());
    record["builder"]["ssh_keep_alive_interval"] = json!("1s");
    place.run(&[], &record).well();
}
