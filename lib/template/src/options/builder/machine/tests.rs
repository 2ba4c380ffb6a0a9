//! What `validate` says of the options that builders of virtual machines share.

use super::{Boot, Cd, Floppy, Http, Iso, Output, Shutdown, Vnc};
use crate::Duration;
use crate::options::Check;

/// What a check finds: a path and a message each, warnings with `?` before them.
fn found(run: impl FnOnce(&mut Check)) -> Vec<String> {
    let mut check = Check { build: "web".into(), ..Check::default() };
    run(&mut check);
    let line = |finding: crate::options::Finding| {
        format!("{}{}: {}", if finding.warning { "?" } else { "" }, finding.path, finding.message)
    };
    check.findings.into_iter().map(line).collect()
}

fn iso(url: &str, checksum: &str) -> Iso {
    Iso { iso_url: url.into(), iso_checksum: checksum.into(), ..Iso::default() }
}

#[test]
fn every_form_of_checksum_is_known() {
    let url = "https://example.com/a.iso";
    let digits = "0123456789abcdef".repeat(4);
    for right in [
        digits.clone(),
        format!("sha256:{digits}"),
        "file:https://example.com/SUMS".into(),
        "FILE:sums".into(),
    ] {
        assert_eq!(found(|check| iso(url, &right).check(check)), [""; 0], "{right}");
    }
    for (wrong, message) in [
        (String::new(), "iso_checksum: the checksum is missing"),
        ("none".into(), "?iso_checksum: the image is not verified: its checksum is 'none'"),
        ("sha257:00".into(), "iso_checksum: 'sha257' is not a sort of checksum"),
        (format!("md5:{digits}"), "?iso_checksum: 64 digits are no md5 checksum, which has 32"),
        ("abc".into(), "iso_checksum: a checksum of 3 digits is of no sort known"),
        ("xyz".into(), "iso_checksum: 'x' is not a hexadecimal digit"),
        ("file:".into(), "iso_checksum: the file of checksums is not named"),
    ] {
        assert_eq!(found(|check| iso(url, &wrong).check(check)), [message]);
    }
}

#[test]
fn places_of_images_are_checked() {
    let digits = "0".repeat(64);
    assert_eq!(found(|check| iso("", &digits).check(check)), ["iso_url: the image to start from is missing"]);
    assert_eq!(
        found(|check| iso("ftp://example.com/a.iso", &digits).check(check)),
        ["iso_url: images are not fetched by 'ftp:' URLs"]
    );
    assert_eq!(
        found(|check| iso("/nowhere/a.iso", &digits).check(check)),
        ["?iso_url: there is no file '/nowhere/a.iso'"]
    );
    let mut empty = Iso { iso_urls: vec![String::new(), String::new()], ..iso("", &digits) };
    assert_eq!(found(|check| empty.check(check)), ["iso_urls: the image to start from is missing"]);
    let urls = vec!["/nowhere/a.iso".into(), "https://example.com/a.iso".into()];
    let mut several = Iso { iso_urls: [vec![String::new()], urls.clone()].concat(), ..iso("", &digits) };
    assert_eq!(found(|check| several.check(check)), [""; 0], "a local copy may be missing");
    assert_eq!((several.urls(), several.iso_target_extension.as_str()), (urls, "iso"));
}

#[test]
fn the_http_servers_options_fit_together() {
    let mut http = Http::default();
    assert_eq!(found(|check| http.check(check)), [""; 0]);
    assert_eq!((http.http_port_min, http.http_port_max), (8000, 9000));
    let mut http = Http {
        http_directory: "/nowhere".into(),
        http_content: [("a".to_owned(), String::new())].into(),
        http_port_min: 9500,
        http_port_max: 9400,
        http_bind_address: "localhost".into(),
        http_network_protocol: "unix".into(),
        ..Http::default()
    };
    assert_eq!(
        found(|check| http.check(check)),
        [
            "http_content: http_directory and http_content exclude each other",
            "?http_directory: there is no folder '/nowhere'",
            "http_content.a: the path 'a' has no '/' before it",
            "http_network_protocol: 'unix' is not a protocol that guests can use",
            "http_bind_address: 'localhost' is not an IP address",
            "http_port_min: the first port, 9500, is above the last, 9400",
        ]
    );
}

#[test]
fn media_name_what_is_there() {
    let mut floppy = Floppy {
        floppy_files: vec!["/nowhere/a".into(), "/nowhere/*.txt".into()],
        floppy_dirs: vec!["/nowhere/b".into()],
        floppy_label: "much too long".into(),
        ..Floppy::default()
    };
    assert_eq!(
        found(|check| floppy.check(check)),
        [
            "floppy_files[0]: can't read '/nowhere/a': No such file or directory",
            "floppy_dirs[0]: there is no folder '/nowhere/b'",
            "floppy_label: the label 'much too long' does not fit",
        ]
    );
    let mut cd = Cd { cd_content: [("user-data".to_owned(), String::new())].into(), ..Cd::default() };
    assert_eq!(found(|check| cd.check(check)), [""; 0]);
    assert_eq!(cd.cd_label, "packer");
    let mut none = Cd::default();
    assert_eq!(found(|check| none.check(check)), [""; 0]);
    assert_eq!(none, Cd::default(), "no CD, no label");
}

#[test]
fn the_machine_is_given_time_to_start_unless_its_screen_is_watched() {
    for (command, wait) in [("<enter>", Duration::seconds(10)), ("<waitScreen \"x\">", Duration::seconds(-1))]
    {
        let mut boot = Boot { boot_command: vec![command.into()], ..Boot::default() };
        assert_eq!(found(|check| boot.check(check)), [""; 0]);
        assert_eq!(boot.boot_wait, wait);
    }
    let mut boot = Boot { boot_key_interval: Duration::seconds(-1), ..Boot::default() };
    assert_eq!(found(|check| boot.check(check)), ["boot_key_interval: a pause of -1s is not possible"]);
}

#[test]
fn what_is_typed_over_vnc_needs_vnc() {
    let boot = Boot { boot_command: vec!["x".into()], ..Boot::default() };
    let mut vnc = Vnc { disable_vnc: true, ..Vnc::default() };
    assert_eq!(
        found(|check| vnc.check(&boot, check)),
        ["disable_vnc: boot_command is typed over VNC, which is disabled"]
    );
    let defaults = (vnc.vnc_bind_address.as_str(), vnc.vnc_port_min, vnc.vnc_port_max);
    assert_eq!(defaults, ("127.0.0.1", 5900, 6000));
}

#[test]
fn results_have_a_place() {
    let (mut output, mut shutdown) = (Output::default(), Shutdown::default());
    let mut check = Check { build: "web".into(), force: true, ..Check::default() };
    output.check(&mut check);
    shutdown.check(&mut check);
    assert_eq!((output.output_directory.as_str(), output.replace_output_directory), ("output-web", true));
    assert_eq!(shutdown.shutdown_timeout, Duration::minutes(5));
}
