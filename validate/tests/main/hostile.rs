//! Files that are no templates, or have no end: one error that says where, why and what to do, and no more is read than may be.

use crate::support::{Folder, Ran};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

const GOOD: &str = r#"{"builders": [{"type": "null", "communicator": "none"}]}"#;

/// Runs with a file as standard input.
fn run_on(folder: &Folder, arguments: &[&str], input: File) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_validate"))
        .args(arguments)
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::from(input))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: ran.status.code().unwrap(), out: text(ran.stdout), err: text(ran.stderr) }
}

fn assert_one_error(ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.ends_with("\nvalidate: 1 error\n"), "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "'{part}' is not in: {}", ran.err);
    }
}

#[test]
fn texts_in_other_encodings_are_said_to_be() {
    let utf_16 = |text: &str, mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [mark, &text.encode_utf16().flat_map(bytes).collect::<Vec<_>>()].concat()
    };
    let folder = Folder::with("{}");
    for (name, content, parts) in [
        (
            "a.json",
            utf_16(GOOD, b"\xff\xfe", u16::to_le_bytes),
            &["a.json is UTF-16", "save it as UTF-8"][..],
        ),
        ("a.pkr.hcl", utf_16("build {}", b"\xfe\xff", u16::to_be_bytes), &["a.pkr.hcl is UTF-16"]),
        (
            "b.json",
            [b"\xef\xbb\xbf", GOOD.as_bytes()].concat(),
            &["b.json:1:1", "byte order mark", "without BOM"],
        ),
        ("b.pkr.hcl", b"\xef\xbb\xbfbuild {}".to_vec(), &["b.pkr.hcl:1:1", "byte order mark", "without BOM"]),
        (
            "c.pkr.hcl",
            b"# h\xc3\xa9\nlocals {\n  a = \"\xe9\"\n}\n".to_vec(),
            &["c.pkr.hcl:3:8: this is no UTF-8 text", "HCL2 is UTF-8"],
        ),
        ("d.json", b"{\"builders\": \0[]}".to_vec(), &["d.json:1:14", "a value should stand here"]),
        ("e.json", b"{\"builders\": [\"\0\"]}".to_vec(), &["e.json:1:16", "control character"]),
        ("f.pkr.hcl", b"locals {\n  \0\n}\n".to_vec(), &["f.pkr.hcl:2:3", "this is no HCL"]),
        ("g.json", vec![0; 64], &["g.json:1:1", "a value should stand here"]),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
        assert_one_error(&folder.run(&[name]), parts);
    }
}

#[test]
fn what_has_no_end_is_read_as_far_as_a_template_may_be_long() {
    let folder = Folder::with(GOOD);
    for name in ["zero.json", "zero.pkr.hcl", "zero.pkrvars.hcl"] {
        symlink("/dev/zero", folder.path().join(name)).unwrap();
    }
    let key = r#"{"builders": [{"type": "null", "ssh_host": "h", "ssh_username": "u", "ssh_private_key_file": "/dev/zero"}]}"#;
    folder.write("key.json", key);
    for (arguments, large) in [
        (&["zero.json"][..], "zero.json is larger than 16 MiB"),
        (&["zero.pkr.hcl"], "zero.pkr.hcl is larger than 16 MiB"),
        (&["--fmt", "zero.pkr.hcl"], "zero.pkr.hcl is larger than 16 MiB"),
        (&["--fix", "zero.json"], "zero.json is larger than 16 MiB"),
        (&["--hcl2", "zero.json"], "zero.json is larger than 16 MiB"),
        (&["-var-file=zero.json", "t.json"], "zero.json is larger than 16 MiB"),
        (&["-var-file=zero.pkrvars.hcl", "t.json"], "zero.pkrvars.hcl is larger than 16 MiB"),
        (&["--locked=/dev/zero", "t.json"], "/dev/zero is larger than 64 MiB"),
        (&["key.json"], "/dev/zero is larger than 1 MiB"),
    ] {
        assert_one_error(&folder.run(arguments), &[large]);
    }
    for arguments in [&[][..], &["--fmt", "-"], &["--fix", "-"]] {
        let ran = run_on(&folder, arguments, File::open("/dev/zero").unwrap());
        assert_one_error(&ran, &["is larger than 16 MiB", "is this another one?"]);
    }
}

#[test]
fn a_pipe_that_never_ends_is_left_after_as_much() {
    let folder = Folder::with("{}");
    let pipe = folder.path().join("pipe.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = std::thread::spawn(move || {
        let mut pipe = File::options().write(true).open(pipe).unwrap();
        // Until nobody reads.
        while pipe.write_all(&[b' '; 65536]).is_ok() {}
    });
    assert_one_error(&folder.run(&["pipe.json"]), &["pipe.json is larger than 16 MiB"]);
    writer.join().unwrap();
}

#[test]
fn what_is_no_file_is_said_to_be_none() {
    let folder = Folder::with(GOOD);
    std::fs::create_dir(folder.path().join("empty.json")).unwrap();
    for (arguments, parts) in [
        (&["empty.json"][..], &["there is no template in the folder empty.json", "a template is a file"][..]),
        (&["-var-file=empty.json", "t.json"], &["cannot read the variable file empty.json: it is a folder"]),
        (&["--locked=empty.json", "t.json"], &["cannot read the lock file empty.json: it is a folder"]),
        (&["none.json"], &["cannot read the template none.json: No such file"]),
    ] {
        assert_one_error(&folder.run(arguments), parts);
    }
}
