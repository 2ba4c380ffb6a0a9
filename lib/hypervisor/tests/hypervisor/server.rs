//! An HTTP server that misbehaves on request.

use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How it misbehaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manners {
    /// Ends the first answers after so many bytes of the body.
    pub(crate) cut: Option<usize>,
    /// How many answers are cut.
    pub(crate) cuts: usize,
    /// Knows nothing of ranges.
    pub(crate) no_ranges: bool,
    /// Says nothing that tells versions apart.
    pub(crate) no_validators: bool,
}

/// The server; what it was asked is in `requests`.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves this body under every path that does not begin with `/none`; `/SHA256SUMS` has its checksum as `image.iso`.
    pub(crate) fn start(body: Vec<u8>, manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let noted = requests.clone();
        std::thread::spawn(move || {
            let mut cuts = manners.cuts;
            for stream in listener.incoming() {
                answer(stream.unwrap(), &body, manners, &mut cuts, &noted);
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answer(stream: TcpStream, body: &[u8], manners: Manners, cuts: &mut usize, noted: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        headers.iter().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let range = header("range").filter(|_| !manners.no_ranges);
    let note = [Some(format!("{method} {path}")), header("range"), header("if-range")];
    noted.lock().unwrap().push(note.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let sums = format!("{}  image.iso\n", sha256(body));
    let whole = if path == "/SHA256SUMS" { sums.as_bytes() } else { body };
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let (status, rest) = match from {
        _ if path.starts_with("/none") => ("404 Not Found", &whole[..0]),
        Some(from) if from >= whole.len() => ("416 Range Not Satisfiable", &whole[..0]),
        Some(from) => ("206 Partial Content", &whole[from..]),
        None => ("200 OK", whole),
    };
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", rest.len());
    if !manners.no_validators {
        head += "ETag: \"v1\"\r\n";
    }
    match from {
        Some(from) if from < whole.len() => {
            head += &format!("Content-Range: bytes {from}-{}/{}\r\n", whole.len() - 1, whole.len());
        }
        Some(_) => head += &format!("Content-Range: bytes */{}\r\n", whole.len()),
        None => {}
    }
    let sent = match manners.cut.filter(|_| *cuts > 0 && method == "GET") {
        Some(cut) => {
            *cuts -= 1;
            &rest[..cut.min(rest.len())]
        }
        None if method == "HEAD" => &rest[..0],
        None => rest,
    };
    let mut stream = stream;
    let _ = stream.write_all(format!("{head}\r\n").as_bytes()).and_then(|()| stream.write_all(sent));
}
