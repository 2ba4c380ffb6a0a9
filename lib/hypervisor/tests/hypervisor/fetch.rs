//! Getting images: downloads that break, caches, checksums.

use crate::server::{Manners, Server, sha256};
use crate::world::{World, stderr};
use std::fs;
use std::path::Path;
use std::process::Stdio;

fn body() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_le_bytes).collect()
}

#[test]
fn goes_on_where_the_download_broke() {
    let (world, body) = (World::new(), body());
    for (manners, second) in [
        (
            Manners { cut: Some(500_000), cuts: 1, ..Manners::default() },
            "GET /image.iso bytes=500000- \"v1\"",
        ),
        (
            Manners { cut: Some(500_000), cuts: 1, no_validators: true, ..Manners::default() },
            "GET /image.iso bytes=500000-",
        ),
        (
            Manners { cut: Some(500_000), cuts: 1, no_ranges: true, ..Manners::default() },
            "GET /image.iso bytes=500000- \"v1\"",
        ),
    ] {
        let server = Server::start(body.clone(), manners);
        let url = format!("{}/image.iso", server.url);
        let path = world.ok(&["fetch", &sha256(&body), &url]);
        assert!(fs::read(path.trim()).unwrap() == body);
        assert_eq!(server.requests(), ["GET /image.iso", second]);
        fs::remove_file(path.trim()).unwrap();
    }
}

#[test]
fn a_later_run_goes_on_too() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners { cut: Some(0), cuts: 7, ..Manners::default() });
    let url = format!("{}/image.iso", server.url);
    let checksum = sha256(&body);
    let output = world.run(&["fetch", &checksum, &url]);
    assert!(stderr(&output).contains("(5 tries)"), "{}", stderr(&output));
    let partial = world.path(".cache/packer").join(format!("{}.iso.partial", packers_name(&checksum)));
    fs::write(&partial, &body[..1000]).unwrap();
    world.ok(&["fetch", &checksum, &url]);
    assert_eq!(server.requests().last().unwrap(), "GET /image.iso bytes=1000- \"v1\"");
    assert!(!partial.exists());
}

#[test]
fn nothing_is_fetched_twice() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners::default());
    let (url, checksum) = (format!("{}/image.iso", server.url), format!("sha256:{}", sha256(&body)));
    let first = world.ok(&["fetch", &checksum, &url]);
    let name = format!(".cache/packer/{}.iso", packers_name(&sha256(&body)));
    assert_eq!(Path::new(first.trim()), world.path(&name), "the name that Packer gives it");
    assert_eq!(world.ok(&["fetch", &sha256(&body), &url]), first);
    assert_eq!(server.requests().len(), 1);
    // The same bytes elsewhere under the same checksum need no server at all.
    assert_eq!(world.ok(&["fetch", &checksum, "http://127.0.0.1:1/other.iso"]), first);
    // A file that was changed is found out, and fetched again.
    fs::write(first.trim(), b"broken").unwrap();
    world.ok(&["fetch", &checksum, &url]);
    assert!(fs::read(first.trim()).unwrap() == body);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn two_processes_fetch_once() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners::default());
    let (url, checksum) = (format!("{}/image.iso", server.url), sha256(&body));
    let others = World::new();
    let cache = world.path("cache");
    let start = |world: &World| {
        let mut command = world.command(&["fetch", &checksum, &url]);
        command.env("PACKER_CACHE_DIR", &cache).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for child in [start(&world), start(&others)] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(server.requests(), ["GET /image.iso"]);
}

#[test]
fn the_next_place_is_tried_and_all_are_named() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners::default());
    let (none, url) = (format!("{}/none.iso", server.url), format!("{}/image.iso", server.url));
    let output = world.run(&["fetch", &sha256(&body), "missing.iso", &none, &url]);
    assert!(output.status.success());
    assert!(
        stderr(&output).contains(&format!("{none}: the server answers 404 Not Found")),
        "{}",
        stderr(&output)
    );
    let output = world.run(&["fetch", "none", "missing.iso", &none]);
    let said = format!(
        "no place has the ISO:\nmissing.iso: No such file or directory\n{none}: the server answers 404 Not Found"
    );
    let plain: String = stderr(&output)
        .lines()
        .map(|line| line.trim_start_matches("machine-parts: "))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(plain.contains(&said), "{}", stderr(&output));
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners::default());
    let url = format!("{}/image.iso", server.url);
    let output = world.run(&["fetch", &"0".repeat(64), &url]);
    let said = format!("its sha256 checksum is {}, and should be {}", sha256(&body), "0".repeat(64));
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(world.path(".cache/packer"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_file_of_checksums_decides_by_name() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body, Manners::default());
    let (url, sums) =
        (format!("{}/image.iso?mirror=1", server.url), format!("file:{}/SHA256SUMS", server.url));
    world.ok(&["fetch", &sums, &url]);
    let output = world.run(&["fetch", &sums, &format!("{}/other.iso", server.url)]);
    assert!(stderr(&output).contains("do not name 'other.iso'"), "{}", stderr(&output));
    assert!(stderr(&output).contains("it has: image.iso"), "{}", stderr(&output));
}

#[test]
fn a_file_of_this_computer_is_used_where_it_is() {
    let world = World::new();
    fs::write(world.path("my image.iso"), b"hello\n").unwrap();
    let md5 = "b1946ac92492d2347c6235b4d2611184";
    let place = format!("{}\n", world.path("my image.iso").canonicalize().unwrap().display());
    assert_eq!(world.ok(&["fetch", md5, "my image.iso"]), place);
    let url = format!("file://{}", world.path("my%20image.iso").display());
    assert_eq!(world.ok(&["fetch", "none", &url]), place);
    let output = world.run(&["fetch", &format!("md5:{}", "0".repeat(32)), "my image.iso"]);
    assert!(stderr(&output).contains(&format!("its md5 checksum is {md5}")), "{}", stderr(&output));
    assert!(world.path("my image.iso").exists(), "what is the user's is never removed");
}

#[test]
fn without_a_checksum_the_server_is_asked_whether_it_has_a_new_one() {
    let (world, body) = (World::new(), body());
    let server = Server::start(body.clone(), Manners::default());
    let url = format!("{}/image.iso", server.url);
    world.ok(&["fetch", "none", &url]);
    world.ok(&["fetch", "none", &url]);
    assert_eq!(server.requests(), ["GET /image.iso", "HEAD /image.iso"]);
}

#[test]
fn passwords_in_urls_are_not_shown() {
    let world = World::new();
    let output = world.run(&["fetch", "none", "http://me:hunter2@127.0.0.1:1/image.iso"]);
    assert!(!output.status.success());
    assert!(!stderr(&output).contains("hunter2") && stderr(&output).contains("http://127.0.0.1:1/image.iso"));
    assert!(!fs::read_to_string(world.state("log")).unwrap().contains("hunter2"));
}

/// The name of a file in Packer's cache: SHA-1 of its checksum with its sort.
fn packers_name(sha256: &str) -> String {
    use sha1::{Digest, Sha1};
    Sha1::digest(format!("sha256:{sha256}")).iter().map(|byte| format!("{byte:02x}")).collect()
}
