//! The codes of keys: PC/XT scan codes (set 1) for VirtualBox, keysyms (X11) for VNC, `QKeyCode` for QMP.

use super::{Key, KeyEvent};

/// The codes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Codes {
    /// Scan code of set 1; with 0xe0 before it where `extended`.
    scan: u8,
    extended: bool,
    /// QEMU's name of it (qapi/ui.json, `QKeyCode`).
    qcode: &'static str,
    /// X11's keysym (keysymdef.h).
    keysym: u32,
}

/// The keys that have names: name, scan code, whether it is extended, QEMU's name, keysym. The keys of a Mac are where
/// its VNC servers expect them (RFC 6143, 7.5.4, leaves that open; Packer sends the same keysyms).
#[rustfmt::skip] // One a line.
const NAMED: [(&str, u8, bool, &str, u32); 42] = [
    ("esc", 0x01, false, "esc", 0xff1b),
    ("f1", 0x3b, false, "f1", 0xffbe),
    ("f2", 0x3c, false, "f2", 0xffbf),
    ("f3", 0x3d, false, "f3", 0xffc0),
    ("f4", 0x3e, false, "f4", 0xffc1),
    ("f5", 0x3f, false, "f5", 0xffc2),
    ("f6", 0x40, false, "f6", 0xffc3),
    ("f7", 0x41, false, "f7", 0xffc4),
    ("f8", 0x42, false, "f8", 0xffc5),
    ("f9", 0x43, false, "f9", 0xffc6),
    ("f10", 0x44, false, "f10", 0xffc7),
    ("f11", 0x57, false, "f11", 0xffc8),
    ("f12", 0x58, false, "f12", 0xffc9),
    ("bs", 0x0e, false, "backspace", 0xff08),
    ("tab", 0x0f, false, "tab", 0xff09),
    ("enter", 0x1c, false, "ret", 0xff0d),
    ("return", 0x1c, false, "ret", 0xff0d),
    ("spacebar", 0x39, false, "spc", 0x0020),
    ("menu", 0x5d, true, "compose", 0xff67),
    ("insert", 0x52, true, "insert", 0xff63),
    ("del", 0x53, true, "delete", 0xffff),
    ("home", 0x47, true, "home", 0xff50),
    ("end", 0x4f, true, "end", 0xff57),
    ("pageup", 0x49, true, "pgup", 0xff55),
    ("pagedown", 0x51, true, "pgdn", 0xff56),
    ("up", 0x48, true, "up", 0xff52),
    ("down", 0x50, true, "down", 0xff54),
    ("left", 0x4b, true, "left", 0xff51),
    ("right", 0x4d, true, "right", 0xff53),
    ("leftshift", 0x2a, false, "shift", 0xffe1),
    ("rightshift", 0x36, false, "shift_r", 0xffe2),
    ("leftctrl", 0x1d, false, "ctrl", 0xffe3),
    ("rightctrl", 0x1d, true, "ctrl_r", 0xffe4),
    ("leftalt", 0x38, false, "alt", 0xffe9),
    ("rightalt", 0x38, true, "alt_r", 0xffea),
    ("leftsuper", 0x5b, true, "meta_l", 0xffeb),
    ("rightsuper", 0x5c, true, "meta_r", 0xffec),
    ("leftcommand", 0x5b, true, "meta_l", 0xffe9),
    ("rightcommand", 0x5c, true, "meta_r", 0xffea),
    ("leftoption", 0x38, false, "alt", 0xffe7),
    ("rightoption", 0x38, true, "alt_r", 0xffe8),
    (" ", 0x39, false, "spc", 0x0020),
];

