//! What stands on the guest's screen: the picture by QMP, the text out of the VGA's memory.

use super::qmp::Qmp;
use super::text::Mode;
use crate::driver::Screen;
use record::{Failure, file};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Looks at the screen. `folder` takes files for a moment.
///
/// # Errors
/// When QEMU refuses, or the folder cannot be written.
pub(super) async fn look(qmp: &mut Qmp, folder: &Path) -> Result<Screen, Failure> {
    let text = text(qmp, folder).await?;
    let picture = Passing::new(folder, "screen.ppm");
    qmp.execute("screendump", json!({ "filename": picture.name()? })).await?;
    Ok(Screen { png: Some(png_of(&picture.read()?)?), text })
}

/// The rows of text, where the screen is in text mode.
///
/// # Errors
/// As for [`look`].
pub(super) async fn text(qmp: &mut Qmp, folder: &Path) -> Result<Option<Vec<String>>, Failure> {
    let status = qmp.execute("query-status", json!({})).await?;
    let runs = status.get("running").and_then(serde_json::Value::as_bool) == Some(true);
    // Reading a register of the VGA takes two steps, and the guest may be about to do the same: it is held for a moment.
    if runs {
        qmp.execute("stop", json!({})).await?;
    }
    let read = read_text(qmp, folder).await;
    if runs {
        qmp.execute("cont", json!({})).await?;
    }
    read
}

async fn read_text(qmp: &mut Qmp, folder: &Path) -> Result<Option<Vec<String>>, Failure> {
    let miscellaneous = port(qmp, 0x3cc).await?;
    // Registers of the colour adapter or of the monochrome one.
    let controller = if miscellaneous & 1 == 1 { 0x3d4 } else { 0x3b4 };
    let graphics = registers(qmp, 0x3ce, &[6]).await?;
    let crtc = registers(qmp, controller, &[0x01, 0x07, 0x09, 0x0c, 0x0d, 0x12, 0x13]).await?;
    let [layout] = graphics[..] else { return Ok(None) };
    let [width, overflow, scan, start_high, start_low, height, pitch] = crtc[..] else { return Ok(None) };
    let Some(mode) = Mode::of(layout, width, overflow, scan, (start_high, start_low), height, pitch) else {
        return Ok(None);
    };
    let memory = Passing::new(folder, "screen.text");
    let place = json!({ "val": mode.address, "size": mode.size, "filename": memory.name()? });
    qmp.execute("pmemsave", place).await?;
    Ok(Some(mode.rows(&memory.read()?)))
}

/// Reads registers behind an index port, and leaves the index as it was.
async fn registers(qmp: &mut Qmp, index: u16, wanted: &[u8]) -> Result<Vec<u8>, Failure> {
    let before = port(qmp, index).await?;
    let mut values = Vec::new();
    for register in wanted {
        qmp.monitor(&format!("o /b {index:#x} {register:#x}")).await?;
        values.push(port(qmp, index + 1).await?);
    }
    qmp.monitor(&format!("o /b {index:#x} {before:#x}")).await?;
    Ok(values)
}

async fn port(qmp: &mut Qmp, port: u16) -> Result<u8, Failure> {
    let said = qmp.monitor(&format!("i /b {port:#x}")).await?;
    let value = said.trim().rsplit("0x").next().and_then(|digits| u8::from_str_radix(digits, 16).ok());
    value.ok_or_else(|| Failure::new(format!("QEMU cannot read the port {port:#x}: {}", said.trim())))
}

/// A file through which QEMU hands something over; gone when it is dropped.
struct Passing(PathBuf);

impl Passing {
    fn new(folder: &Path, name: &str) -> Self {
        Self(folder.join(format!("{name}.{}", std::process::id())))
    }

    fn name(&self) -> Result<&str, Failure> {
        self.0.to_str().ok_or_else(|| {
            Failure::new(format!("the path {} is not UTF-8", self.0.display()))
                .hint("set XDG_STATE_HOME to a folder with a plain name")
        })
    }

    fn read(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.0).map_err(|error| file::io(&self.0, "cannot read", &error))
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Turns QEMU's picture (binary PPM, 8 bits a colour) into PNG.
///
/// # Errors
/// When it is not such a picture.
fn png_of(ppm: &[u8]) -> Result<Vec<u8>, Failure> {
    let broken = || Failure::new("QEMU's screenshot is not a picture that can be read");
    let (width, height, pixels) = ppm_of(ppm).ok_or_else(broken)?;
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.map_err(|error| Failure::from_error("cannot write the screenshot as PNG", &error))?;
    Ok(png)
}

/// Width, height and pixels of a binary PPM.
fn ppm_of(ppm: &[u8]) -> Option<(u32, u32, &[u8])> {
    let mut rest = ppm.strip_prefix(b"P6")?;
    let mut numbers = [0_u32; 3];
    for number in &mut numbers {
        rest = rest.trim_ascii_start();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        *number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        rest = &rest[digits..];
    }
    let [width, height, 255] = numbers else { return None };
    let pixels = rest.get(1..)?;
    let size = u64::from(width) * u64::from(height) * 3;
    (pixels.len() as u64 == size && size > 0).then_some((width, height, pixels))
}

#[cfg(test)]
mod tests {
    use super::{png_of, ppm_of};

    #[test]
    fn a_picture_becomes_png() {
        let png = png_of(b"P6\n2 1\n255\n\xff\x00\x00\x00\xff\x00").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = [0; 6];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(pixels, [255, 0, 0, 0, 255, 0]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bad in [
            "",
            "P6",
            "P6 2 1 255 ",
            "P5 1 1 255 abc",
            "P6 0 0 255 ",
            "P6 99999999999 1 255 x",
            "P6 1 1 65535 abcdef",
        ] {
            assert!(ppm_of(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
