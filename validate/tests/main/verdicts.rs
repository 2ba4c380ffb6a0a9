//! The verdicts of Packer 1.6.6 (`packer validate`), row by row; the number is the row's in the observed table. With `PACKER=packer` in the environment, that
//! program is asked too, and must say the same but for the rows in [`DIFFERENT`].

use crate::support::Folder;
use std::process::{Command, Stdio};

/// Rows of which Kiln thinks otherwise; docs/compatibility.md says why.
const DIFFERENT: [u32; 3] = [93, 94, 95];

/// Stands for a builder that is right.
const NULL: &str = r#""builders":[{"type":"null","communicator":"none"}]"#;

/// What is expected: it is right, or wrong with these words in what is said.
type Case = (u32, &'static str, &'static str);

#[test]
fn root_and_json() {
    check(&[
        (1, "{@}", ""),
        (2, "", "the file is empty"),
        (3, "{", "the file ends"),
        (4, "{@,}", "there is nothing between"),
        (5, "{\"description\":\"x\" @}", "a ',' is missing"),
        (6, "[]", "a template is an object, not a list"),
        (6, "\"x\"", "a template is an object, not a text"),
        (7, "null", "there is no builder in this template"),
        (7, "{}", "there is no builder in this template"),
        (7, r#"{"builders":null}"#, "there is no builder in this template"),
        (8, r#"{"builders":"x"}"#, "'builders' must be a list"),
        (22, r#"{@,"zz":1,"yy":2}"#, "no root key 'yy'"),
        (23, r#"{@,"_c":"x"}"#, ""),
        (24, r#"{@,"_c":1}"#, "a comment at the root must be a text"),
        (25, r#"{@,"comments":[{"a":"b"}],"push":{}}"#, ""),
        (26, r#"{@,"comments":"x"}"#, "'comments' must be"),
        (26, r#"{@,"push":"x"}"#, "'push' must be"),
        (27, r#"{@,"variables":{"a":"1","a":"2"}}"#, "the key 'a' stands here twice"),
        (28, "{@} {}", "after the end"),
        (29, "\u{feff}{@}", "byte order mark"),
        (29, "{@} // x", "after the end"),
        (30, r#"{"Builders":[{"type":"null","communicator":"none"}]}"#, ""),
        (31, r#"{@,"description":5}"#, "'description' must be a text"),
        (32, r#"{@,"description":null}"#, ""),
        (33, r#"{@,"min_packer_version":1.0}"#, "'min_packer_version' must be a text"),
        (34, r#"{@,"min_packer_version":"abc"}"#, "is no version"),
        (35, r#"{@,"min_packer_version":"99.9.9"}"#, "asks for Packer 99.9.9"),
        (36, r#"{@,"min_packer_version":"1.6.6"}"#, ""),
        (36, r#"{@,"min_packer_version":"v1.6.0"}"#, ""),
        (36, r#"{@,"min_packer_version":""}"#, ""),
    ]);
}

#[test]
fn builders() {
    check(&[
        (9, r#"{"builders":["null"]}"#, "a builder must be an object, not a text"),
        (10, r#"{"builders":[null]}"#, "a builder needs a 'type'"),
        (11, r#"{"builders":[{"type":""}]}"#, "a builder needs a 'type'"),
        (12, r#"{"builders":[{"type":1}]}"#, "there is no builder '1'"),
        (13, r#"{"builders":[{"type":"nope"}]}"#, "there is no builder 'nope'"),
        (
            14,
            r#"{"variables":{"t":"null"},"builders":[{"type":"{{user `t`}}"}]}"#,
            "there is no builder '{{user `t`}}'",
        ),
        (
            15,
            r#"{"builders":[{"type":"null","communicator":"none"},{"type":"null","communicator":"none"}]}"#,
            "two builders are called",
        ),
        (
            16,
            r#"{"builders":[{"type":"null","communicator":"none"},{"type":"null","name":"b","communicator":"none"}]}"#,
            "",
        ),
        (
            17,
            r#"{"builders":[{"type":"null","communicator":"none","name":5},{"type":"null","communicator":"none","name":1.5},{"type":"null","communicator":"none","name":""}]}"#,
            "",
        ),
        (
            18,
            r#"{"builders":[{"type":"null","communicator":"none","name":"{{zork}}"}]}"#,
            "no function 'zork'",
        ),
        (19, r#"{"builders":[{"type":"null","communicator":"none","name":"x{{user `undefined`}}"}]}"#, ""),
        (20, r#"{"builders":[{"type":"null","communicator":"none","zz":null}]}"#, "no option 'zz'"),
        (21, r#"{"builders":[{"type":"null","communicator":"none","_c":"x"}]}"#, "no option '_c'"),
        (
            80,
            r#"{"builders":[{"type":"null","communicator":"none","ssh_port":" 22"}]}"#,
            "must be a whole number",
        ),
        (
            80,
            r#"{"builders":[{"type":"null","communicator":"none","ssh_port":[1]}]}"#,
            "must be a whole number",
        ),
        (
            81,
            r#"{"builders":[{"type":"null","communicator":"none","ssh_pty":"yes"}]}"#,
            "must be true or false",
        ),
        (82, r#"{"builders":[{"type":"null","communicator":"none","ssh_timeout":""}]}"#, "invalid duration"),
        (82, r#"{"builders":[{"type":"null","communicator":"none","ssh_timeout":"1d"}]}"#, "unknown unit"),
        (
            83,
            r#"{"builders":[{"type":"file","target":"{{env `X`}}","content":"x"}]}"#,
            "env vars are not allowed here",
        ),
        (
            84,
            r#"{"builders":[{"type":"file","target":"{{vault `a` `b`}}","content":"x"}]}"#,
            "only allowed in 'variables'",
        ),
        (
            85,
            r#"{"builders":[{"type":"file","target":"{{sed `a` `b`}}","content":"x"}]}"#,
            "use 'replace' or 'replace_all'",
        ),
        (86, r#"{"builders":[{"type":"file","target":"a","content":"x{{user `undefined`}}"}]}"#, ""),
        (87, r#"{"builders":[{"type":"file","target":"a","content":"{{.Foo}}"}]}"#, ""),
        (88, r#"{"builders":[{"type":"amazon-ebs","tags":{"a":"{{"}}]}"#, "unclosed action"),
        (89, r#"{"builders":[{"type":"amazon-ebs","ami_name":"a:b"}]}"#, "t.json:1:46"),
        (90, r#"{"builders":[{"type":"amazon-ebs"}]}"#, "the image has no name"),
        (
            91,
            r#"{"builders":[{"type":"vmware-iso","iso_url":"http://x/a.iso","iso_checksum":"none","ssh_username":"a"}]}"#,
            "",
        ),
        (
            91,
            r#"{"builders":[{"type":"virtualbox-iso","iso_url":"http://x/a.iso","iso_checksum":"none","ssh_username":"a"}]}"#,
            "",
        ),
    ]);
}

#[test]
fn variables() {
    check(&[
        (37, r#"{@,"variables":["a"]}"#, "'variables' must be an object"),
        (38, r#"{@,"variables":{"a":1}}"#, "variable 'a' must be a text or null"),
        (38, r#"{@,"variables":{"a":{}}}"#, "variable 'a' must be a text or null"),
        (39, r#"{@,"variables":{"a":null}}"#, "variable 'a' is required"),
        (43, r#"{@,"sensitive-variables":["undeclared"]}"#, ""),
        (44, r#"{@,"sensitive-variables":"q"}"#, "must be a list"),
        (44, r#"{@,"sensitive-variables":[1]}"#, "holds names of variables"),
        (45, r#"{@,"variables":{"a":"{{user `zz`}}"}}"#, "no variable 'zz'"),
        (45, r#"{@,"variables":{"a":"{{user `a`}}"}}"#, "need one another: a → a"),
        (46, r#"{@,"variables":{"a":"{{nope}}"}}"#, "no function 'nope'"),
        (46, r#"{@,"variables":{"a":"{{"}}"#, "unclosed action"),
        (47, r#"{@,"variables":{"a":"{{build_name}}"}}"#, "not known in 'variables'"),
        (48, r#"{@,"variables":{"a":"{{env `X`}}{{isotime}}{{.Foo}}"}}"#, ""),
    ]);
}

#[test]
fn provisioners() {
    check(&[
        (49, r#"{@,"provisioners":{}}"#, "'provisioners' must be a list"),
        (50, r#"{@,"provisioners":["shell"]}"#, "a provisioner must be an object"),
        (51, r#"{@,"provisioners":[null]}"#, "a provisioner needs a 'type'"),
        (52, r#"{@,"provisioners":[{"type":"zzz"}]}"#, "no provisioner 'zzz'"),
        (53, r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"zz":1}]}"#, "no option 'zz'"),
        (54, r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"only":"null"}]}"#, ""),
        (55, r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"only":["q"]}]}"#, "no builder 'q'"),
        (55, r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"except":5}]}"#, "no builder '5'"),
        (
            56,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"only":["null"],"except":["null"]}]}"#,
            "cannot both be given",
        ),
        (
            57,
            r#"{"variables":{"n":"b"},"builders":[{"type":"null","communicator":"none","name":"{{user `n`}}"}],"provisioners":[{"type":"shell-local","inline":["a"],"only":["b"]}]}"#,
            "no builder 'b'",
        ),
        (
            58,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"override":{"zz":{}}}]}"#,
            "no builder 'zz'",
        ),
        (
            59,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"override":"x"}]}"#,
            "'override' must be an object",
        ),
        (
            60,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"override":{"null":"x"}}]}"#,
            "'override' holds an object",
        ),
        (
            61,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"pause_before":"-5s"},{"type":"shell-local","inline":["a"],"pause_before":5},{"type":"shell-local","inline":["a"],"pause_before":null}]}"#,
            "",
        ),
        (
            62,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"pause_before":"5"}]}"#,
            "missing unit",
        ),
        (
            62,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"pause_before":""}]}"#,
            "invalid duration",
        ),
        (
            63,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"timeout":"1h5m3.5s"},{"type":"shell-local","inline":["a"],"timeout":"0"},{"type":"shell-local","inline":["a"],"timeout":1000}]}"#,
            "",
        ),
        (
            64,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"timeout":"{{user `a`}}"}]}"#,
            "invalid duration",
        ),
        (
            65,
            r#"{@,"variables":{"a":"3"},"provisioners":[{"type":"shell-local","inline":["a"],"max_retries":"{{user `a`}}"},{"type":"shell-local","inline":["a"],"max_retries":true},{"type":"shell-local","inline":["a"],"max_retries":-1}]}"#,
            "",
        ),
        (
            66,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"max_retries":"x"}]}"#,
            "whole number",
        ),
        (
            66,
            r#"{@,"provisioners":[{"type":"shell-local","inline":["a"],"max_retries":1.5}]}"#,
            "whole number",
        ),
        (67, r#"{@,"provisioners":[{"type":"shell-local"}]}"#, "shell-local"),
        (78, r#"{@,"error-cleanup-provisioner":{"type":"shell-local","inline":["a"]}}"#, ""),
        (79, r#"{@,"error-cleanup-provisioner":[]}"#, "the error-cleanup-provisioner must be an object"),
        (79, r#"{@,"error-cleanup-provisioner":{}}"#, "the error-cleanup-provisioner needs a 'type'"),
    ]);
}

#[test]
fn post_processors() {
    check(&[
        (
            68,
            r#"{@,"post-processors":["manifest",{"type":"manifest"},["manifest","artifice"],[]]}"#,
            "artifice",
        ),
        (
            68,
            r#"{@,"post-processors":["manifest",{"type":"manifest"},["manifest",{"type":"checksum"}],[]]}"#,
            "",
        ),
        (69, r#"{@,"post-processors":[[["manifest"]]]}"#, "cannot stand in another"),
        (70, r#"{@,"post-processors":[1]}"#, "must be a name, an object or a list"),
        (70, r#"{@,"post-processors":[null]}"#, "must be a name, an object or a list"),
        (71, r#"{@,"post-processors":[[1]]}"#, "must be a name, an object or a list"),
        (72, r#"{@,"post-processors":"manifest"}"#, "'post-processors' must be a list"),
        (73, r#"{@,"post-processors":[{}]}"#, "a post-processor needs a 'type'"),
        (74, r#"{@,"post-processors":["zz"]}"#, "no post-processor 'zz'"),
        (74, r#"{@,"post-processors":[{"type":"manifest","zz":1}]}"#, "no option 'zz'"),
        (
            75,
            r#"{@,"post-processors":[{"type":"manifest","keep_input_artifact":"true"}]}"#,
            "must be true or false",
        ),
        (
            76,
            r#"{@,"post-processors":[{"type":"manifest","only":"null"}]}"#,
            "must be a list of builders' names",
        ),
        (76, r#"{@,"post-processors":[{"type":"manifest","name":1}]}"#, "'name' must be a text"),
        (77, r#"{@,"post-processors":[{"type":"manifest","only":["q"]}]}"#, "no builder 'q'"),
    ]);
}

/// A file's name, its text, the arguments, what is said.
type Call = (u32, &'static str, &'static str, &'static [&'static str], &'static str);

#[test]
fn command_line() {
    const VARIABLE: &str = r#"{@,"variables":{"a":null}}"#;
    let calls: &[Call] = &[
        (39, "t.json", VARIABLE, &["t.json"], "variable 'a' is required"),
        (40, "t.json", VARIABLE, &["-var", "a=", "t.json"], ""),
        (40, "t.json", VARIABLE, &["-var-file", "v.json", "t.json"], ""),
        (41, "t.json", "{@}", &["-var", "zz=1", "t.json"], ""),
        (42, "t.json", "{@}", &["-var", "zz", "t.json"], "has no '='"),
        (92, "t.json", "{@}", &["nope.json"], "nope.json"),
        (93, "t.json", "{@}", &["t.json", "-syntax-only"], ""),
        (94, "t.json", "{@}", &["-only=nomatch", "t.json"], "no build is called 'nomatch'"),
        (95, "t.hcl", "{@}", &["t.hcl"], "t.hcl:1:1"),
    ];
    let mut wrong = Vec::new();
    for (row, name, text, arguments, expected) in calls {
        let folder = Folder::with("");
        folder.write(name, &text.replace('@', NULL));
        folder.write("v.json", r#"{"a":"1"}"#);
        wrong.extend(verdict(*row, &folder, arguments, expected));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(cases: &[Case]) {
    let wrong = cases.iter().filter_map(|(row, template, expected)| {
        let template = template.replace('@', NULL);
        let wrong = verdict(*row, &Folder::with(&template), &["t.json"], expected)?;
        Some(format!("{wrong}{template}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not as expected, if anything is.
fn verdict(row: u32, folder: &Folder, arguments: &[&str], expected: &str) -> Option<String> {
    let ran = folder.run(arguments);
    let is_right = expected.is_empty();
    let prints = is_right && !arguments.contains(&"-syntax-only");
    if ran.status != if is_right { 0 } else { 2 }
        || !ran.err.contains(expected)
        || prints == ran.out.is_empty()
    {
        return Some(format!("row {row}: exit {}, wanted: {expected}\n{}", ran.status, ran.err));
    }
    let said = std::env::var_os("PACKER").filter(|_| !DIFFERENT.contains(&row)).map(|packer| {
        let mut command = Command::new(packer);
        command.arg("validate").args(arguments).current_dir(folder.path()).env("CHECKPOINT_DISABLE", "1");
        command.stdin(Stdio::null()).output().unwrap()
    });
    said.filter(|said| said.status.success() != is_right)
        .map(|said| format!("row {row}: Packer says otherwise: {}\n", String::from_utf8_lossy(&said.stdout)))
}
