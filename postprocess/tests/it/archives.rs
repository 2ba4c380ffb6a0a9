//! compress and artifice, and which files stay.

use crate::place::{Place, built, image, listed};
use serde_json::json;
use std::fs;

/// Bytes that pack halfway, more than a few blocks of every format.
fn half_random(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let word = next();
        bytes.extend(word.to_le_bytes());
        bytes.extend([0; 8]);
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn real_programs_read_every_format() {
    for (output, command) in [
        ("o.gz", "gzip -t o.gz && gzip -dc o.gz"),
        ("o.gz", "pigz -t o.gz && pigz -dc o.gz"),
        ("o.bgzf", "gzip -dc <o.bgzf"),
        ("o.xz", "xz -t o.xz && xz -dc o.xz"),
        ("o.lz4", "lz4 -qt o.lz4 && lz4 -qdc o.lz4"),
        ("o.bz2", "bzip2 -t o.bz2 && bzip2 -dc o.bz2"),
        ("o.bzip2", "bzip2 -dc <o.bzip2"),
        ("o.tar", "tar xOf o.tar disk.img"),
        ("o.tar.gz", "tar xzOf o.tar.gz disk.img"),
        ("o.tgz", "tar xzOf o.tgz disk.img"),
        ("o.tar.xz", "tar xJOf o.tar.xz disk.img"),
        ("o.tar.bz2", "tar xjOf o.tar.bz2 disk.img"),
        ("o.tar.lz4", "lz4 -qdc o.tar.lz4 | tar xOf - disk.img"),
        ("o.zip", "unzip -tq o.zip >/dev/null && unzip -pq o.zip out/disk.img"),
        ("plain", "tar xzOf plain disk.img"),
    ] {
        let place = Place::new();
        place.write("out/disk.img", half_random(2_500_000));
        place.write("copy", half_random(2_500_000));
        let ran = place.run(&[built(
            "web",
            &["out/disk.img"],
            json!([[{"type": "compress", "output": output, "compression_level": 1}]]),
        )]);
        assert_eq!(ran.status, Some(0), "{output}: {}", ran.stderr);
        assert_eq!(listed(&ran.records[0]), [output]);
        let size = fs::metadata(place.work().join(output)).unwrap().len();
        assert_eq!(ran.records[0]["artifacts"][0]["files"][0]["size"], json!(size));
        assert!(!place.work().join("out/disk.img").exists(), "the archive replaces the image");
        place.sh(&format!("{{ {command}; }} | cmp - copy"));
    }
}

#[test]
fn empty_files_make_valid_archives() {
    for (output, command) in [
        ("o.gz", "gzip -t o.gz"),
        ("o.bgzf", "gzip -tS .bgzf o.bgzf"),
        ("o.xz", "xz -t o.xz"),
        ("o.lz4", "lz4 -qt o.lz4"),
        ("o.bz2", "bzip2 -t o.bz2"),
        ("o.zip", "unzip -tq o.zip"),
        ("o.tar.gz", "tar tzf o.tar.gz"),
    ] {
        let place = Place::new();
        place.write("disk", "");
        let ran = place.run(&[built("web", &["disk"], json!([[{"type": "compress", "output": output}]]))]);
        assert_eq!(ran.status, Some(0), "{output}: {}", ran.stderr);
        place.sh(command);
    }
}

#[test]
fn the_same_files_give_the_same_archive() {
    let archive = |time: &str, epoch: &[(&str, &str)]| {
        let place = Place::new();
        place.write("disk", "hello");
        place.sh(&format!("touch -d {time} disk"));
        let steps = json!([[{"type": "compress", "output": "o.tar.gz"}]]);
        let ran = place.run_with(&[built("web", &["disk"], steps)], &[], epoch);
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        (fs::read(place.work().join("o.tar.gz")).unwrap(), place.sh("TZ=UTC tar tvf o.tar.gz"))
    };
    let (one, listing) = archive("2001-01-01", &[]);
    let (two, _) = archive("2020-02-02", &[]);
    assert_eq!(one, two);
    assert!(listing.contains("1970-01-01"), "{listing}");
    let (_, listing) = archive("2020-02-02", &[("SOURCE_DATE_EPOCH", "86400")]);
    assert!(listing.contains("1970-01-02"), "{listing}");
}

#[test]
fn nothing_is_replaced_without_force() {
    let place = Place::new();
    place.write("disk", "new");
    place.write("o.tar.gz", "old");
    let record = built("web", &["disk"], json!([[{"type": "compress", "output": "o.tar.gz"}]]));
    let ran = place.run(std::slice::from_ref(&record));
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.stderr.contains("o.tar.gz exists already") && ran.stderr.contains("--force"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.records[0]["status"], "failed");
    assert_eq!(ran.records[0]["error"]["step"], "compress");
    assert_eq!(ran.records[0]["annotated"]["by"], "jq");
    assert_eq!(listed(&ran.records[0]), ["disk"], "a failed sequence leaves its input");
    assert_eq!(
        (place.read("o.tar.gz"), place.files()),
        ("old".into(), vec!["disk".into(), "o.tar.gz".into()])
    );
    let ran = place.run_with(&[record], &["-force"], &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.sh("tar xzOf o.tar.gz disk"), "new");
}

#[test]
fn what_cannot_be_packed_says_why() {
    for (files, output, expected) in [
        (&["a", "b"][..], "o.gz", "2 files do not go into one file without an archive: a, b"),
        (&["a", "d/a"][..], "o.tar", "a and d/a would both be a in the archive"),
        (&["missing"][..], "o.tar", "cannot read missing"),
        (&["a"][..], "a/o.tar", "a"),
    ] {
        let place = Place::new();
        for name in ["a", "b", "d/a"] {
            place.write(name, "x");
        }
        let before = place.files();
        let steps = json!([[{"type": "compress", "output": output}]]);
        let ran = place.run(&[built("web", files, steps)]);
        assert_eq!(ran.status, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{expected}: {}", ran.stderr);
        assert_eq!(place.files(), before, "{output}");
    }
    let place = Place::new();
    let ran = place.run(&[image("ami", json!([[{"type": "compress"}]]))]);
    assert!(ran.stderr.contains("nothing to pack"), "{}", ran.stderr);
    assert_eq!(ran.records[0]["artifacts"][0]["id"], "us-east-1:ami-1");
}

#[test]
fn an_unknown_extension_is_packed_with_a_warning() {
    let place = Place::new();
    place.write("disk", "x");
    let ran = place.run(&[built("web", &["disk"], json!([[{"type": "compress", "output": "o.img"}]]))]);
    assert!(ran.stderr.contains("warning: 'o.img' names no known format: o.img will be"), "{}", ran.stderr);
    assert_eq!(place.sh("tar xzOf o.img disk"), "x");
}

#[test]
fn keep_input_artifact_has_three_states() {
    for (keep, expected) in
        [(json!(null), &["o.tar"][..]), (json!(false), &["o.tar"]), (json!(true), &["disk", "o.tar"])]
    {
        let place = Place::new();
        place.write("disk", "x");
        let step = json!({"type": "compress", "output": "o.tar", "keep_input_artifact": keep});
        let ran = place.run(&[built("web", &["disk"], json!([[step]]))]);
        assert_eq!(
            (listed(&ran.records[0]), place.files()),
            (
                expected.iter().map(ToString::to_string).collect(),
                expected.iter().map(ToString::to_string).collect()
            )
        );
    }
}

#[test]
fn what_a_later_step_replaces_is_neither_there_nor_listed() {
    for (steps, expected) in [
        (
            json!([[{"type": "compress", "output": "x.tar"}, {"type": "compress", "output": "x.tar.gz"}]]),
            &["x.tar.gz"][..],
        ),
        (json!([[{"type": "checksum"}, {"type": "compress", "output": "x.tar"}]]), &["x.tar"]),
        (
            json!([[{"type": "compress", "output": "x.tar"}], [{"type": "shell-local", "inline": ["true"], "keep_input_artifact": false}]]),
            &["disk", "x.tar"],
        ),
        (
            json!([[{"type": "compress", "output": "/nonexistent/\u{0}/x.tar"}], [{"type": "compress", "output": "x.tar"}]]),
            &["disk", "x.tar"],
        ),
    ] {
        let place = Place::new();
        place.write("disk", "x");
        let ran = place.run(&[built("web", &["disk"], steps.clone())]);
        assert_eq!(place.files(), expected, "{steps}: {}", ran.stderr);
        let mut found = listed(&ran.records[0]);
        found.sort();
        assert_eq!(found, expected, "{steps}");
    }
}

#[test]
fn files_that_artifice_names_are_never_removed() {
    let place = Place::new();
    for name in ["disk", "b.box", "a.box", "more/c.box"] {
        place.write(name, name);
    }
    let steps = json!([[
        {"type": "artifice", "files": ["*.box", "more"], "keep_input_artifact": false},
        {"type": "compress", "output": "o.tar", "keep_input_artifact": false},
    ]]);
    let ran = place.run(&[built("web", &["disk"], steps)]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.files(), ["a.box", "b.box", "more", "o.tar"]);
    assert_eq!(listed(&ran.records[0]), ["o.tar"]);
    assert_eq!(place.sh("tar tf o.tar"), "a.box\nb.box\nc.box\n");
}

#[test]
fn a_pattern_without_a_match_is_a_mistake() {
    let place = Place::new();
    place.write("disk", "x");
    let ran = place.run(&[built("web", &["disk"], json!([[{"type": "artifice", "files": ["*.bxo"]}]]))]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("no file matches '*.bxo'"), "{}", ran.stderr);
}

#[test]
fn images_in_a_cloud_stay() {
    let place = Place::new();
    place.write("x", "x");
    let steps = json!([[{"type": "artifice", "files": ["x"], "keep_input_artifact": false}]]);
    let ran = place.run(&[image("ami", steps)]);
    assert_eq!(ran.status, Some(0));
    assert!(ran.stderr.contains("us-east-1:ami-1 stays"), "{}", ran.stderr);
    assert_eq!(ran.records[0]["artifacts"][0]["regions"]["us-east-1"], "ami-1");
    assert_eq!(listed(&ran.records[0]), ["x"]);
}

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let place = Place::new();
    place.write("disk", half_random(3_000_000));
    let mut child = std::process::Command::new("sh")
        .args(["-c", "ulimit -f 100; trap '' XFSZ; exec \"$0\"", env!("CARGO_BIN_EXE_postprocess")])
        .current_dir(place.work())
        .env("XDG_STATE_HOME", place.work().join("../state"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    crate::place::give(
        &mut child,
        &[built("web", &["disk"], json!([[{"type": "compress", "output": "o.tar"}]]))],
    );
    let ran = crate::place::ended(child);
    assert_eq!(ran.status, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot write o.tar"), "{}", ran.stderr);
    assert_eq!(place.files(), ["disk"]);
}
