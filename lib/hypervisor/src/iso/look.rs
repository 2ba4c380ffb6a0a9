//! A look at whether the file can be had, without fetching it.

use super::checksum::Wanted;
use super::source::{self, Source};
use super::{Request, all_failed, cache, download};
use record::check::Problem;
use record::{Build, Failure, FailureKind};

/// Looks whether a place has the file (servers are asked by `HEAD`), and whether its checksum is known. Gives what is wrong.
pub async fn look(request: &Request, build: &Build) -> Option<Problem> {
    let (url_option, checksum_option) = request.options;
    let wanted = match Wanted::read(&request.checksum, build).await {
        Ok(wanted) => wanted,
        Err(failure) => return Some(Problem::new(checksum_option, failure)),
    };
    let mut failures = Vec::new();
    for url in &request.urls {
        let source = match Source::of(url, build) {
            Ok(source) => source,
            Err(failure) => return Some(Problem::new(url_option, failure)),
        };
        // A list that lacks one name lacks it wherever the file is.
        if let Err(failure) = wanted.of_file(&source.file_name()) {
            return Some(Problem::new(checksum_option, failure));
        }
        match is_there(request, &source, &wanted, build).await {
            Ok(()) => return None,
            Err(failure) if failure.kind == FailureKind::Interrupted => {
                return Some(Problem::new(url_option, failure));
            }
            Err(failure) => failures.push((source.describe(), failure)),
        }
    }
    Some(Problem::new(url_option, all_failed(&request.what, failures)))
}

async fn is_there(request: &Request, source: &Source, wanted: &Wanted, build: &Build) -> Result<(), Failure> {
    match source {
        Source::Local(path) => source::real_file(path).map(drop),
        Source::Remote(remote) => {
            let checksum = wanted.of_file(&remote.file_name())?;
            if checksum.is_some() && cache::place(request, remote, checksum.as_ref())?.is_file() {
                return Ok(());
            }
            download::is_there(remote, build).await
        }
    }
}
