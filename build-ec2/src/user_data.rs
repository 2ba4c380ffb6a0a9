//! User data for the machine, as EC2 takes it: base64.

use crate::context::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use record::Failure;

/// Most bytes, before base64 (AWS API, RunInstances, `UserData`).
const MOST: usize = 16 * 1024;

/// The machine's user data; none where the template gives none.
///
/// # Errors
/// When the file cannot be read, a template in the text fails, or it is more than AWS takes.
pub fn read(context: &Context) -> Result<Option<String>, Failure> {
    let run = &context.options.run;
    let data = if !run.user_data_file.is_empty() {
        std::fs::read(&run.user_data_file).map_err(|error| {
            Failure::new(format!("can't read user_data_file '{}': {error}", run.user_data_file))
                .hint("paths count from the folder in which the tools run")
        })?
    } else if run.user_data.contains("{{build ") {
        context.late().render(&run.user_data).map_err(|failure| failure.context("user_data"))?.into_bytes()
    } else {
        run.user_data.clone().into_bytes()
    };
    if data.is_empty() {
        return Ok(None);
    }
    encode(&data).map(Some)
}

/// Base64, unless it is that already (Packer's amazon plugin 1.8: what can be decoded is passed on as it is).
fn encode(data: &[u8]) -> Result<String, Failure> {
    let lines: Vec<u8> = data.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect();
    let (encoded, size) = match STANDARD.decode(&lines) {
        Ok(decoded) => (String::from_utf8_lossy(&lines).into_owned(), decoded.len()),
        Err(_) => (STANDARD.encode(data), data.len()),
    };
    if size > MOST {
        return Err(Failure::new(format!(
            "{size} bytes of user data are more than the {MOST} that AWS takes"
        ))
        .hint("let the user data fetch the rest, or upload it with the file provisioner"));
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn encodes_what_is_not_base64() {
        assert_eq!(encode(b"#!/bin/sh\necho hi\n").unwrap(), "IyEvYmluL3NoCmVjaG8gaGkK");
        assert_eq!(encode(b"IyEvYmluL3NoCmVj\naG8gaGkK\n").unwrap(), "IyEvYmluL3NoCmVjaG8gaGkK");
        assert_eq!(encode(&[0x1f, 0x8b, 0xff]).unwrap(), "H4v/");
        assert!(encode(&[b'#'; 16385]).unwrap_err().message.starts_with("16385 bytes of user data are more"));
    }
}
