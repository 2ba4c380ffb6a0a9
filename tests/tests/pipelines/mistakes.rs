//! What a newcomer does wrong, and what the tools say: what, where, why, and what to do.

use kiln_tests::Sandbox;

/// A build of a file, with the post-processors that follow.
const FILE: &str = r#"jq -nc '{builders: [{type: "file", content: "hello", target: "out.txt"}], "post-processors": $after}' --argjson after"#;
/// A machine that is there already, with one step.
const NULL: &str = r#"jq -nc '{builders: [{type: "null", ssh_host: $host, ssh_port: $port, ssh_username: "root", ssh_password: "x", ssh_timeout: "1s"}], provisioners: [$step]}'"#;

/// A line, its exit status, and texts that standard error holds.
type Case<'a> = (String, i32, &'a [&'a str]);

fn cases() -> Vec<Case<'static>> {
    let file = |after: &str, rest: &str| format!("rm -f out.txt; {FILE} '{after}' | {rest}");
    let null = |host: &str, port: u16, step: &str| {
        format!(
            "{NULL} --arg host {host} --argjson port {port} --argjson step '{step}' | validate - | provision"
        )
    };
    let all = "validate - | provision | postprocess";
    let shell = r#"{"type": "shell", "inline": ["true"]}"#;
    vec![
        (
            "provision web.json".into(),
            2,
            &[
                "unexpected argument 'web.json'",
                "provision reads build records: 'provision < web.json', or 'validate web.json | provision'",
            ],
        ),
        (
            "provision < web.json".into(),
            2,
            &["no field 'kiln'", "pass templates to validate, not to the other tools"],
        ),
        (
            "validate web.json | jq . | provision".into(),
            2,
            &["standard input, line 1: a record is spread over several lines", "'jq -c' writes them so"],
        ),
        (
            "validate web.json > /dev/full".into(),
            1,
            &["validate: error: cannot write to standard output: No space left on device"],
        ),
        (
            file("[]", "validate - | provision > /dev/full"),
            1,
            &["provision: error: cannot write to standard output: No space left on device"],
        ),
        (
            file("[]", "validate - | postprocess"),
            1,
            &["file is not finished: it is planned", "put that before postprocess"],
        ),
        (
            null("127.0.0.1", 1, shell),
            1,
            &[
                "waited 1s for SSH on 127.0.0.1:1; last seen: port 1 of 127.0.0.1 is closed",
                "is sshd enabled",
            ],
        ),
        (
            null("no.such.host.invalid", 22, shell),
            1,
            &["the name no.such.host.invalid has no address", "is the name right"],
        ),
        (
            null("127.0.0.1", 1, r#"{"type": "shell", "script": "gone.sh"}"#),
            2,
            &["cannot read gone.sh", "relative paths begin at the folder in which validate runs"],
        ),
        (
            null("127.0.0.1", 1, r#"{"type": "file", "source": "gone", "destination": "/"}"#),
            2,
            &["cannot read gone", "set 'generated'"],
        ),
        (
            file(r#"[{"type": "compress", "output": "web.json"}]"#, all),
            1,
            &["web.json exists already", "run with --force"],
        ),
        (
            file(r#"[{"type": "artifice", "files": ["none*.img"]}]"#, all),
            1,
            &["no file matches 'none*.img'", "did the step before make the file?"],
        ),
        (
            file(r#"[{"type": "checksum", "output": "web.json"}]"#, all),
            1,
            &["web.json exists already and is no file of checksums", "choose another output"],
        ),
        (
            file(r#"[{"type": "manifest", "output": "web.json"}]"#, all),
            1,
            &["web.json is not a manifest", "choose another output"],
        ),
        (file(r#"[{"type": "checksum", "checksum_types": ["md6"]}]"#, all), 2, &["md6", "one of md5, sha1"]),
        (
            file(r#"[{"type": "shell-local", "command": "no-such-program"}]"#, all),
            1,
            &["ended with status 127", "a command was not found"],
        ),
        (
            file(
                r#"[{"type": "compress", "output": "a.gz"}]"#,
                "validate - | provision | { cat > built; rm out.txt; postprocess < built; }",
            ),
            1,
            &["cannot read out.txt: No such file or directory"],
        ),
    ]
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", r#"{"builders": [{"type": "null", "communicator": "none"}]}"#);
    let mut wrong = Vec::new();
    for (line, status, texts) in cases() {
        let run = sandbox.bash(&line);
        let missing: Vec<_> = texts.iter().filter(|text| !run.stderr.contains(**text)).collect();
        if run.status.code() != Some(status) || !missing.is_empty() || run.stderr.contains("panicked") {
            wrong.push(format!("{line}\nwanted {status} and {missing:?}\n{run}"));
        }
    }
    assert!(wrong.is_empty(), "{} mistakes:\n{}", wrong.len(), wrong.join("\n\n"));
}
