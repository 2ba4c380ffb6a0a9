//! The table of weak typing, as observed on Packer 1.6.6.

use super::weak;
use crate::Duration;
use crate::json::parse;
use crate::source::Source;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Debug;

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let parsed = parse(&Source::new("t.json", text));
    weak(&parsed.root.unwrap()).map_err(|mistake| mistake.message)
}

fn holds<T: DeserializeOwned + PartialEq + Debug>(cases: &[(&str, Option<T>)]) {
    for (text, expected) in cases {
        assert_eq!(read::<T>(text).ok(), *expected, "{text}");
    }
}

#[test]
fn texts() {
    let some = |text: &str| Some(text.to_owned());
    holds::<String>(&[
        (r#""a""#, some("a")),
        ("5", some("5")),
        ("1.5", some("1.5")),
        ("1e21", some("1000000000000000000000")),
        ("1e-7", some("0.0000001")),
        ("-3", some("-3")),
        ("true", some("1")),
        ("false", some("0")),
        ("[]", None),
        ("{}", None),
    ]);
}

#[test]
fn whole_numbers() {
    holds::<i64>(&[
        ("22", Some(22)),
        ("22.7", Some(22)),
        (r#""22""#, Some(22)),
        (r#""0x16""#, Some(22)),
        (r#""022""#, Some(18)),
        (r#""0""#, Some(0)),
        (r#""-1""#, Some(-1)),
        (r#""""#, Some(0)),
        ("true", Some(1)),
        (r#"" 22""#, None),
        (r#""x""#, None),
        (r#""1.5""#, None),
        ("[1]", None),
        ("{}", None),
    ]);
    assert_eq!(
        read::<u16>("70000").unwrap_err(),
        "this must be a whole number from 0 to 65535, not the number 70000"
    );
    assert_eq!(read::<i64>(r#""x""#).unwrap_err(), "this must be a whole number, not the text \"x\"");
}

#[test]
fn booleans() {
    holds::<bool>(&[
        ("true", Some(true)),
        (r#""t""#, Some(true)),
        (r#""True""#, Some(true)),
        (r#""FALSE""#, Some(false)),
        (r#""""#, Some(false)),
        ("2", Some(true)),
        ("0", Some(false)),
        (r#""yes""#, None),
        (r#""tRUE""#, None),
        ("[true]", None),
    ]);
    holds::<Option<bool>>(&[
        ("1", Some(Some(true))),
        ("2", Some(Some(false))),
        ("null", Some(None)),
        ("3", None),
    ]);
}

#[test]
fn durations() {
    holds::<Duration>(&[
        (r#""5m""#, Some(Duration::minutes(5))),
        (r#""0""#, Some(Duration::default())),
        ("5", Some(Duration::nanoseconds(5))),
        ("true", Some(Duration::nanoseconds(1))),
        (r#""""#, None),
        (r#""1d""#, None),
        ("[]", None),
    ]);
}

#[test]
fn lists() {
    let list = |items: &[&str]| Some(items.iter().map(ToString::to_string).collect());
    holds::<Vec<String>>(&[
        (r#""a, b""#, list(&["a", " b"])),
        (r#""""#, list(&[])),
        ("5", list(&["5"])),
        ("true", list(&["1"])),
        (r#"["a", 1, true]"#, list(&["a", "1", "1"])),
        (r#"[["a"]]"#, None),
        (r#"{"a": 1}"#, None),
        ("{}", list(&[])),
        ("null", list(&[])),
    ]);
    holds::<Vec<BTreeMap<String, String>>>(&[
        (r#"{"a": 1}"#, Some(vec![BTreeMap::from([("a".into(), "1".into())])])),
        (r#"[{}, {}]"#, Some(vec![BTreeMap::new(), BTreeMap::new()])),
    ]);
}

#[test]
fn maps() {
    let map =
        |items: &[(&str, &str)]| Some(items.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect());
    holds::<BTreeMap<String, String>>(&[
        (r#"{"a": 1, "b": true}"#, map(&[("a", "1"), ("b", "1")])),
        (r#"[{"a": "1"}, {"b": "2"}]"#, map(&[("a", "1"), ("b", "2")])),
        ("[]", map(&[])),
        (r#"{"a": {}}"#, None),
        (r#""x""#, None),
        ("5", None),
    ]);
}
