//! Types on the guest's PS/2 keyboard over QMP, no faster than the guest reads.

use super::link::Link;
use super::qmp::Qmp;
use crate::keyboard::codes::qcode;
use crate::keyboard::{Key, KeyEvent, Keyboard};
use record::Failure;
use serde_json::json;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// How long the guest may take to read a key before the next one is sent all the same: it may not read its keyboard
/// at all, which is no reason to fail.
const READ: Duration = Duration::from_secs(5);

/// The keyboard of a machine under QEMU.
#[derive(Debug)]
pub(super) struct QmpKeyboard {
    pub(super) link: Link,
}

impl Keyboard for QmpKeyboard {
    fn send<'a>(
        &'a mut self,
        events: &'a [KeyEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>> {
        Box::pin(async move {
            let mut typist = Typist { patience: READ };
            let mut qmp = self.link.open().await?;
            for event in events {
                typist.press(&mut qmp, code(event.key)?, event.down).await?;
            }
            Ok(())
        })
    }

    /// Each key is known to be taken; some programs still want to see one after the other.
    fn interval(&self) -> Duration {
        Duration::from_millis(20)
    }
}

/// QEMU's name of a key.
fn code(key: Key) -> Result<&'static str, Failure> {
    qcode(key).ok_or_else(|| {
        Failure::new(format!("a US keyboard has no key for {key:?}"))
            .hint("a boot_command is typed on a US keyboard: use ASCII")
    })
}

struct Typist {
    patience: Duration,
}

impl Typist {
    async fn press(&mut self, qmp: &mut Qmp, code: &str, down: bool) -> Result<(), Failure> {
        let key = json!({ "type": "qcode", "data": code });
        let event = json!({ "type": "key", "data": { "down": down, "key": key } });
        match qmp.execute("input-send-event", json!({ "events": [event] })).await {
            Ok(_) => self.until_read(qmp).await,
            // The key before this one has switched the machine off.
            Err(_) if is_off(qmp).await? => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Waits until the guest has taken the key: QEMU keeps 16 bytes at the most, and so does a PC's BIOS with keys; what is
    /// sent beyond that is lost, which happens as soon as this computer is busy.
    async fn until_read(&mut self, qmp: &mut Qmp) -> Result<(), Failure> {
        let begun = Instant::now();
        while !has_read(qmp).await? {
            if begun.elapsed() > self.patience {
                // It does not look: no need to wait as long for every key.
                self.patience = Duration::from_millis(50);
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

async fn is_off(qmp: &mut Qmp) -> Result<bool, Failure> {
    let status = qmp.execute("query-status", json!({})).await?;
    Ok(status.get("status").is_some_and(|status| status == "shutdown"))
}

/// Whether the keyboard controller has nothing left for the guest: bit 0 of its status (port 0x64), which may be read
/// without consequence. And whether the BIOS has fewer than eight of its fifteen keys waiting (its ring's head and tail at
/// 0x41a, 0x41c); an operating system leaves the ring empty.
async fn has_read(qmp: &mut Qmp) -> Result<bool, Failure> {
    let status = number(&qmp.monitor("i /b 0x64").await?);
    if status.is_some_and(|status| status & 1 == 1) {
        return Ok(false);
    }
    let ring = number(&qmp.monitor("xp /1wx 0x41a").await?).unwrap_or_default();
    let (head, tail) = (ring & 0xffff, ring >> 16);
    let valid = |place: u32| (0x1e..0x3e).contains(&place) && place.is_multiple_of(2);
    Ok(!valid(head) || !valid(tail) || (tail + 0x20 - head) % 0x20 < 16)
}

/// The hexadecimal number at the end of a line such as `portb[0x0064] = 0x1c` or `000000000000041a: 0x00280028`.
fn number(line: &str) -> Option<u32> {
    u32::from_str_radix(line.trim().rsplit("0x").next()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn reads_the_monitors_numbers() {
        assert_eq!(number("portb[0x0064] = 0x1c\n"), Some(0x1c));
        assert_eq!(number("000000000000041a: 0x0028001e\n"), Some(0x28_001e));
        assert_eq!(number("unknown command"), None);
    }
}
