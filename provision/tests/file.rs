//! The step `file`: what goes where, by each way to transfer.

use crate::support::{Place, Ran, names};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// Runs one file step over each way to transfer, in a place of its own, and shows the result to `check`.
fn each_way(prepare: impl Fn(&Place) -> Value, check: impl Fn(&Place, &Ran, &str)) {
    for method in ["scp", "sftp"] {
        let place = Place::new();
        let mut record = place.record(json!([prepare(&place)]));
        record["builder"]["ssh_file_transfer_method"] = json!(method);
        let ran = place.run(&[], &record);
        check(&place, &ran, method);
    }
}

/// What is in the folder afterwards, or how the message ends.
type Expected = Result<Vec<String>, &'static str>;

/// All paths below a folder with what is in the files, sorted.
fn tree(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for name in names(folder) {
            let path = folder.join(&name);
            if path.is_dir() {
                found.push(format!("{prefix}{name}/"));
                walk(&path, &format!("{prefix}{name}/"), found);
            } else {
                found.push(format!("{prefix}{name}={}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found);
    found
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// `src/dir` with a file and a folder, `src/file`; `guest/T` exists and `guest/T/new` does not.
fn sources(place: &Place) {
    place.write("src/dir/a", "1");
    place.write("src/dir/sub/b", "2");
    place.write("src/file", "3");
    fs::create_dir(place.path("guest/T")).unwrap();
}

#[test]
fn uploads_go_where_the_table_says() {
    let dir = ["a=1", "sub/", "sub/b=2"];
    let under = |prefix: &str, folders: &[&str]| {
        folders
            .iter()
            .map(|f| (*f).to_owned())
            .chain(dir.iter().map(|name| format!("{prefix}{name}")))
            .collect()
    };
    let cases: [(&str, &str, Expected); 10] = [
        ("dir", "T", Ok(under("dir/", &["dir/"]))),
        ("dir", "T/", Ok(under("dir/", &["dir/"]))),
        ("dir/", "T", Ok(under("", &[]))),
        ("dir/", "T/new", Ok(under("new/", &["new/"]))),
        ("dir", "T/new", Ok(under("new/", &["new/"]))),
        ("file", "T/", Ok(vec!["file=3".into()])),
        ("file", "T", Err("T is a folder")),
        ("file", "T/new/file", Ok(vec!["new/".into(), "new/file=3".into()])),
        ("file", "T/new/", Ok(vec!["new/".into(), "new/file=3".into()])),
        ("file", "T/a b/it's \"q\" $x\n", Ok(vec!["a b/".into(), "a b/it's \"q\" $x\n=3".into()])),
    ];
    for (source, destination, expected) in cases {
        each_way(
            |place| {
                sources(place);
                json!({"type": "file", "source": place.text(&format!("src/{source}")),
                       "destination": place.text(&format!("guest/{destination}"))})
            },
            |place, ran, method| match &expected {
                Ok(expected) => {
                    ran.well();
                    let found = tree(&place.path("guest/T"));
                    assert_eq!(&found, expected, "{source} to {destination} by {method}");
                }
                Err(message) => {
                    let failed = ran.failed();
                    assert!(failed.ends_with(message), "{source} to {destination} by {method}: {failed}");
                    assert!(ran.record()["error"]["hint"].as_str().unwrap().contains("slash"));
                    assert_eq!(tree(&place.path("guest/T")), Vec::<String>::new());
                }
            },
        );
    }
}

#[test]
fn modes_links_and_odd_names_arrive() {
    each_way(
        |place| {
            let odd = "-rf $HOME `id` 'q' \"d\"\nnew";
            place.write(&format!("src/dir/{odd}"), "odd");
            place.write("src/dir/tool", "t");
            fs::set_permissions(place.path("src/dir/tool"), fs::Permissions::from_mode(0o750)).unwrap();
            fs::create_dir(place.path("src/dir/private")).unwrap();
            fs::set_permissions(place.path("src/dir/private"), fs::Permissions::from_mode(0o700)).unwrap();
            symlink("tool", place.path("src/dir/link")).unwrap();
            place.write(&format!("src/dir/{}", "long".repeat(50)), "l");
            json!({"type": "file", "source": place.text("src/dir"), "destination": place.text("guest/")})
        },
        |place, ran, method| {
            ran.well();
            let guest = place.path("guest/dir");
            assert_eq!(tree(&guest), tree(&place.path("src/dir")), "{method}");
            assert_eq!((mode(&guest.join("tool")), mode(&guest.join("private"))), (0o750, 0o700), "{method}");
            assert!(!guest.join("link").is_symlink(), "{method}");
        },
    );
}

#[test]
fn content_and_several_sources() {
    let place = Place::new();
    let (one, two) = (place.write("src/one", "1"), place.write("src/two", "2"));
    let ran = place.steps(json!([
        {"type": "file", "content": "a {{ b\n", "destination": place.text("guest/text")},
        {"type": "file", "content": "c", "destination": place.text("guest/into/")},
        {"type": "file", "sources": [one, two], "destination": place.text("guest/many/")}
    ]));
    ran.well();
    let expected = ["into/", "into/pkr-file-content=c", "many/", "many/one=1", "many/two=2", "text=a {{ b\n"];
    assert_eq!(tree(&place.path("guest")), expected);
    assert_eq!(mode(&place.path("guest/text")), 0o644);
}

#[test]
fn downloads_go_where_the_table_says() {
    let dir = ["dir/", "dir/a=1", "dir/sub/", "dir/sub/b=2"];
    let cases: [(&str, &str, &[&str]); 7] = [
        ("file", "d/", &["file=3"]),
        ("file", "d/x/y", &["x/", "x/y=3"]),
        ("dir/", "d", &dir),
        ("dir/", "d/", &dir),
        ("dir", "d/", &dir),
        ("dir/*", "d/", &["a=1", "sub/", "sub/b=2"]),
        ("dir/[a-b]", "d", &["a=1"]),
    ];
    for (source, destination, expected) in cases {
        each_way(
            |place| {
                place.write("guest/dir/a", "1");
                place.write("guest/dir/sub/b", "2");
                place.write("guest/file", "3");
                json!({"type": "file", "direction": "download", "source": place.text(&format!("guest/{source}")),
                       "destination": place.text(destination)})
            },
            |place, ran, method| {
                ran.well();
                assert_eq!(tree(&place.path("d")), expected, "{source} to {destination} by {method}");
            },
        );
    }
}

#[test]
fn a_download_appears_whole_or_not_at_all() {
    each_way(
        |place| json!({"type": "file", "direction": "download", "source": place.text("guest/none"), "destination": place.text("d/x")}),
        |place, ran, method| {
            let expected = format!("cannot read {} in the machine: ", place.text("guest/none"));
            assert!(ran.failed().starts_with(&expected), "{method}: {}", ran.failed());
            assert!(!place.path("d/x").exists());
        },
    );
}

#[test]
fn big_files_arrive_unchanged() {
    each_way(
        |place| {
            let big: Vec<u8> =
                (0..20_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            json!({"type": "file", "source": place.write("big", big), "destination": place.text("guest/big")})
        },
        |place, ran, method| {
            ran.well();
            assert!(
                fs::read(place.path("big")).unwrap() == fs::read(place.path("guest/big")).unwrap(),
                "{method}"
            );
        },
    );
}

#[test]
fn a_failed_write_says_why() {
    let place = Place::new();
    let source = place.write("src/one", "1");
    let ran = place.steps(json!([{"type": "file", "source": source, "destination": "/proc/no/such"}]));
    let message = ran.failed();
    assert!(message.starts_with("cannot write /proc/no/such in the machine: mkdir: "), "{message}");
    let ran = place
        .steps(json!([{"type": "file", "source": "/no/such", "destination": "/tmp/x", "generated": true}]));
    assert_eq!(ran.failed(), "cannot read /no/such: No such file or directory (os error 2)");
}
