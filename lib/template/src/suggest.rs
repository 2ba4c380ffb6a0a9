//! "Did you mean …?", and what there is.

use std::fmt::Write as _;

/// Words that are looked at; with more of them, whoever has made them knows their names.
const LOOKED_AT: usize = 500;

/// The known word that is most like the one given, if any is like it.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let word = plain(word);
    known
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .take(LOOKED_AT)
        .map(|name| (strsim::osa_distance(&word, &plain(name)), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Without what is no difference: capitals, and `-` where `_` stands.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

/// All of these words, with commas; of very many, the first ones and how many more there are.
pub fn list<'a>(mut known: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 200;
    let mut text = known.by_ref().take(SHOWN).collect::<Vec<_>>().join(", ");
    let more = known.count();
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{list, nearest};

    #[test]
    fn finds_what_is_like_it() {
        let known = ["instance_type", "ami_name", "region", "id"];
        for (word, near) in [
            ("instance_typ", Some("instance_type")),
            ("instance-type", Some("instance_type")),
            ("AMI_name", Some("ami_name")),
            ("reigon", Some("region")),
            ("ib", None),
            ("completely_other", None),
        ] {
            assert_eq!(nearest(word, known.into_iter()), near, "{word}");
        }
    }

    #[test]
    fn lists_no_more_than_can_be_read() {
        assert_eq!(list(["a", "b"].into_iter()), "a, b");
        let many = list(["x"; 1000].into_iter());
        assert!(many.starts_with("x, x, ") && many.ends_with(", x and 800 more"), "{many}");
    }
}
