//! What Packer 1.6.6 gave for the same texts, unless a comment says otherwise.

use super::{Machine, Moment, Place, Scope, Text, render};
use std::collections::BTreeMap;
use std::sync::Arc;

fn scope(place: Place) -> Scope {
    let user = BTreeMap::from([("name".to_owned(), "web".to_owned()), ("list".to_owned(), "a,b".to_owned())]);
    Scope {
        user: Arc::new(user),
        folder: Arc::from("/templates"),
        build_name: Arc::from("one"),
        build_type: Arc::from("null"),
        ..Scope::new(place, Moment::milliseconds(1_793_631_845_120))
    }
}

#[test]
fn renders_what_packer_renders() {
    let scope = scope(Place::Builder);
    for (text, rendered) in [
        ("plain }}", "plain }}"),
        ("{{user `name`}}-{{ user \"name\" }}", "web-web"),
        ("{{user `nope`}}", ""),
        ("{{.}} {{.Foo}} {{.Foo.Bar}}", "<no value> <no value> <no value>"),
        ("{{if .Foo}}a{{else}}b{{end}}", "b"),
        ("a {{- \" b \" -}} c", "a b c"),
        ("x{{/* c */}}y", "xy"),
        ("{{`{{`}}", "{{"),
        ("{{\"a\" | upper | lower}}", "a"),
        ("{{lower (upper \"ab\")}}", "ab"),
        ("{{printf \"%05d\" 3}}", "00003"),
        ("{{with user `name`}}<{{.}}>{{end}}", "<web>"),
        ("{{define \"t\"}}T{{.}}{{end}}{{template \"t\" \"x\"}}", "Tx"),
        ("{{$x := \"v\"}}{{$x}}", "v"),
        ("{{if eq (user `name`) \"web\"}}yes{{end}}", "yes"),
        ("{{replace \"a\" \"b\" -1 \"aaa\"}} {{replace \"a\" \"b\" 2 \"aaa\"}}", "bbb bba"),
        ("{{\"a.b\" | replace_all \".\" \"-\"}}", "a-b"),
        ("{{split \"a-b\" \"-\" 1}}", "b"),
        ("{{build_name}}/{{build_type}}/{{template_dir}}/{{packer_version}}", "one/null//templates/1.16.0"),
        ("{{timestamp}} {{isotime}} {{isotime \"2006\"}}", "1793631845 2026-11-02T15:04:05Z 2026"),
        ("{{clean_resource_name \"a:b c\"}}", "a-b c"),
        ("{{\"\\x41\"}}", "A"),
    ] {
        assert_eq!(render(text, &scope).unwrap(), rendered, "{text}");
    }
}

#[test]
fn uuid_is_in_packers_form() {
    let text = render("{{uuid}}", &scope(Place::Builder)).unwrap();
    assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert!(text.starts_with("6ae8a665-"), "{text}");
}

#[test]
fn failures_point_to_their_place() {
    let scope = scope(Place::Builder);
    for (text, offset, message) in [
        ("ab {{", 3, "the template is malformed: unclosed action"),
        ("ab {{user `a}}", 3, "the template is malformed: unterminated raw string"),
        ("{{if true}}", 2, "the template is malformed: 'if' has no 'end'"),
        ("{{upper}}", 2, "upper: wrong number of arguments: want 1, got 0"),
        ("x {{lower 1}}", 4, "lower: argument 1 must be a text, not int"),
        (
            "{{split \"a-b\" \"-\" 4}}",
            2,
            "split: there is no piece 4: 'a-b' split at '-' has 2 (counted from 0)",
        ),
        ("{{isotime \"a\" \"b\"}}", 2, "isotime: too many arguments: want at most 1, got 2"),
    ] {
        let problem = render(text, &scope).unwrap_err();
        assert_eq!((problem.offset, problem.message.as_str()), (offset, message), "{text}");
    }
}

#[test]
fn checks_without_running() {
    for (place, text, found) in [
        (Place::Builder, "{{nope}}", vec![(2, "there is no function 'nope'")]),
        (Place::Builder, "{{ \"a\" | uper }}", vec![(9, "there is no function 'uper'")]),
        (Place::Builder, "{{env `X`}}", vec![(2, "env vars are not allowed here")]),
        (Place::Variables, "{{env `X`}}{{.Foo}}{{user `q`}}", vec![]),
        (Place::Variables, "{{build_name}}", vec![(2, "'build_name' is not known in 'variables'")]),
        (Place::Builder, "{{vault `a` `b`}}", vec![(2, "'vault' is only allowed in 'variables'")]),
        (
            Place::Builder,
            "a {{user `nmae`}}",
            vec![(9, "there is no variable 'nmae': it gives an empty text")],
        ),
        (
            Place::Builder,
            "{{build `ID`}}",
            vec![(2, "'build' is known only in provisioners and post-processors")],
        ),
        (Place::Step, "{{build `ID`}}", vec![]),
        (
            Place::Step,
            "{{build `ID` | upper}}",
            vec![(2, "'build' can only stand alone: its value is not known before the build runs")],
        ),
        (Place::Builder, "{{.Foo}}", vec![(2, "{{.Foo}} is not known here: it gives the text '<no value>'")]),
        (Place::Builder, "{{sed `a` `b`}}", vec![(2, "the function 'sed' is gone")]),
        (
            Place::Builder,
            "{{if (eq 1 2)}}{{x .Y}}{{end}}",
            vec![
                (17, "there is no function 'x'"),
                (19, "{{.Y}} is not known here: it gives the text '<no value>'"),
            ],
        ),
    ] {
        let problems = Text::parse(text).unwrap().check(&scope(place), None);
        let seen: Vec<(usize, &str)> =
            problems.iter().map(|problem| (problem.offset, problem.message.as_str())).collect();
        assert_eq!(seen, found, "{text}");
    }
}

#[test]
fn the_machines_values_are_kept_or_given() {
    let later = scope(Place::Step);
    assert_eq!(render("a {{ build \"Host\" }} b", &later).unwrap(), "a {{build `Host`}} b");
    let values = BTreeMap::from([("Host".to_owned(), "10.0.0.1".to_owned())]);
    let now = Scope { machine: Machine::Known(Arc::new(values)), ..scope(Place::Run) };
    assert_eq!(
        render("{{build `Host`}} {{build `ID`}} {{build `Other`}}", &now).unwrap(),
        "10.0.0.1 ERR_ID_NOT_IMPLEMENTED_BY_BUILDER <no value>"
    );
}
