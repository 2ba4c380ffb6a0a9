//! Names in the two trees.

use record::Failure;
use std::collections::BTreeSet;

/// Most bytes of a name: what is left in a directory record beside Rock Ridge's other fields.
const LONGEST: usize = 160;
/// Most characters of a name in Joliet.
const LONGEST_JOLIET: usize = 64;

/// The names that are taken in a folder.
pub(super) type Taken = BTreeSet<String>;

/// Refuses names that do not fit.
///
/// # Errors
/// When the name is too long.
pub(super) fn check(name: &str) -> Result<(), Failure> {
    if name.len() <= LONGEST {
        return Ok(());
    }
    Err(Failure::new(format!("the name '{name}' is too long for a CD: {} bytes", name.len()))
        .hint(format!("rename it: {LONGEST} bytes are the most")))
}

/// A name for those who know only ISO 9660, level 1: eight characters and three, with a version for files.
pub(super) fn plain(name: &str, folder: bool, taken: &mut Taken) -> Vec<u8> {
    let (stem, extension) =
        name.rsplit_once('.').filter(|(stem, _)| !folder && !stem.is_empty()).unwrap_or((name, ""));
    let clean = |text: &str, most: usize| -> String {
        let allowed = |character: char| {
            let upper = character.to_ascii_uppercase();
            if upper.is_ascii_uppercase() || upper.is_ascii_digit() { upper } else { '_' }
        };
        text.chars().map(allowed).take(most).collect()
    };
    let (stem, extension) = (clean(stem, 8), clean(extension, 3));
    let form = |stem: &str| if folder { stem.to_owned() } else { format!("{stem}.{extension};1") };
    unique(&stem, 8, form, taken).into_bytes()
}

/// A name in Joliet: UCS-2, big endian.
pub(super) fn joliet(name: &str, folder: bool, taken: &mut Taken) -> Vec<u8> {
    let allowed = |character: char| {
        if character.is_control() || "*/:;?\\".contains(character) || character > '\u{ffff}' {
            '_'
        } else {
            character
        }
    };
    let clean: String = name.chars().map(allowed).collect();
    let (stem, extension) =
        match clean.rsplit_once('.').filter(|(_, extension)| !folder && extension.len() <= 16) {
            Some((stem, extension)) => (stem, format!(".{extension}")),
            None => (clean.as_str(), String::new()),
        };
    let room = LONGEST_JOLIET - extension.chars().count();
    let version = if folder { "" } else { ";1" };
    let stem: String = stem.chars().take(room).collect();
    let name = unique(&stem, room, |stem| format!("{stem}{extension}{version}"), taken);
    name.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// Makes a name that nobody has by putting a number at the end of its stem. Case does not tell names apart.
fn unique(stem: &str, most: usize, form: impl Fn(&str) -> String, taken: &mut Taken) -> String {
    let mut name = form(stem);
    let mut number = 0;
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        let ending = number.to_string();
        let kept: String = stem.chars().take(most - ending.len()).collect();
        name = form(&format!("{kept}{ending}"));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{Taken, joliet, plain};

    #[test]
    fn names_fit_and_are_unique() {
        let mut taken = Taken::default();
        let names = ["user-data", "meta-data", "preseed.cfg", "preseed.config", ".hidden", "USER_DATA"]
            .map(|name| String::from_utf8(plain(name, false, &mut taken)).unwrap());
        assert_eq!(
            names,
            ["USER_DAT.;1", "META_DAT.;1", "PRESEED.CFG;1", "PRESEED.CON;1", "_HIDDEN.;1", "USER_DA1.;1"]
        );
        assert_eq!(plain("a folder.d", true, &mut taken), b"A_FOLDER");
    }

    #[test]
    fn joliet_has_the_names_as_they_are() {
        let mut taken = Taken::default();
        let text = |name: &str, taken: &mut Taken| {
            let units: Vec<u16> = joliet(name, false, taken)
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&units).unwrap()
        };
        assert_eq!(text("Größe der Datei.txt", &mut taken), "Größe der Datei.txt;1");
        assert_eq!(text("a:b", &mut taken), "a_b;1");
        let long = text(&"x".repeat(90), &mut taken);
        assert_eq!(long.chars().count(), 66);
        assert_ne!(long, text(&"x".repeat(91), &mut taken));
    }
}
