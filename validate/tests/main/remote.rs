//! Variables whose values Vault and Consul have. (AWS's are in the pipelines' tests: they need its stand-in.)

use crate::support::Folder;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A service that knows a few paths; it ends with the test.
pub(crate) struct Service {
    address: String,
    /// Request lines and headers, as they came.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// `answers`: request lines such as `GET /v1/x`, status, body. All else is not found.
    pub(crate) fn start(answers: Vec<(&'static str, u16, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let head: Vec<String> = BufReader::new(&stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let Some(first) = head.first() else { continue };
                let request = first.trim_end_matches(" HTTP/1.1");
                let answer = answers.iter().find(|(path, ..)| *path == request);
                let (status, body) = answer.map_or((404, ""), |(_, status, body)| (*status, body.as_str()));
                noted.lock().unwrap().extend(head.iter().cloned());
                let _ = write!(
                    &stream,
                    "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn count(&self, line: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.eq_ignore_ascii_case(line)).count()
    }
}

fn vault() -> Service {
    let of_two =
        json!({"data": {"data": {"password": "correct-horse", "port": 1}, "metadata": {"version": 3}}});
    let of_one = json!({"data": {"password": "battery-staple"}, "lease_duration": 2764800});
    Service::start(vec![
        ("GET /v1/secret/data/web", 200, of_two.to_string()),
        ("GET /v1/old/my%20app", 200, of_one.to_string()),
        (
            "GET /v1/closed",
            403,
            json!({"errors": ["1 error occurred:\n\t* permission denied\n\n"]}).to_string(),
        ),
    ])
}

/// A template that uses one variable in a file's content.
fn template(variables: &str) -> Folder {
    Folder::with(&format!(
        r#"{{"variables": {variables}, "builders": [{{"type": "file", "target": "t", "content": "{{{{user `a`}}}}"}}]}}"#
    ))
}

#[test]
fn vault_gives_secrets() {
    let vault = vault();
    let folder = template(
        r#"{"a": "{{user `b`}}/{{vault `old/my app` `password`}}", "b": "{{vault `/secret/data/web` `password`}}",
            "c": "{{vault `/secret/data/web` `password`}}", "d": "plain"}"#,
    );
    let environment = [
        ("VAULT_ADDR", vault.url()),
        ("VAULT_TOKEN", "s.tokentoken".into()),
        ("VAULT_NAMESPACE", "team/a".into()),
    ];
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = folder.run_with(&["t.json"], &environment);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let record = &ran.records()[0];
    assert_eq!(record["builder"]["content"], "correct-horse/battery-staple");
    assert_eq!(record["sensitive"], json!(["a", "b", "c"]), "what a keeper of secrets gives is one");
    assert_eq!(vault.count("GET /v1/secret/data/web HTTP/1.1"), 1, "each thing is asked once");
    assert_eq!(vault.count("x-vault-token: s.tokentoken"), 2);
    assert_eq!(vault.count("x-vault-namespace: team/a"), 2);
}

#[test]
fn hcl2_asks_as_json_does() {
    let vault = vault();
    let folder = Folder::with("{}");
    folder.write(
        "t.pkr.hcl",
        r#"
locals { password = vault("secret/data/web", "password") }
source "file" "x" {
  content = "${local.password}!"
  target  = "t"
}
build { sources = ["file.x"] }
"#,
    );
    let environment = [("VAULT_ADDR", vault.url()), ("VAULT_TOKEN", "s.tokentoken".into())];
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let ran = folder.run_with(&["t.pkr.hcl"], &environment);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let record = &ran.records()[0];
    assert_eq!(record["builder"]["content"], "correct-horse!");
    assert_eq!(record["sensitive"], json!(["secret.0"]));
    assert_eq!(record["variables"]["secret.0"], "correct-horse");
    let ran = folder.run(&["t.pkr.hcl"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("t.pkr.hcl:2:"), "{}", ran.err);
}

#[test]
fn the_token_that_vault_login_keeps_is_taken() {
    let vault = vault();
    let folder = template(r#"{"a": "{{vault `secret/data/web` `password`}}"}"#);
    folder.write(".vault-token", "s.kept\n");
    let ran = folder.run_with(&["t.json"], &[("VAULT_ADDR", &vault.url())]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(vault.count("x-vault-token: s.kept"), 1);
}

#[test]
fn what_vault_does_not_give_is_said_at_its_place() {
    let vault = vault();
    let url = vault.url();
    for (call, said) in [
        ("{{vault `secret/data/web` `user`}}", "Vault's secret 'secret/data/web' has no key 'user'"),
        ("{{vault `secret/data/web` `user`}}", "it has: password, port"),
        ("{{vault `secret/data/web` `port`}}", "Vault's secret 'secret/data/web' has no text at 'port'"),
        ("{{vault `secret/web` `user`}}", "Vault has nothing at 'secret/web'"),
        ("{{vault `closed` `user`}}", "refuses 'closed' (HTTP 403): 1 error occurred: \t* permission denied"),
    ] {
        let folder = template(&format!(r#"{{"a": "{call}"}}"#));
        let ran =
            folder.run_with(&["--format=json", "t.json"], &[("VAULT_ADDR", &url), ("VAULT_TOKEN", "s")]);
        assert_eq!(ran.status, 2, "{call}");
        let found = &ran.records()[0];
        let text =
            format!("{} {}", found["message"].as_str().unwrap(), found["hint"].as_str().unwrap_or_default());
        assert!(text.contains(said), "{call}: {text}");
        assert_eq!((&found["line"], &found["text"]), (&json!(1), &json!("vault")), "{call}");
    }
    let ran = template(r#"{"a": "{{vault `x` `y`}}"}"#).run(&["t.json"]);
    assert!(ran.err.contains("variable 'a': vault: there is no token for Vault"), "{}", ran.err);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = format!("http://{closed}");
    let environment = [("VAULT_ADDR", address.as_str()), ("VAULT_TOKEN", "s")];
    let ran = template(r#"{"a": "{{vault `x` `y`}}"}"#).run_with(&["t.json"], &environment);
    assert!(ran.err.contains(&format!("Vault at {address} cannot be asked")), "{}", ran.err);
}

#[test]
fn consul_gives_values() {
    let consul = Service::start(vec![
        ("GET /v1/kv/web/version?raw", 200, "1.2".into()),
        ("GET /v1/kv/web/empty?raw", 200, String::new()),
    ]);
    let environment = [("CONSUL_HTTP_ADDR", consul.address.as_str()), ("CONSUL_HTTP_TOKEN", "t")];
    let ran = template(r#"{"a": "v{{consul_key `web/version`}}"}"#).run_with(&["t.json"], &environment);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let record = &ran.records()[0];
    assert_eq!((&record["builder"]["content"], &record["sensitive"]), (&json!("v1.2"), &json!([])));
    assert_eq!(consul.count("x-consul-token: t"), 1);
    for (key, said) in [("web/empty", "Consul's key 'web/empty' is empty"), ("x", "Consul has no key 'x'")] {
        let template = template(&format!(r#"{{"a": "{{{{consul_key `{key}`}}}}"}}"#));
        let ran = template.run_with(&["t.json"], &environment);
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn the_form_alone_is_checked_without_asking() {
    let vault = vault();
    let url = vault.url();
    let folder = template(r#"{"a": "{{vault `secret/data/web` `password`}}"}"#);
    for argument in ["--syntax-only", "--inspect"] {
        let ran = folder.run_with(&[argument, "t.json"], &[("VAULT_ADDR", &url), ("VAULT_TOKEN", "s")]);
        assert_eq!(ran.status, 0, "{}", ran.err);
    }
    assert_eq!(vault.asked.lock().unwrap().len(), 0);
    let ran = template("{}").run(&["t.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
}
