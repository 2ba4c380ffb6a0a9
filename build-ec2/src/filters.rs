//! Filters as templates write them, for EC2's Describe calls.

use aws_sdk_ec2::types::Filter;
use std::collections::BTreeMap;

/// EC2's filters: each value is split at commas, of which any may match; all filters must match (Packer's amazon plugin 1.8).
pub fn of(filters: &BTreeMap<String, String>) -> Vec<Filter> {
    let one = |(name, value): (&String, &String)| filter(name, split(value));
    filters.iter().map(one).collect()
}

/// One filter.
pub fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// Filters in words, for people: `name = web-*, tag:Class = build`.
pub fn describe(filters: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = filters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    words.join(", ")
}

/// Splits a line of comma-separated values (RFC 4180): a value in double quotes may hold commas.
fn split(line: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = line;
    loop {
        let (value, left) = match rest.strip_prefix('"').and_then(quoted) {
            Some(found) => found,
            None => rest
                .split_once(',')
                .map_or((rest.to_owned(), None), |(value, left)| (value.to_owned(), Some(left))),
        };
        values.push(value);
        match left {
            Some(left) => rest = left,
            None => return values,
        }
    }
}

/// Reads a value after its opening quote; what is left begins after the next comma. `None` when the quotes don't match.
fn quoted(text: &str) -> Option<(String, Option<&str>)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let (part, left) = rest.split_once('"')?;
        value.push_str(part);
        if let Some(more) = left.strip_prefix('"') {
            value.push('"');
            rest = more;
        } else if left.is_empty() {
            return Some((value, None));
        } else {
            return Some((value, Some(left.strip_prefix(',')?)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn splits_values_at_commas() {
        for (line, values) in [
            ("a", vec!["a"]),
            ("", vec![""]),
            ("a,b", vec!["a", "b"]),
            ("a, b,", vec!["a", " b", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"say \"\"hi\"\"\"", vec!["say \"hi\""]),
            ("\"open,x", vec!["\"open", "x"]),
            ("5\" disk", vec!["5\" disk"]),
        ] {
            assert_eq!(split(line), values, "{line}");
        }
    }
}
