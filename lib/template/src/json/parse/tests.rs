//! What is read, and what is refused.

use super::parse;
use crate::json::offset_in_text;
use crate::source::Source;

fn found(text: &str) -> Vec<(usize, String)> {
    let parsed = parse(&Source::new("t.json", text));
    let all = parsed.diagnostics.all.into_iter();
    all.map(|diagnostic| (diagnostic.place.unwrap().1.start, diagnostic.message)).collect()
}

#[test]
fn reads_values_as_serde_json_does() {
    for text in [
        "null",
        " {} ",
        "[]",
        "[1, -2.5e3, 0.1, true, false, null]",
        r#"{"a": {"b": ["c", {"d": ""}]}}"#,
        r#""\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00""#,
        "\"é € 😀\"",
    ] {
        let parsed = parse(&Source::new("t.json", text));
        let expected: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(parsed.root.unwrap().to_json(), expected, "{text}");
    }
}

#[test]
fn a_lone_surrogate_is_read() {
    let parsed = parse(&Source::new("t.json", r#""a\ud800b""#));
    assert_eq!(parsed.root.unwrap().as_str(), Some("a\u{fffd}b"));
}

#[test]
fn refuses_what_is_not_json() {
    for (text, offset, message) in [
        ("", 0, "the file is empty"),
        ("{", 1, "the file ends where a key in double quotes should stand"),
        ("{\"a\": 1,}", 7, "there is nothing between this ',' and '}'"),
        ("[1 2]", 2, "a ',' is missing here"),
        ("[{} {}]", 3, "a ',' is missing here"),
        ("{\"a\" 1}", 5, "':' after the key should stand here"),
        ("{} {}", 3, "there is something after the end of the JSON value"),
        ("\u{feff}{}", 0, "the file begins with a byte order mark"),
        ("// x\n{}", 0, "a value should stand here"),
        ("\"a\tb\"", 2, "a text cannot hold this control character as it is"),
        ("\"a", 0, "this text has no closing quote"),
        ("\"\\x\"", 1, "there is no such escape in JSON"),
        ("[01]", 1, "this is no number as JSON writes them"),
        ("[yes]", 1, "'yes' is no value"),
        ("{a: 1}", 1, "a key in double quotes should stand here"),
        ("{\"a\": 1, \"b\": {\"a\": 1, \"a\": 2}}", 23, "the key 'a' stands here twice"),
    ] {
        assert_eq!(found(text), [(offset, message.to_owned())], "{text}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(found(&deep)[0].1, "more than 500 lists and objects stand in one another");
}

#[test]
fn finds_places_behind_escapes() {
    let text = r#""a\nb\ud83d\ude00éx""#;
    let span = 0..text.len();
    for (offset, place) in [(0, 1), (1, 2), (2, 4), (3, 5), (7, 17), (9, 19)] {
        assert_eq!(offset_in_text(text, &span, offset), place, "{offset}");
    }
}
