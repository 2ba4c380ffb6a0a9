//! Options that take one of a few words.

use super::Check;

/// Checks that a text is one of a few words, where it is set.
pub(super) fn one_of(path: &str, value: &str, words: &[&str], check: &mut Check) {
    if value.is_empty() || words.contains(&value) {
        return;
    }
    check.error(path, format!("'{value}' is not a value of {}", name(path))).hint(known(value, words));
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Says which words are known, the nearest first if it is near enough to be meant.
pub(super) fn known(value: &str, words: &[&str]) -> String {
    let lower = value.to_lowercase();
    let nearest = words.iter().min_by_key(|word| strsim::levenshtein(word, &lower));
    match nearest.filter(|word| strsim::levenshtein(word, &lower) <= 2) {
        Some(word) => format!("did you mean '{word}'? Known are: {}", words.join(", ")),
        None => format!("known are: {}", words.join(", ")),
    }
}

/// Fills in a text that is not set.
pub(super) fn fill(text: &mut String, default: &str) {
    if text.is_empty() {
        default.clone_into(text);
    }
}
