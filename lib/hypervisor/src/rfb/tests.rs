//! Servers that are old, refuse, or are none.

use super::Client;
use crate::keyboard::{Key, KeyEvent, Keyboard};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// What a server says after the security: a screen of 2x1, called `x`.
const INIT: &[u8] = &[0, 2, 0, 1, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 1, b'x'];

async fn greet(
    says: &[&[u8]],
    password: Option<&str>,
) -> (Result<Client<DuplexStream>, String>, DuplexStream) {
    let (mut server, client) = duplex(1 << 16);
    server.write_all(&says.concat()).await.unwrap();
    let greeted = Client::over(client, password).await;
    (greeted.map_err(|failure| failure.message), server)
}

#[tokio::test]
async fn speaks_with_old_servers() {
    let (client, mut server) = greet(&[b"RFB 003.003\n", &[0, 0, 0, 1], INIT], None).await;
    let mut client = client.unwrap();
    client.send(&[KeyEvent { key: Key::Named("enter"), down: true }]).await.unwrap();
    let mut sent = vec![0; 12 + 1 + 20 + 12 + 8];
    server.read_exact(&mut sent).await.unwrap();
    assert_eq!(&sent[..13], b"RFB 003.003\n\x01");
    assert_eq!(&sent[45..], [4, 1, 0, 0, 0, 0, 0xff, 0x0d]);
}

#[tokio::test]
async fn encrypts_the_challenge_as_vnc_does() {
    let challenge = [0x11; 16];
    let (client, mut server) =
        greet(&[b"RFB 003.007\n", &[1, 2], &challenge, &[0, 0, 0, 0], INIT], Some("password")).await;
    client.unwrap();
    let mut sent = vec![0; 13 + 16];
    server.read_exact(&mut sent).await.unwrap();
    // The same half twice, encrypted the same.
    assert_eq!(sent[12], 2);
    assert_eq!(sent[13..21], sent[21..29]);
    assert_ne!(sent[13..21], challenge[..8]);
}

#[tokio::test]
async fn says_why_there_is_no_connection() {
    for (says, password, message) in [
        (
            &[b"SSH-2.0-Open".as_slice()][..],
            None,
            "what listens there is no VNC server: it says 'SSH-2.0-Open'",
        ),
        (&[b"RFB 003.008\n", &[0, 0, 0, 0, 4], b"full"], None, "the server refuses: full"),
        (
            &[b"RFB 003.008\n", &[1, 19]],
            Some("x"),
            "the server wants a security that is not known here (types [19])",
        ),
        (&[b"RFB 003.889\n", &[1, 1], &[0, 0, 0, 1, 0, 0, 0, 2], b"no"], None, "the server refuses: no"),
        (
            &[b"RFB 003.008\n", &[1, 1], &[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]],
            None,
            "a text of 4294967295 bytes is not what a VNC server sends",
        ),
    ] {
        assert_eq!(greet(says, password).await.0.unwrap_err(), message);
    }
}

#[tokio::test]
async fn takes_a_picture_after_the_screen_has_another_size() {
    let (client, mut server) = greet(&[b"RFB 003.003\n", &[0, 0, 0, 1], INIT], None).await;
    // A bell; then a screen of 1x1, then its one pixel.
    server.write_all(&[2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0xff, 0xff, 0xff, 0x21]).await.unwrap();
    server.write_all(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 3, 2, 1, 0]).await.unwrap();
    let picture = client.unwrap().picture().await.unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = [0; 3];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels, [1, 2, 3]);
}