/// The keys that type characters: the character, the one with shift, scan code, QEMU's name.
#[rustfmt::skip] // A row of the keyboard a group.
const TYPING: [(char, char, u8, &str); 47] = [
    ('`', '~', 0x29, "grave_accent"),
    ('1', '!', 0x02, "1"), ('2', '@', 0x03, "2"), ('3', '#', 0x04, "3"), ('4', '$', 0x05, "4"), ('5', '%', 0x06, "5"),
    ('6', '^', 0x07, "6"), ('7', '&', 0x08, "7"), ('8', '*', 0x09, "8"), ('9', '(', 0x0a, "9"), ('0', ')', 0x0b, "0"),
    ('-', '_', 0x0c, "minus"), ('=', '+', 0x0d, "equal"),
    ('q', 'Q', 0x10, "q"), ('w', 'W', 0x11, "w"), ('e', 'E', 0x12, "e"), ('r', 'R', 0x13, "r"), ('t', 'T', 0x14, "t"),
    ('y', 'Y', 0x15, "y"), ('u', 'U', 0x16, "u"), ('i', 'I', 0x17, "i"), ('o', 'O', 0x18, "o"), ('p', 'P', 0x19, "p"),
    ('[', '{', 0x1a, "bracket_left"), (']', '}', 0x1b, "bracket_right"), ('\\', '|', 0x2b, "backslash"),
    ('a', 'A', 0x1e, "a"), ('s', 'S', 0x1f, "s"), ('d', 'D', 0x20, "d"), ('f', 'F', 0x21, "f"), ('g', 'G', 0x22, "g"),
    ('h', 'H', 0x23, "h"), ('j', 'J', 0x24, "j"), ('k', 'K', 0x25, "k"), ('l', 'L', 0x26, "l"),
    (';', ':', 0x27, "semicolon"), ('\'', '"', 0x28, "apostrophe"),
    ('z', 'Z', 0x2c, "z"), ('x', 'X', 0x2d, "x"), ('c', 'C', 0x2e, "c"), ('v', 'V', 0x2f, "v"), ('b', 'B', 0x30, "b"),
    ('n', 'N', 0x31, "n"), ('m', 'M', 0x32, "m"), (',', '<', 0x33, "comma"), ('.', '>', 0x34, "dot"), ('/', '?', 0x35, "slash"),
];

fn codes(key: Key) -> Option<Codes> {
    let named = |name: &str| {
        let found = NAMED.iter().find(|(known, ..)| *known == name);
        found.map(|(_, scan, extended, qcode, keysym)| Codes {
            scan: *scan,
            extended: *extended,
            qcode,
            keysym: *keysym,
        })
    };
    match key {
        Key::Named(name) => named(name),
        Key::Character(' ') => named(" "),
        Key::Character(character) => {
            let found = TYPING.iter().find(|(plain, shifted, ..)| [*plain, *shifted].contains(&character));
            found.map(|(_, _, scan, qcode)| Codes {
                scan: *scan,
                extended: false,
                qcode,
                keysym: u32::from(character),
            })
        }
    }
}

/// The scan codes (set 1) of an event; `None`: a US keyboard has no such key.
pub fn scan_codes(event: KeyEvent) -> Option<Vec<u8>> {
    let Codes { scan, extended, .. } = codes(event.key)?;
    let code = if event.down { scan } else { scan | 0x80 };
    Some(if extended { vec![0xe0, code] } else { vec![code] })
}

/// QEMU's name of a key (QMP, `input-send-event` with a key of type `qcode`); `None`: a US keyboard has no such key.
pub fn qcode(key: Key) -> Option<&'static str> {
    codes(key).map(|codes| codes.qcode)
}

/// X11's keysym of a key, which knows every character.
pub fn keysym(key: Key) -> u32 {
    if let Some(codes) = codes(key) {
        return codes.keysym;
    }
    match key {
        // Latin-1 has keysyms of its own; all else is Unicode's number in a range set aside for it.
        Key::Character(character @ '\u{a0}'..='\u{ff}') => u32::from(character),
        Key::Character(character) => 0x0100_0000 | u32::from(character),
        Key::Named(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{keysym, qcode, scan_codes};
    use crate::keyboard::{Key, KeyEvent};
    use template::boot_command::NAMES;

    #[test]
    fn every_key_has_its_codes() {
        let typed = (' '..='~').map(Key::Character);
        for key in NAMES.iter().map(|name| Key::Named(name)).chain(typed) {
            let down = scan_codes(KeyEvent { key, down: true }).unwrap();
            let up = scan_codes(KeyEvent { key, down: false }).unwrap();
            assert_eq!(down.last().map(|code| code | 0x80), up.last().copied(), "{key:?}");
            assert!(qcode(key).is_some() && keysym(key) != 0, "{key:?}");
        }
    }

    #[test]
    fn codes_are_those_of_the_standards() {
        for (key, codes, name, symbol) in [
            (Key::Character('a'), [0x1e].as_slice(), "a", 0x61),
            (Key::Character('A'), &[0x1e], "a", 0x41),
            (Key::Character('?'), &[0x35], "slash", 0x3f),
            (Key::Named("enter"), &[0x1c], "ret", 0xff0d),
            (Key::Named("rightctrl"), &[0xe0, 0x1d], "ctrl_r", 0xffe4),
            (Key::Named("pageup"), &[0xe0, 0x49], "pgup", 0xff55),
        ] {
            assert_eq!(scan_codes(KeyEvent { key, down: true }).unwrap(), codes);
            assert_eq!((qcode(key), keysym(key)), (Some(name), symbol));
        }
        let foreign = Key::Character('ö');
        assert_eq!((scan_codes(KeyEvent { key: foreign, down: true }), qcode(foreign)), (None, None));
        assert_eq!((keysym(foreign), keysym(Key::Character('€'))), (0xf6, 0x0100_20ac));
    }
}
