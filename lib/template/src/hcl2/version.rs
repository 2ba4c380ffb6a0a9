//! Ranges of versions, as `required_version` has them (`hashicorp/go-version`).

use std::cmp::Ordering;

/// Whether a version is in a range such as `>= 1.7.0, < 2.0.0`; nothing for what is no range.
pub(super) fn satisfies(version: &str, range: &str) -> Option<bool> {
    let version = numbers(version)?;
    let mut all = true;
    for part in range.split(',') {
        all &= part_holds(&version, part.trim())?;
    }
    Some(all)
}

/// Whether all that a range names is older than a version.
pub(super) fn is_older(range: &str, version: &str) -> bool {
    let Some(version) = numbers(version) else { return false };
    let named = range
        .split(',')
        .map(|part| numbers(part.trim().trim_start_matches(['<', '>', '=', '!', '~']).trim()));
    named.flatten().all(|named| compare(&named, &version) != Ordering::Greater)
}

fn part_holds(version: &[u64], part: &str) -> Option<bool> {
    let operators = [">=", "<=", "!=", "~>", "=", ">", "<"];
    let operator = operators.iter().find(|operator| part.starts_with(**operator));
    let (operator, rest) = operator.map_or(("=", part), |operator| (*operator, &part[operator.len()..]));
    let wanted = numbers(rest.trim())?;
    let order = compare(version, &wanted);
    Some(match operator {
        ">=" => order != Ordering::Less,
        "<=" => order != Ordering::Greater,
        "!=" => order != Ordering::Equal,
        ">" => order == Ordering::Greater,
        "<" => order == Ordering::Less,
        "~>" => {
            // All but the last number must be the same.
            let fixed = wanted.len().saturating_sub(1).max(1);
            let same = (0..fixed).all(|at| version.get(at).unwrap_or(&0) == wanted.get(at).unwrap_or(&0));
            order != Ordering::Less && (same || wanted.len() == 1)
        }
        _ => order == Ordering::Equal,
    })
}

/// The numbers of a version; what comes after `-` or `+` does not count here.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split(['-', '+']).next().unwrap_or(text);
    text.split('.').map(|number| number.parse().ok()).collect()
}

fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let length = a.len().max(b.len());
    let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
    (0..length)
        .map(|index| at(a, index).cmp(&at(b, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::satisfies;

    #[test]
    fn ranges() {
        for (range, holds) in [
            (">= 1.7.0, < 2.0.0", Some(true)),
            ("~> 1.7", Some(true)),
            ("~> 1.7.0", Some(false)),
            ("1.16.0", Some(true)),
            ("= 1.16", Some(true)),
            ("> 1.16.0", Some(false)),
            ("!= 1.16.0", Some(false)),
            ("v1.0.0", Some(false)),
            ("", None),
            ("latest", None),
            (">= x", None),
        ] {
            assert_eq!(satisfies("1.16.0", range), holds, "{range}");
        }
    }
}
