//! HCL2: the verdicts of Packer 1.6.6 (`tests/hcl2/verdicts.txt`), and what comes of configurations.

use crate::support::Folder;

const NULL: &str = "source \"null\" \"x\" { communicator = \"none\" }";
const BUILD: &str = "build { sources = [\"null.x\"] }";

#[test]
fn verdicts() {
    let cases = include_str!("../hcl2/verdicts.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases.split("\n=== ").skip(1) {
        let (head, body) = case.split_once('\n').unwrap();
        let (what, expected) = head.split_once(" | ").unwrap();
        let expected = expected.split(" ! ").next().unwrap();
        let lines = body.lines().map(|line| match line {
            "NULL" => NULL,
            "BUILD" => BUILD,
            line => line,
        });
        let folder = Folder::with("{}");
        folder.write("t.pkr.hcl", &lines.collect::<Vec<_>>().join("\n"));
        let given: &[&str] =
            if what == "types of all sorts" { &["-var", "a=x", "t.pkr.hcl"] } else { &["t.pkr.hcl"] };
        let ran = folder.run(given);
        let is_good = match expected {
            "ok" => ran.status == 0 && !ran.out.is_empty(),
            text => ran.status == 2 && ran.out.is_empty() && ran.err.contains(text),
        };
        if !is_good {
            wrong.push(format!("{what}: exit {}, wanted: {expected}\n{}", ran.status, ran.err));
        }
        count += 1;
    }
    assert!(count > 80, "only {count} cases were read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A folder as people have it: variables, locals and sources in files of their own.
pub(crate) fn project() -> Folder {
    let folder = Folder::with("{}");
    for (name, text) in [
        ("versions.pkr.hcl", include_str!("../hcl2/project/versions.pkr.hcl")),
        ("variables.pkr.hcl", include_str!("../hcl2/project/variables.pkr.hcl")),
        ("sources.pkr.hcl", include_str!("../hcl2/project/sources.pkr.hcl")),
        ("build.pkr.hcl", include_str!("../hcl2/project/build.pkr.hcl")),
        ("site.auto.pkrvars.hcl", "region = \"eu-central-1\"\nteam = \"auto\"\n"),
        ("more.auto.pkrvars.json", "{\"team\": \"json\"}"),
        ("given.pkrvars.hcl", "team = \"given\"\nzones = [\"a\", \"b\"]\nunknown = 1\n"),
        ("setup.sh", "#!/bin/sh\n"),
    ] {
        std::fs::create_dir_all(folder.path().join("web")).unwrap();
        folder.write(&format!("web/{name}"), text);
    }
    folder
}

#[test]
fn a_folder_is_one_template() {
    let ran = project().run_with(
        &[
            "-var-file",
            "web/given.pkrvars.hcl",
            "-var",
            "password=pässwort",
            "-var",
            "volumes={a=8,b=16}",
            "web",
        ],
        &[("PKR_VAR_region", "us-west-2")],
    );
    assert_eq!((ran.status, ran.err.matches("error").count()), (0, 0), "{}", ran.err);
    assert!(ran.err.contains("warning[unknown-variable]: there is no variable 'unknown'"), "{}", ran.err);
    let records = ran.records();
    let names: Vec<&str> = records.iter().map(|record| record["build"].as_str().unwrap()).collect();
    assert_eq!(names, ["web.amazon-ebs.server", "web.amazon-ebs.small", "web.null.local"]);
    let server = &records[0];
    let builder = &server["builder"];
    assert_eq!(builder["ami_name"], "web-given-server");
    assert_eq!(builder["region"], "eu-central-1");
    assert_eq!(builder["tags"]["Zones"], "a,b");
    assert_eq!(builder["launch_block_device_mappings"][1]["volume_size"], 16);
    assert_eq!(server["sensitive"], serde_json::json!(["password"]));
    assert_eq!(server["variables"]["password"], "pässwort");
    assert_eq!(server["variables"]["zones"], r#"["a","b"]"#);
    let steps = server["provisioners"].as_array().unwrap();
    assert_eq!(steps[0]["script"], "web/setup.sh");
    assert_eq!(steps[1]["inline"][0], "echo amazon-ebs server {{build `SourceAMIName`}}");
    assert_eq!((&steps[1]["pause_before"], &steps[1]["max_retries"]), (&"10s".into(), &2.into()));
    assert_eq!(records[1]["builder"]["instance_type"], "t3.nano");
    assert_eq!(records[1]["provisioners"][1]["inline"][0], "echo small");
    assert_eq!(records[2]["provisioners"].as_array().unwrap().len(), 1);
    assert_eq!(server["post_processors"][0].as_array().unwrap().len(), 2);
}

#[test]
fn builds_are_chosen_by_patterns() {
    let folder = project();
    let names = |arguments: &[&str]| {
        let given = [arguments, &["-var", "password=p", "web"]].concat();
        let ran = folder.run(&given);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let records = ran.records();
        records.iter().map(|record| record["build"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["-only=web.amazon-*"]), ["web.amazon-ebs.server", "web.amazon-ebs.small"]);
    assert_eq!(names(&["-except=*.server,*local"]), ["web.amazon-ebs.small"]);
    assert_eq!(names(&["-only=web.null.local"]), ["web.null.local"]);
    let ran = folder.run(&["-only=nobody", "-var", "password=p", "web"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("no build is called 'nobody'"), "{}", ran.err);
}

#[test]
fn mistakes_are_told_in_their_files() {
    let folder = project();
    folder.write("web/extra.pkr.hcl", "local \"team\" { expression = 1 }\nlocals {\n  x = local.nobody\n}\n");
    let ran = folder.run(&["--format", "json", "-var", "password=p", "web"]);
    let lines = ran.records();
    let places: Vec<String> = lines
        .iter()
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            format!("{}:{}:{} {}", text("file"), line["line"], line["column"], text("text"))
        })
        .collect();
    assert_eq!(places, ["web/extra.pkr.hcl:3:7 local.nobody", "web/variables.pkr.hcl:28:3 team"]);
    assert!(
        lines[1]["hint"].as_str().unwrap().contains("the first one is in web/extra.pkr.hcl:1:7"),
        "{}",
        ran.out
    );
}

#[test]
fn standard_input_is_known_by_its_blocks() {
    let ran =
        crate::support::run_in_with_input(Folder::with("{}").path(), &["-"], &format!("{NULL}\n{BUILD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.records()[0]["build"], "null.x");
}
