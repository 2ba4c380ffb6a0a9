//! Whether an SSH server answers: the sign by which builders see that a machine runs.

use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// How far a connection came that did not lead to a greeting; its text is what people read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The host's name has no address.
    #[error("{0}")]
    Address(String),
    /// Nobody accepts connections.
    #[error("{0}")]
    Port(String),
    /// Somebody accepts, but says nothing.
    #[error("port {0} is open, but no SSH server has answered yet")]
    Silent(u16),
    /// Somebody answers who is no SSH server.
    #[error("port {0} is open, but what answers is no SSH server: {1}")]
    Foreign(u16, String),
}

/// Connects and reads the server's greeting, such as `SSH-2.0-OpenSSH_9.2p1`, within `limit`. Ask again and again for a
/// machine that boots.
///
/// # Errors
/// How far it came.
pub async fn banner(host: &str, port: u16, limit: Duration) -> Result<String, Unreachable> {
    let connected = tokio::time::timeout(limit, TcpStream::connect((host, port))).await;
    let mut stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(host, port, &error)),
        Err(_) => return Err(Unreachable::Port(format!("{host} does not answer on port {port}"))),
    };
    let mut text = Vec::new();
    let read = tokio::time::timeout(limit, async {
        // RFC 4253, 4.2: other lines may come before the greeting; a line has at most 255 bytes.
        while greeting(&text).is_none() && text.len() < 8192 {
            if stream.read_buf(&mut text).await.unwrap_or(0) == 0 {
                break;
            }
        }
    });
    let _ = read.await;
    match greeting(&text) {
        Some(line) => Ok(line),
        None if text.is_empty() => Err(Unreachable::Silent(port)),
        None => Err(Unreachable::Foreign(port, first_line(&text))),
    }
}

/// What a connection that was not made says of the machine.
pub(super) fn unreachable(host: &str, port: u16, error: &std::io::Error) -> Unreachable {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused => Unreachable::Port(format!("port {port} of {host} is closed")),
        ErrorKind::TimedOut => Unreachable::Port(format!("{host} does not answer on port {port}")),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            Unreachable::Port(format!("there is no route to {host}"))
        }
        _ if error.raw_os_error().is_none() => {
            Unreachable::Address(format!("the name {host} has no address ({error})"))
        }
        _ => Unreachable::Port(format!("cannot connect to port {port} of {host}: {error}")),
    }
}

fn greeting(text: &[u8]) -> Option<String> {
    let (complete, _) = text.split_at(text.iter().rposition(|byte| *byte == b'\n')? + 1);
    complete
        .split(|byte| *byte == b'\n')
        .find(|line| line.starts_with(b"SSH-"))
        .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
}

/// The first line, short and harmless enough for a message.
pub(super) fn first_line(text: &[u8]) -> String {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line).chars().filter(|c| !c.is_control()).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::{Unreachable, banner};
    use std::io::Write;
    use std::net::TcpListener;
    use std::time::Duration;

    /// Answers one connection with a text, and gives the port.
    fn answering(text: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            if let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.write_all(text.as_bytes());
            }
        });
        port
    }

    #[tokio::test]
    async fn tells_servers_from_what_is_none() {
        let limit = Duration::from_secs(10);
        let port = answering("Welcome\r\nSSH-2.0-Test_1\r\n");
        assert_eq!(banner("127.0.0.1", port, limit).await, Ok("SSH-2.0-Test_1".into()));
        let port = answering("HTTP/1.1 400 Bad Request\r\n");
        assert_eq!(
            banner("127.0.0.1", port, limit).await,
            Err(Unreachable::Foreign(port, "HTTP/1.1 400 Bad Request".into()))
        );
        let port = answering("");
        assert_eq!(banner("127.0.0.1", port, limit).await, Err(Unreachable::Silent(port)));
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(
            banner("127.0.0.1", closed, limit).await,
            Err(Unreachable::Port(format!("port {closed} of 127.0.0.1 is closed")))
        );
    }
}
