use super::laid_out;
use crate::hcl2::format;
use crate::source::{Diagnostics, Source};
use proptest::prelude::*;

/// Held against Packer 1.6.6, but for `!`, before which newer versions leave no space.
#[test]
fn layouts() {
    for (given, expected) in [
        ("", ""),
        ("a=1", "a = 1"),
        ("a=foo( 1,-2 , ! b, a*b , c... )\n", "a = foo(1, -2, !b, a * b, c...)\n"),
        ("a = 1 # x\nlonger=\"y\"// z\n", "a      = 1   # x\nlonger = \"y\" // z\n"),
        ("# x\n  # y\na=1\n\nbb=2\n", "# x\n# y\na = 1\n\nbb = 2\n"),
        ("b{}\nc  \"d\"  \"e\"{\nf=1\n}\n", "b {}\nc \"d\" \"e\" {\n  f = 1\n}\n"),
        ("c{f=1}\n", "c { f = 1 }\n"),
        (
            "a=[1,\n2]\nb=[\n  [\n{\nc=1\n}\n]\n]\n",
            "a = [1,\n2]\nb = [\n  [\n    {\n      c = 1\n    }\n  ]\n]\n",
        ),
        ("a={\nb=1\n\"c d\"=2\n(e)=3\n}\n", "a = {\n  b     = 1\n  \"c d\" = 2\n  (e)   = 3\n}\n"),
        ("a=b [0] . c[ -1 ]\nd=- 1\ne=f - 1\n", "a = b[0].c[-1]\nd = -1\ne = f - 1\n"),
        (
            "a=[for x in [1]:x if x>1]\nb={for k,v in m:k=>v...}\n",
            "a = [for x in [1] : x if x > 1]\nb = { for k, v in m : k => v... }\n",
        ),
        ("a=b?c:-d\n", "a = b ? c : -d\n"),
        ("a=\"x ${ b }${~ c ~} %{if d}e%{endif}\"\n", "a = \"x ${b}${~c~} %{if d}e%{endif}\"\n"),
        ("a=\"$${ b } %%{ c } \\\" ${ \"${ d }\" }\"\n", "a = \"$${ b } %%{ c } \\\" ${\"${d}\"}\"\n"),
        ("a=\"${ {b=1} }\"\n", "a = \"${ { b = 1 } }\"\n"),
        ("a=<<EOT\n  b ${ c }\n   EOTT\n  EOT\nd=1\n", "a = <<EOT\n  b ${c}\n   EOTT\n  EOT\nd = 1\n"),
        ("x{\na=<<-EOT\n    b\n    EOT\ncc=1\n}\n", "x {\n  a  = <<-EOT\n    b\n    EOT\n  cc = 1\n}\n"),
        ("\ta\t=\t1\t\r\n  bb=2\r\n", "a  = 1\r\nbb = 2\r\n"),
        ("/* a */ b=1 /* c */\n", "/* a */ b = 1 /* c */\n"),
        ("a=\"🇬🇧\" # x\nb=\"y\" # z\n", "a = \"🇬🇧\" # x\nb = \"y\" # z\n"),
        ("a=1e5\nb=1.5E-3\nc=a::b( 1 )\n", "a = 1e5\nb = 1.5E-3\nc = a::b(1)\n"),
        ("a=[ ]\nb={ }\nc=foo( )\n", "a = []\nb = {}\nc = foo()\n"),
    ] {
        assert_eq!(laid_out(given), expected, "{given}");
    }
}

#[test]
fn what_is_no_hcl_is_reported() {
    let mut diagnostics = Diagnostics::default();
    assert_eq!(format(&Source::new("t.pkr.hcl", "a = [1,\n\n}"), &mut diagnostics), None);
    assert_eq!(diagnostics.errors(), 1);
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "-2",
        "a",
        "\"x\"",
        "\"${b} y\"",
        "true",
        "null",
        "a.b[0]",
        "f(1,2)",
        "\"é\"",
        "\"${ {c=1} }\"",
        "[ ]",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 20, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("[{}]", items.join(" ,  "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|items| format!("[\n{}\n]", items.join(",\n# c\n   "))),
            inner.clone().prop_map(|value| format!("{{\nk={value} # c\n  \"l m\"  =1\n}}")),
            inner.clone().prop_map(|value| format!("f( {value} )")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}+ -{b}")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a}==1?{b} :! x")),
        ]
    })
}

fn body() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => ("[a-z]{1,6}", expression(), prop::sample::select(vec!["", " # c", "// d"]))
            .prop_map(|(name, value, comment)| format!("{name}={value}{comment}\n")),
        1 => Just("\n".to_owned()),
        1 => Just("  /* c */\n".to_owned()),
        1 => "[a-z]{1,4}".prop_map(|text| format!("h = <<-E\n   {text} ${{ a }}\n  E\n")),
    ];
    let lines = prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat());
    lines.prop_recursive(2, 8, 3, |inner| {
        (inner.clone(), inner).prop_map(|(one, two)| format!("{one}b \"l\"{{\n{two}}}\n"))
    })
}

/// All but spaces and tabs between tokens.
fn squeezed(text: &str) -> String {
    text.chars().filter(|letter| *letter != ' ' && *letter != '\t').collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_laid_out_stays(body in body()) {
        let once = laid_out(&body);
        prop_assert_eq!(laid_out(&once), once.clone());
        prop_assert_eq!(squeezed(&once), squeezed(&body));
    }

    #[test]
    fn nothing_but_spaces_changes_in_any_text(text in "[a-z\"{}\\[\\]()$%~<=!,.\\-# \n\t/*E&é0-9]{0,80}") {
        prop_assert_eq!(squeezed(&laid_out(&text)), squeezed(&text));
    }
}

/// What a text is to the parser, without places; nothing where it is no HCL.
fn tree(text: &str) -> Option<String> {
    let source = Source::new("t.pkr.hcl", text);
    let mut diagnostics = Diagnostics::default();
    let body = crate::hcl2::lower::body(&source, 0..text.len(), &mut diagnostics);
    let places = regex::Regex::new(r"\d+\.\.\d+").unwrap();
    (!diagnostics.has_errors()).then(|| places.replace_all(&format!("{body:?}"), "").into_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_laid_out_means_the_same(text in prop_oneof![body(), "[a-c\"{}\\[\\]()$<=!,.\\-+:? \n*&0-9]{0,40}"]) {
        if let Some(before) = tree(&text) {
            prop_assert_eq!(tree(&laid_out(&text)), Some(before));
        }
    }
}
