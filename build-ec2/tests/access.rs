//! Where credentials come from: profiles, roles, devices, Vault.

use crate::support::{Answer, Call, Desk, Run, planned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

const DEVICE: &str = "arn:aws:iam::1:mfa/me";

/// Gives out credentials that are named after who has asked for what.
fn sts(call: &Call) -> Option<Answer> {
    let (name, more) = match call.action() {
        "AssumeRole" => (
            call.get("RoleArn").unwrap().rsplit('/').next().unwrap().to_owned(),
            "<AssumedRoleUser><AssumedRoleId>r</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>",
        ),
        "GetSessionToken" => (format!("session-of-{}", call.key), ""),
        _ => return None,
    };
    Some(call.answer(&format!(
        "<Credentials><AccessKeyId>{name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>{more}"
    )))
}

/// Runs a build without credentials in the environment.
fn build(desk: &Desk, environment: &[(&str, &str)], options: Value) -> Run {
    let mut all = vec![("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    all.extend(environment);
    desk.run_with(&all, &[], &planned(options).to_string())
}

/// Who called EC2, all the time.
#[track_caller]
fn builder(run: &Run) -> &str {
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    let keys: Vec<&str> = run
        .calls
        .iter()
        .filter(|call| !["AssumeRole", "GetSessionToken"].contains(&call.action()))
        .map(|call| call.key.as_str())
        .collect();
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "{keys:?}");
    keys[0]
}

#[test]
fn profiles_are_read_as_the_aws_tools_read_them() {
    let desk = Desk::with(sts);
    desk.write(
        ".aws/config",
        "[default]\naws_access_key_id = of-default\naws_secret_access_key = s\n\
         [profile role]\nrole_arn = arn:aws:iam::1:role/builder\nsource_profile = keys\nexternal_id = e\n\
         [profile process]\ncredential_process = sh -c 'echo \"$GIVEN\"'\n\
         [profile west]\nregion = us-west-2\naws_access_key_id = of-west\naws_secret_access_key = s\n",
    );
    desk.write(".aws/credentials", "[keys]\naws_access_key_id = of-keys\naws_secret_access_key = s\n");
    let other = desk.write("other", "[keys]\naws_access_key_id = of-other\naws_secret_access_key = s\n");
    assert_eq!(builder(&build(&desk, &[], json!({}))), "of-default");
    assert_eq!(builder(&build(&desk, &[("AWS_PROFILE", "keys")], json!({}))), "of-keys");
    assert_eq!(builder(&build(&desk, &[], json!({"profile": "keys"}))), "of-keys");
    let options = json!({"profile": "keys", "shared_credentials_file": other});
    assert_eq!(builder(&build(&desk, &[], options.clone())), "of-other");
    let mut options = options;
    options["skip_metadata_api_check"] = json!(true);
    assert_eq!(builder(&build(&desk, &[], options)), "of-other");

    let run = build(&desk, &[], json!({"profile": "role"}));
    assert_eq!(builder(&run), "builder");
    run.only("AssumeRole").has(&[("RoleArn", "arn:aws:iam::1:role/builder"), ("ExternalId", "e")]);
    assert_eq!(run.only("AssumeRole").key, "of-keys");

    let given = r#"{"Version": 1, "AccessKeyId": "of-process", "SecretAccessKey": "s"}"#;
    let environment = [("GIVEN", given), ("PATH", "/usr/bin:/bin")];
    assert_eq!(builder(&build(&desk, &environment, json!({"profile": "process"}))), "of-process");

    let run = build(&desk, &[("AWS_REGION", "")], json!({"profile": "west", "region": ""}));
    assert_eq!(builder(&run), "of-west");
    assert!(run.calls.iter().all(|call| call.region == "us-west-2"));
}

#[test]
fn a_role_is_assumed_with_all_that_the_template_says_of_it() {
    let desk = Desk::with(sts);
    let role = json!({
        "role_arn": "arn:aws:iam::2:role/team/images", "duration_seconds": 1800, "external_id": "e", "session_name": "nightly",
        "policy": "{}", "policy_arns": ["arn:aws:iam::aws:policy/x"], "tags": {"team": "web"}, "transitive_tag_keys": ["team"],
    });
    let run = build(&desk, &[], json!({"access_key": "of-template", "secret_key": "s", "assume_role": role}));
    assert_eq!(builder(&run), "images");
    let assumed = run.only("AssumeRole");
    assert_eq!(assumed.key, "of-template");
    assumed.has(&[
        ("RoleArn", "arn:aws:iam::2:role/team/images"),
        ("RoleSessionName", "nightly"),
        ("DurationSeconds", "1800"),
        ("ExternalId", "e"),
        ("Policy", "{}"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/x"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "web"),
        ("TransitiveTagKeys.member.1", "team"),
    ]);
}

#[test]
fn a_role_that_is_refused_says_so() {
    let desk = Desk::with(|call: &Call| {
        (call.action() == "AssumeRole")
            .then(|| call.refuse("AccessDenied", "User me is not authorized to perform sts:AssumeRole"))
    });
    let run = desk.build(json!({"assume_role": {"role_arn": "arn:aws:iam::2:role/images"}}));
    let message = run.record()["error"]["message"].to_string();
    assert!(message.contains("User me is not authorized to perform sts:AssumeRole"), "{message}");
}

/// The code works once, so the process that captures the machine takes the session that the first one got.
#[test]
fn a_code_of_a_device_makes_a_session_for_all_processes() {
    let desk = Desk::with(sts);
    desk.write(
        ".aws/config",
        &format!(
            "[default]\naws_access_key_id = me\naws_secret_access_key = s\nmfa_serial = {DEVICE}\n\
             [profile role]\nrole_arn = arn:aws:iam::1:role/builder\nsource_profile = default\nmfa_serial = {DEVICE}\n"
        ),
    );
    let run = build(&desk, &[], json!({"mfa_code": "123456"}));
    assert_eq!(builder(&run), "session-of-me");
    let asked = run.only("GetSessionToken");
    asked.has(&[("SerialNumber", DEVICE), ("TokenCode", "123456"), ("DurationSeconds", "43200")]);
    let role = json!({"role_arn": "arn:aws:iam::1:role/images"});
    let run = build(&desk, &[], json!({"mfa_code": "123456", "assume_role": role}));
    assert_eq!(builder(&run), "images");
    assert!(run.all("GetSessionToken").is_empty(), "it is asked once");
    assert_eq!(run.only("AssumeRole").key, "session-of-me");
    let run = build(&desk, &[], json!({"mfa_code": "654321", "profile": "role"}));
    assert_eq!(builder(&run), "builder");
    assert_eq!(
        (run.only("GetSessionToken").key.as_str(), run.only("AssumeRole").key.as_str()),
        ("me", "session-of-me")
    );
}

#[test]
fn a_code_without_a_device_or_one_that_is_wrong_ends_the_build() {
    let desk = Desk::with(|call: &Call| {
        (call.action() == "GetSessionToken").then(|| {
            call.refuse(
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code.",
            )
        })
    });
    let error = |run: Run| run.record()["error"].clone();
    let found = error(desk.build(json!({"mfa_code": "123456"})));
    assert_eq!(found["message"], "mfa_code: the profile 'default' names no MFA device");
    desk.write(".aws/config", &format!("[default]\nmfa_serial = {DEVICE}\n"));
    let run = desk.build(json!({"mfa_code": "123456"}));
    assert!(!run.stderr.contains("123456"), "{}", run.stderr);
    let found = error(run);
    assert_eq!(
        found["message"],
        "mfa_code: GetSessionToken failed: AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code."
    );
    assert_eq!(found["hint"], "a code works once, and for half a minute");
}

/// A Vault that gives out credentials; its address, and the requests with their bodies.
fn vault() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let head: Vec<String> =
                reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let length = head
                .iter()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let request = head[0].trim_end_matches(" HTTP/1.1");
            let token = if request.contains("/sts/") { json!("t") } else { Value::Null };
            let data = json!({"access_key": "of-vault", "secret_key": "s", "security_token": token});
            let answer = json!({"lease_duration": 3600, "data": data}).to_string();
            noted.lock().unwrap().push(format!("{request} {}", String::from_utf8(body).unwrap()));
            let _ = write!(
                &stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    (address, asked)
}

#[test]
fn vault_gives_out_credentials_once_for_all_processes() {
    let unknown = Mutex::new(2);
    let desk = Desk::with(move |call: &Call| {
        let mut unknown = unknown.lock().unwrap();
        (call.action() == "DescribeRegions" && *unknown > 0).then(|| {
            *unknown -= 1;
            call.refuse("AuthFailure", "AWS was not able to validate the provided access credentials")
        })
    });
    let (address, asked) = vault();
    let environment = [("VAULT_ADDR", address.as_str()), ("VAULT_TOKEN", "s.token")];
    for _ in 0..2 {
        let run = build(&desk, &environment, json!({"vault_aws_engine": {"name": "builder"}}));
        assert_eq!(builder(&run), "of-vault");
    }
    let options = json!({"vault_aws_engine": {
        "name": "builder", "engine_name": "team/aws", "role_arn": "arn:aws:iam::1:role/r", "ttl": "3600s",
    }});
    assert_eq!(builder(&build(&desk, &environment, options)), "of-vault");
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "GET /v1/aws/creds/builder ",
            r#"PUT /v1/team/aws/sts/builder {"role_arn":"arn:aws:iam::1:role/r","ttl":"3600s"}"#,
        ]
    );
    let run = build(&desk, &[("VAULT_ADDR", &address)], json!({"vault_aws_engine": {"name": "other"}}));
    assert_eq!(run.record()["error"]["message"], "vault_aws_engine: there is no token for Vault");
}

#[test]
fn a_certificate_that_nobody_has_signed_is_taken_only_when_asked() {
    let desk = Desk::self_signed();
    let error = desk.build(json!({})).record()["error"].clone();
    assert!(error["message"].to_string().contains("invalid peer certificate"), "{error}");
    assert_eq!(
        error["hint"],
        "name the certificate's authority in a PEM file in SSL_CERT_FILE; insecure_skip_tls_verify takes any certificate"
    );
    let run = desk.build(json!({"insecure_skip_tls_verify": true}));
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    run.only("CreateImage");
}
