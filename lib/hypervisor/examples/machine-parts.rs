//! The parts that builders of virtual machines are made of, one a subcommand, so that tests run them in a world of their
//! own: `fetch CHECKSUM URL…`, `http OPTIONS`, `stop`, and the hidden `serve SETTINGS` that builders have.
//! The build's id is in `KILN_TEST_ID`.

use hypervisor::{http, iso};
use record::report::Reporter;
use record::{Build, Failure, Record};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let reporter = Reporter::new("machine-parts", None);
    let done = match words[..] {
        [http::SUBCOMMAND, settings] => http::serve(Path::new(settings)).map(|()| String::new()),
        _ => run(&words, &reporter),
    };
    match done {
        Ok(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            reporter.error(failure.message, failure.hint);
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str], reporter: &Reporter) -> Result<String, Failure> {
    let id = std::env::var("KILN_TEST_ID").map_err(|error| Failure::from_error("KILN_TEST_ID", &error))?;
    let line = format!(r#"{{"kiln":1,"id":"{id}","build":"web","type":"null","status":"planned"}}"#);
    let record = Record::parse(&line).map_err(|error| Failure::from_error("KILN_TEST_ID", &error))?;
    let runtime = record::runtime::build().map_err(|error| Failure::from_error("runtime", &error))?;
    runtime.block_on(async {
        let build = Build::open(&record, reporter, CancellationToken::new())?;
        match words {
            ["fetch", checksum, urls @ ..] => {
                let request = iso::Request {
                    what: "ISO".to_owned(),
                    urls: urls.iter().map(|url| (*url).to_owned()).collect(),
                    checksum: (*checksum).to_owned(),
                    target: None,
                    extension: "iso".to_owned(),
                    options: ("iso_url", "iso_checksum"),
                };
                Ok(format!("{}\n", iso::fetch(&request, &build).await?.display()))
            }
            ["http", options] => {
                let options =
                    serde_json::from_str(options).map_err(|error| Failure::from_error("options", &error))?;
                let port = http::reserve(&options, IpAddr::V4(Ipv4Addr::LOCALHOST))?;
                let server = port.serve(&options, &build)?;
                Ok(format!("{} {}\n", server.address, server.pid))
            }
            ["watch", path] => {
                let _watch = http::Watch::new(&build);
                while !Path::new(path).exists() {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                Ok(String::new())
            }
            ["stop"] => http::stop(build.folder()).map(|()| String::new()),
            _ => Err(Failure::usage("unknown arguments")),
        }
    })
}
