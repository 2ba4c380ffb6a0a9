//! Types by scan codes.

use super::Program;
use hypervisor::keyboard::{KeyEvent, Keyboard, codes};
use record::{Build, Failure};
use std::pin::Pin;

/// Codes that one call takes (Packer: more get lost).
const CODES: usize = 25;

/// A machine's keyboard.
pub(super) struct ScanCodes {
    pub(super) program: Program,
    pub(super) machine: String,
    pub(super) build: Build,
}

impl Keyboard for ScanCodes {
    fn send<'a>(
        &'a mut self,
        events: &'a [KeyEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>> {
        Box::pin(async move {
            let mut words = Vec::new();
            for event in events {
                let codes = codes::scan_codes(*event).ok_or_else(|| {
                    Failure::new(format!("boot_command: there is no scan code for {:?}", event.key))
                        .hint("VirtualBox types the characters of a US keyboard")
                })?;
                // An extended key's codes must not be torn apart.
                if words.len() + codes.len() > CODES {
                    self.put(&std::mem::take(&mut words)).await?;
                }
                words.extend(codes.iter().map(|code| format!("{code:02x}")));
            }
            self.put(&words).await
        })
    }

    fn batch(&self) -> usize {
        CODES
    }
}

impl ScanCodes {
    async fn put(&self, codes: &[String]) -> Result<(), Failure> {
        if codes.is_empty() {
            return Ok(());
        }
        let mut words = vec!["controlvm".to_owned(), self.machine.clone(), "keyboardputscancode".to_owned()];
        words.extend_from_slice(codes);
        self.program.call(&words, &self.build).await.map(drop)
    }
}
