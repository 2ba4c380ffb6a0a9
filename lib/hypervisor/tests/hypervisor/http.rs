//! The HTTP server, asked by curl.

use crate::world::{World, sh, stderr};
use serde_json::json;

/// Starts a server; gives its address and process.
fn start(world: &World, mut options: serde_json::Value) -> (String, u32) {
    options["http_port_min"] = json!(20000);
    options["http_port_max"] = json!(30000);
    let said = world.ok(&["http", &options.to_string()]);
    let (address, pid) = said.trim().split_once(' ').unwrap();
    (address.to_owned(), pid.parse().unwrap())
}

#[test]
fn serves_a_folder_and_nothing_else() {
    let world = World::new();
    std::fs::create_dir_all(world.path("http/sub")).unwrap();
    std::fs::write(world.path("http/preseed.cfg"), "0123456789").unwrap();
    std::fs::write(world.path("secret"), "secret").unwrap();
    let (address, pid) = start(&world, json!({"http_directory": "http"}));
    let curl = |arguments: &str, path: &str| {
        sh(&format!("curl -sS {arguments} \"$1\""), &[&format!("http://{address}{path}")])
    };
    assert_eq!(curl("", "/preseed.cfg"), "0123456789");
    assert_eq!(curl("-r 3-5", "/preseed.cfg"), "345");
    assert_eq!(curl("-I -o /dev/null -w '%{http_code} %header{content-length}'", "/preseed.cfg"), "200 10");
    for path in ["/../secret", "/%2e%2e/secret", "/sub/..%2f..%2fsecret", "/none"] {
        assert_eq!(curl("--path-as-is -o /dev/null -w '%{http_code}'", path), "404", "{path}");
    }
    assert_eq!(curl("-X POST -o /dev/null -w '%{http_code}'", "/preseed.cfg"), "405");
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains(&format!("KILN_MACHINE_OF={}", world.id)));
}

#[test]
fn serves_contents_that_stand_in_no_argument() {
    let world = World::new();
    let (address, pid) =
        start(&world, json!({"http_content": {"/user-data": "#cloud-config\npassword: hunter2\n"}}));
    let body = sh(
        "curl -sS \"$1/user-data?x=1\" && curl -sS -o /dev/null -w ' %{http_code}' \"$1/meta-data\"",
        &[&address],
    );
    assert_eq!(body, "#cloud-config\npassword: hunter2\n 404");
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(!String::from_utf8_lossy(&arguments).contains("hunter2"));
    let mode = sh("stat -c %a \"$1\"", &[world.state("http.json").to_str().unwrap()]);
    assert_eq!(mode, "600\n");
}

#[test]
fn goes_when_it_is_stopped() {
    let world = World::new();
    let content = world.path("unique").display().to_string();
    let (address, pid) = start(&world, json!({"http_content": {"/a": content}}));
    world.ok(&["stop"]);
    world.ok(&["stop"]);
    assert!(!std::path::Path::new(&format!("/proc/{pid}/exe")).exists());
    // Its port may be another server's by now.
    let output = std::process::Command::new("curl").args(["-s", &format!("{address}/a")]).output().unwrap();
    assert_ne!(String::from_utf8_lossy(&output.stdout), content);
}

#[test]
fn goes_by_itself_when_the_state_folder_is_gone() {
    let world = World::new();
    let (_, pid) = start(&world, json!({"http_content": {"/a": "a"}}));
    std::fs::remove_dir_all(world.path(".local")).unwrap();
    while std::fs::read_link(format!("/proc/{pid}/exe")).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn takes_a_port_that_is_free_and_says_when_none_is() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let options = json!({"http_content": {"/a": "a"}, "http_port_min": port, "http_port_max": port});
    let output = world.run(&["http", &options.to_string()]);
    let said = format!("no port of 127.0.0.1 from {port} to {port} is free for the HTTP server");
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
    let options = json!({"http_directory": "nowhere", "http_port_min": 20000, "http_port_max": 30000});
    let output = world.run(&["http", &options.to_string()]);
    assert!(
        stderr(&output).contains("http_directory: cannot read nowhere: No such file"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn says_what_the_guest_fetches() {
    let world = World::new();
    let (address, _) = start(&world, json!({"http_content": {"/preseed.cfg": "12345"}}));
    sh("curl -sS \"$1/preseed.cfg\" \"$1/preseed.cfg\" \"$1/none\" > /dev/null", &[&address]);
    let log = world.state("log");
    let done = world.path("done");
    let mut watch = world.command(&["watch", done.to_str().unwrap()]).spawn().unwrap();
    let said = |text: &str| std::fs::read_to_string(&log).unwrap_or_default().matches(text).count();
    while said("the guest asked for /none, which the HTTP server does not have") == 0 {
        std::thread::yield_now();
    }
    std::fs::write(&done, "").unwrap();
    watch.wait().unwrap();
    assert_eq!(said("the guest fetched /preseed.cfg (5 bytes)"), 1);
}
