//! "Did you mean …?"

/// The known word that is most like the one given, if any is like it.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let limit = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let scored = known.map(|name| (distance(&lower, &name.to_lowercase()), name));
    scored
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How far apart two words are; `-` and `_` count as the same.
fn distance(a: &str, b: &str) -> usize {
    strsim::damerau_levenshtein(&a.replace('-', "_"), &b.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

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
}
