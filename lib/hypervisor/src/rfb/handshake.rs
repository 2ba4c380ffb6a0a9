//! The beginning of a connection: version, security, screen.

use super::{Client, failed};
use des::Des;
use des::cipher::{Block, BlockCipherEncrypt, KeyInit};
use record::Failure;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Security types (RFC 6143, 7.1.2).
const NONE: u8 = 1;
const VNC: u8 = 2;

/// Little endian, 32 bits a pixel: blue, green, red, nothing (7.4).
const PIXELS: [u8; 16] = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
/// The encodings that are understood: raw, and the screen's new size.
const ENCODINGS: [i32; 2] = [0, -223];

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Client<S> {
    pub(super) async fn greet(&mut self, password: Option<&str>) -> Result<(), Failure> {
        let version = self.version().await?;
        let kind = self.security(version, password.is_some()).await?;
        if kind == VNC {
            let password =
                password.ok_or_else(|| Failure::new("the server wants a password, and none is known"))?;
            self.answer_challenge(password).await?;
        }
        // Before 3.8 a server says nothing of a security that asks for nothing.
        if kind == VNC || version >= 8 {
            self.security_result(version).await?;
        }
        self.init().await.map_err(|error| failed(&error))?;
        self.text().await.map(drop)
    }

    /// Agrees on a version: the 8 of 3.8.
    async fn version(&mut self) -> Result<u8, Failure> {
        let greeting = self.bytes::<12>().await.map_err(|error| failed(&error))?;
        let text = String::from_utf8_lossy(&greeting);
        let minor = text.strip_prefix("RFB 003.").and_then(|rest| rest.trim_end().parse::<u32>().ok());
        // Numbers between and above are to be taken as the next one below (7.1.1); Apple says 889.
        let version = match minor {
            Some(8..) => 8,
            Some(7) => 7,
            Some(_) => 3,
            None => {
                return Err(Failure::new(format!(
                    "what listens there is no VNC server: it says '{}'",
                    text.trim_end()
                )));
            }
        };
        let answer = format!("RFB 003.00{version}\n");
        self.stream.write_all(answer.as_bytes()).await.map_err(|error| failed(&error))?;
        Ok(version)
    }

    /// Chooses a security.
    async fn security(&mut self, version: u8, has_password: bool) -> Result<u8, Failure> {
        let kinds = if version >= 7 {
            let count = self.stream.read_u8().await.map_err(|error| failed(&error))?;
            let mut kinds = vec![0; usize::from(count)];
            self.stream.read_exact(&mut kinds).await.map_err(|error| failed(&error))?;
            kinds
        } else {
            let kind = self.stream.read_u32().await.map_err(|error| failed(&error))?;
            u8::try_from(kind).ok().filter(|kind| *kind != 0).into_iter().collect()
        };
        if kinds.is_empty() {
            let reason = self.text().await?;
            return Err(Failure::new(format!("the server refuses: {reason}")));
        }
        let wanted = if has_password { [VNC, NONE] } else { [NONE, VNC] };
        let Some(kind) = wanted.into_iter().find(|kind| kinds.contains(kind)) else {
            return Err(Failure::new(format!(
                "the server wants a security that is not known here (types {kinds:?})"
            ))
            .hint("let it use a VNC password, or none"));
        };
        if version >= 7 {
            self.stream.write_u8(kind).await.map_err(|error| failed(&error))?;
        }
        Ok(kind)
    }

    /// Encrypts the server's challenge with the password (7.2.2).
    async fn answer_challenge(&mut self, password: &str) -> Result<(), Failure> {
        let mut challenge = self.bytes::<16>().await.map_err(|error| failed(&error))?;
        let mut key = [0; 8];
        for (place, byte) in key.iter_mut().zip(password.bytes()) {
            // The first VNC had the bits the wrong way round, and so it stayed.
            *place = byte.reverse_bits();
        }
        let cipher = Des::new(&key.into());
        for half in challenge.chunks_exact_mut(8) {
            let mut block = Block::<Des>::default();
            block.copy_from_slice(half);
            cipher.encrypt_block(&mut block);
            half.copy_from_slice(&block);
        }
        self.stream.write_all(&challenge).await.map_err(|error| failed(&error))
    }

    async fn security_result(&mut self, version: u8) -> Result<(), Failure> {
        if self.stream.read_u32().await.map_err(|error| failed(&error))? == 0 {
            return Ok(());
        }
        let reason = if version >= 8 { self.text().await? } else { "authentication failed".to_owned() };
        Err(Failure::new(format!("the server refuses: {reason}")).hint("is the password right?"))
    }

    async fn init(&mut self) -> std::io::Result<()> {
        // Others may look on.
        self.stream.write_u8(1).await?;
        self.width = self.stream.read_u16().await?;
        self.height = self.stream.read_u16().await?;
        self.bytes::<16>().await?;
        let mut messages = vec![0, 0, 0, 0];
        messages.extend(PIXELS);
        messages.extend([2, 0, 0, ENCODINGS.len() as u8]);
        messages.extend(ENCODINGS.iter().flat_map(|encoding| encoding.to_be_bytes()));
        self.stream.write_all(&messages).await
    }
}
