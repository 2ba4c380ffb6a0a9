//! A VNC client, as far as a builder needs one: types keys and takes pictures (RFC 6143, RFB 3.3 to 3.8).

mod handshake;
mod picture;

use crate::keyboard::{KeyEvent, Keyboard, codes};
use record::Failure;
use std::io;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a server may take to answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a server may take until it listens.
const LISTENING: Duration = Duration::from_secs(5);
/// How long a key stays down at least: USB keyboards are asked what is down every 8 ms or so.
const HOLD: Duration = Duration::from_millis(12);
/// Longest text that a server may send: a name, a reason.
const LONGEST_TEXT: u32 = 1 << 20;

/// A connection to a VNC server.
#[derive(Debug)]
pub struct Client<S> {
    stream: S,
    width: u16,
    height: u16,
}

impl Client<TcpStream> {
    /// Connects to a server over TCP. `password`: for VNC authentication, of which eight bytes count.
    ///
    /// # Errors
    /// When nothing listens there, the password is wrong, or the server wants a security that is not known here.
    pub async fn connect(host: &str, port: u16, password: Option<&str>) -> Result<Self, Failure> {
        let place = format!("the VNC server at {host}:{port}");
        let connected = timeout(ANSWER, reach(host, port)).await.unwrap_or_else(|_| Err(slow()));
        let stream =
            connected.map_err(|error| failed(&error).context(format!("cannot connect to {place}")))?;
        let _ = stream.set_nodelay(true);
        Self::over(stream, password).await.map_err(|failure| failure.context(place))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Client<S> {
    /// Greets a server over a connection that is there, such as a Unix socket.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn over(stream: S, password: Option<&str>) -> Result<Self, Failure> {
        let mut client = Self { stream, width: 0, height: 0 };
        let greeted = timeout(ANSWER, client.greet(password)).await;
        greeted.unwrap_or_else(|_| Err(failed(&slow())))?;
        Ok(client)
    }

    /// What stands on the screen, as PNG.
    ///
    /// # Errors
    /// When the server does not send it.
    pub async fn picture(&mut self) -> Result<Vec<u8>, Failure> {
        let taken = timeout(ANSWER, self.take_picture()).await;
        taken.unwrap_or_else(|_| Err(failed(&slow())))
    }

    async fn key(&mut self, event: KeyEvent) -> io::Result<()> {
        let mut message = [4, u8::from(event.down), 0, 0, 0, 0, 0, 0];
        message[4..].copy_from_slice(&codes::keysym(event.key).to_be_bytes());
        self.stream.write_all(&message).await?;
        self.stream.flush().await
    }

    async fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).await?;
        Ok(bytes)
    }

    /// A text with its length before it.
    async fn text(&mut self) -> Result<String, Failure> {
        let length = self.stream.read_u32().await.map_err(|error| failed(&error))?;
        if length > LONGEST_TEXT {
            return Err(Failure::new(format!("a text of {length} bytes is not what a VNC server sends")));
        }
        let mut bytes = vec![0; length as usize];
        self.stream.read_exact(&mut bytes).await.map_err(|error| failed(&error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Keyboard for Client<S> {
    fn send<'a>(
        &'a mut self,
        events: &'a [KeyEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>> {
        Box::pin(async move {
            for event in events {
                if !event.down {
                    tokio::time::sleep(HOLD).await;
                }
                let typed = timeout(ANSWER, self.key(*event)).await.unwrap_or_else(|_| Err(slow()));
                typed.map_err(|error| failed(&error).context("cannot type over VNC"))?;
            }
            Ok(())
        })
    }
}

/// Connects; a server that was just started may not listen yet.
async fn reach(host: &str, port: u16) -> io::Result<TcpStream> {
    let begun = tokio::time::Instant::now();
    loop {
        match TcpStream::connect((host, port)).await {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && begun.elapsed() < LISTENING => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            connected => return connected,
        }
    }
}

fn slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", ANSWER.as_secs()))
}

fn failed(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Failure::new("the server closed the connection")
            .hint("is it a VNC server, and does it allow one more viewer?"),
        _ => Failure::new(record::failure::reason(error)),
    }
}

#[cfg(test)]
mod tests;
