//! The VGA's text mode: from registers and memory to rows of text.

/// A text mode, as the VGA's registers say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    /// Where the text memory begins, as the processor sees it.
    pub(super) address: u32,
    /// How much of it there is, in bytes.
    pub(super) size: usize,
    columns: usize,
    rows: usize,
    /// Cells from one row to the next.
    pitch: usize,
    /// The cell in the upper left corner: a console scrolls by moving it.
    start: usize,
}

impl Mode {
    /// The mode that the registers say; `None` in graphics modes. `layout` is register 6 of the graphics controller, the
    /// others are the CRT controller's 1, 7, 9, 0xc and 0xd, 0x12, 0x13 (IBM VGA, as in FreeVGA's reference).
    pub(super) fn of(
        layout: u8,
        width: u8,
        overflow: u8,
        scan: u8,
        start: (u8, u8),
        height: u8,
        pitch: u8,
    ) -> Option<Self> {
        let graphics = layout & 1 == 1;
        let (address, size) = match layout >> 2 & 3 {
            2 => (0xb_0000, 0x8000),
            3 => (0xb_8000, 0x8000),
            _ => return None,
        };
        let lines = usize::from(height)
            + (usize::from(overflow & 0x02) << 7)
            + (usize::from(overflow & 0x40) << 3)
            + 1;
        // Bit 7: every line of the picture is drawn twice.
        let lines = if scan & 0x80 == 0 { lines } else { lines / 2 };
        let rows = lines / (usize::from(scan & 0x1f) + 1);
        let columns = usize::from(width) + 1;
        let pitch = if pitch == 0 { columns } else { usize::from(pitch) * 2 };
        let start = usize::from(start.0) << 8 | usize::from(start.1);
        let sensible = !graphics && (20..=160).contains(&columns) && (10..=100).contains(&rows);
        sensible.then_some(Self { address, size, columns, rows, pitch, start })
    }

    /// The rows on the screen, without trailing blanks. Each cell of the memory is a character and its colours.
    pub(super) fn rows(&self, memory: &[u8]) -> Vec<String> {
        let cells = (memory.len() / 2).max(1);
        let row = |number: usize| {
            let first = self.start + number * self.pitch;
            let cell = |column: usize| memory.get((first + column) % cells * 2).copied().unwrap_or_default();
            let text: String = (0..self.columns).map(|column| character(cell(column))).collect();
            text.trim_end().to_owned()
        };
        (0..self.rows).map(row).collect()
    }
}

/// A character of code page 437, which PCs draw in text mode.
fn character(byte: u8) -> char {
    match byte {
        0 | 0xff => ' ',
        0x20..=0x7e => char::from(byte),
        0x01..=0x1f => LOW.chars().nth(usize::from(byte) - 1).unwrap_or(' '),
        0x7f => '⌂',
        0x80..=0xfe => HIGH.chars().nth(usize::from(byte) - 0x80).unwrap_or(' '),
    }
}

const LOW: &str = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
const HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■";

#[cfg(test)]
mod tests {
    use super::{HIGH, LOW, Mode, character};

    /// 80x25 as a PC has it, 400 lines, characters of 16 lines; the screen begins at this cell.
    fn usual(start: u16) -> Mode {
        let [high, low] = start.to_be_bytes();
        Mode::of(0x0e, 0x4f, 0x1f, 0x4f, (high, low), 0x8f, 0x28).unwrap()
    }

    #[test]
    fn the_usual_mode_is_80_by_25() {
        let mode = usual(0);
        assert_eq!((mode.address, mode.columns, mode.rows, mode.pitch), (0xb_8000, 80, 25, 80));
        let graphics = Mode::of(0x05, 0x4f, 0x1f, 0x40, (0, 0), 0x8f, 0x28);
        assert_eq!(graphics, None);
    }

    #[test]
    fn a_scrolled_screen_begins_where_the_register_says() {
        let mut memory = vec![0; 0x8000];
        let mut write = |cell: usize, text: &str| {
            for (number, byte) in text.bytes().enumerate() {
                memory[(cell + number) % 0x4000 * 2] = byte;
                memory[(cell + number) % 0x4000 * 2 + 1] = 7;
            }
        };
        write(0, "gone");
        write(80 * 30, "first   ");
        write(80 * 54, "last");
        write(0x4000 - 80, "at the end");
        let rows = usual(80 * 30).rows(&memory);
        assert_eq!(
            (rows.len(), rows[0].as_str(), rows[1].as_str(), rows[24].as_str()),
            (25, "first", "", "last")
        );
        let rows = usual(0x4000 - 80).rows(&memory);
        assert_eq!((rows[0].as_str(), rows[1].as_str()), ("at the end", "gone"));
    }

    #[test]
    fn short_memory_is_blank() {
        assert_eq!(usual(0).rows(&[]), vec![String::new(); 25]);
    }

    #[test]
    fn every_byte_is_a_character() {
        assert_eq!((LOW.chars().count(), HIGH.chars().count()), (31, 127));
        assert_eq!([0x00, 0x41, 0xc4, 0xfe, 0xff].map(character), [' ', 'A', '─', '■', ' ']);
    }
}
