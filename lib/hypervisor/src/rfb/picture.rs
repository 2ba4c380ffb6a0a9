//! Pictures of the screen.

use super::{Client, failed};
use record::Failure;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Most pixels of a screen that is believed.
const MOST_PIXELS: u32 = 64 << 20;
/// How many messages may come before the picture.
const MOST_MESSAGES: usize = 1000;

/// A rectangle of an update.
struct Rectangle {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    encoding: i32,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Client<S> {
    pub(super) async fn take_picture(&mut self) -> Result<Vec<u8>, Failure> {
        let mut pixels = self.ask().await?;
        for _ in 0..MOST_MESSAGES {
            let kind = self.stream.read_u8().await.map_err(|error| failed(&error))?;
            match kind {
                0 => match self.update(&mut pixels).await? {
                    Update::Picture => return self.png(&pixels),
                    Update::Resized => pixels = self.ask().await?,
                    Update::Nothing => {}
                },
                1 => self.colours().await.map_err(|error| failed(&error))?,
                2 => {}
                3 => {
                    self.bytes::<3>().await.map_err(|error| failed(&error))?;
                    self.text().await?;
                }
                other => {
                    return Err(Failure::new(format!(
                        "the VNC server sends a message that is not known here ({other})"
                    )));
                }
            }
        }
        Err(Failure::new("the VNC server sends no picture"))
    }

    /// Asks for the whole screen; gives room for it, three bytes a pixel.
    async fn ask(&mut self) -> Result<Vec<u8>, Failure> {
        let (width, height) = (self.width, self.height);
        let count = u32::from(width) * u32::from(height);
        if count == 0 || count > MOST_PIXELS {
            return Err(Failure::new(format!("a screen of {width}x{height} is not possible")));
        }
        let mut message = vec![3, 0, 0, 0, 0, 0];
        message.extend(width.to_be_bytes());
        message.extend(height.to_be_bytes());
        self.stream.write_all(&message).await.map_err(|error| failed(&error))?;
        Ok(vec![0; count as usize * 3])
    }

    /// Colours of a palette, which is not used.
    async fn colours(&mut self) -> io::Result<()> {
        self.bytes::<3>().await?;
        for _ in 0..self.stream.read_u16().await? {
            self.bytes::<6>().await?;
        }
        Ok(())
    }

    async fn update(&mut self, pixels: &mut [u8]) -> Result<Update, Failure> {
        let mut update = Update::Nothing;
        let head = self.bytes::<3>().await.map_err(|error| failed(&error))?;
        for _ in 0..u16::from_be_bytes([head[1], head[2]]) {
            let rectangle = self.rectangle().await.map_err(|error| failed(&error))?;
            match rectangle.encoding {
                0 => {
                    self.raw(&rectangle, pixels).await?;
                    if matches!(update, Update::Nothing) {
                        update = Update::Picture;
                    }
                }
                -223 => {
                    let size = |value| u16::try_from(value).unwrap_or_default();
                    let (width, height) = (size(rectangle.width), size(rectangle.height));
                    if (width, height) != (self.width, self.height) {
                        (self.width, self.height) = (width, height);
                        update = Update::Resized;
                    }
                }
                other => {
                    return Err(Failure::new(format!(
                        "the VNC server sends an encoding that was not asked for ({other})"
                    )));
                }
            }
        }
        Ok(update)
    }

    async fn rectangle(&mut self) -> io::Result<Rectangle> {
        let bytes = self.bytes::<12>().await?;
        let number = |at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
        let encoding = i32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
        Ok(Rectangle { x: number(0), y: number(2), width: number(4), height: number(6), encoding })
    }

    /// Pixels as they are; those outside of the screen are left out.
    async fn raw(&mut self, rectangle: &Rectangle, pixels: &mut [u8]) -> Result<(), Failure> {
        let mut row = vec![0; rectangle.width * 4];
        for y in rectangle.y..rectangle.y + rectangle.height {
            self.stream.read_exact(&mut row).await.map_err(|error| failed(&error))?;
            for (x, pixel) in row.chunks_exact(4).enumerate().map(|(x, pixel)| (rectangle.x + x, pixel)) {
                let at = (y * usize::from(self.width) + x) * 3;
                if x < usize::from(self.width)
                    && let Some(place) = pixels.get_mut(at..at + 3)
                {
                    place.copy_from_slice(&[pixel[2], pixel[1], pixel[0]]);
                }
            }
        }
        Ok(())
    }

    fn png(&self, pixels: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut picture = Vec::new();
        let mut encoder = png::Encoder::new(&mut picture, self.width.into(), self.height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(pixels)?;
            writer.finish()
        });
        written.map_err(|error| Failure::from_error("cannot make the picture", &error))?;
        Ok(picture)
    }
}

/// What an update has brought.
enum Update {
    /// The picture.
    Picture,
    /// A screen of another size: its picture is still to come.
    Resized,
    /// Neither.
    Nothing,
}
