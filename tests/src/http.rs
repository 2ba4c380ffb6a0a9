//! Just enough HTTP to ask the stand-in about itself.

use std::io::{Error, Read, Write};
use std::net::TcpStream;

/// Sends a request to `address` (`127.0.0.1:5000`) and gives the answer's status and body.
///
/// # Errors
/// When the server cannot be reached or answers with something that is not HTTP.
pub fn request(address: &str, method: &str, target: &str, body: &str) -> Result<(u16, Vec<u8>), Error> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let not_http = || Error::other("the answer is not HTTP");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(not_http)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(not_http)?;
    Ok((status, answer.split_off(end + 4)))
}
