//! What the machine tells: what stays of expressions, and what they give in the end.

use super::planned;
use crate::Late;
use crate::options::registry::Sort;
use serde_json::{Map, Value, json};

/// The only provisioner of a configuration with these options, as the record carries it.
fn step(options: &str) -> Result<Map<String, Value>, String> {
    let text = format!(
        "locals {{ l = [\"a\", \"b\"] }}\nvariable \"v\" {{ default = \"val\" }}\nsource \"null\" \"x\" {{ communicator = \"none\" }}\nbuild {{\n  name = \"b\"\n  sources = [\"null.x\"]\n  provisioner \"shell-local\" {{\n{options}\n  }}\n}}\n"
    );
    let (plan, said) = planned("t.pkr.hcl", &text);
    match said.first() {
        None => Ok(plan.builds[0].provisioners[0].clone()),
        Some(message) => Err(message.clone()),
    }
}

fn settled(step: &Map<String, Value>, id: &str) -> Result<Map<String, Value>, String> {
    let mut late = Late::default();
    late.set("ID", id);
    late.set("Host", "10.0.0.1");
    late.settle(Sort::Provisioner, step).map_err(|failure| failure.message)
}

/// What an expression of an option is in the record, and what it gives for a machine `i-0a1b`.
fn both(expression: &str) -> (Value, Value) {
    let mut step = step(&format!("inline = [{expression}]")).unwrap();
    let settled = settled(&step, "i-0a1b").unwrap();
    (step["inline"][0].take(), settled["inline"][0].clone())
}

#[test]
fn what_is_known_is_put_in_and_the_rest_stays() {
    for (expression, stays, gives) in [
        (r#""${build.name} ${build.ID}""#, "b {{build `ID`}}", "b i-0a1b"),
        ("upper(build.ID)", "{{hcl2 `upper(build.ID)`}}", "I-0A1B"),
        (r#""${var.v}-${substr(build.ID, 2, 4)}.""#, "val-{{hcl2 `substr(build.ID, 2, 4)`}}.", "val-0a1b."),
        (
            r#"build.Host == "" ? var.v : "at ${build.Host}""#,
            "{{hcl2 `build.Host == \"\" ? \"val\" : \"at ${build.Host}\"`}}",
            "at 10.0.0.1",
        ),
        (r#"build.ID != "" ? 1 + 1 : -(length(local.l))"#, "{{hcl2 `build.ID != \"\" ? 2 : -2`}}", "2"),
        (
            r#""${join("", [for x in [build.ID] : upper(x)])}!""#,
            "{{hcl2 `join(\"\", [upper(build.ID)])`}}!",
            "I-0A1B!",
        ),
        (
            r#"join("+", [for n, x in split("-", build.ID) : "${n}${x}${var.v}" if x != "0"])"#,
            "{{hcl2 `join(\"+\", [for n, x in split(\"-\", build.ID) : \"${n}${x}val\" if x != \"0\"])`}}",
            "0ival+10a1bval",
        ),
        (
            r#"join("", flatten([for x in split("-", build.ID) : [for y in [x] : [for x in split("a", "1a2") : "${x}${y}"]]]))"#,
            "{{hcl2 `join(\"\", flatten([for x in split(\"-\", build.ID) : [[\"1${x}\", \"2${x}\"]]]))`}}",
            "1i2i10a1b20a1b",
        ),
        (
            r#"join("", flatten([for x in split("-", build.ID) : [for y in [x] : [for x in split("0", build.ID) : "${x}${y}"]]]))"#,
            "{{hcl2 `join(\"\", flatten([for x in split(\"-\", build.ID) : [[for x_ in split(\"0\", build.ID) : \"${x_}${x}\"]]]))`}}",
            "i-ia1bii-0a1ba1b0a1b",
        ),
        (
            r#""%{ if build.ID == "" }a%{ else }b${var.v}%{ endif }$${c}`{{.X}}""#,
            "{{hcl2 `\"%{ if build.ID == \"\" }a%{ else }bval%{ endif }$${c}\\u0060{\\u007b.X}\\u007d\"`}}",
            "bval${c}`{{.X}}",
        ),
        (
            "\"%{ for x in split(\"-\", build.ID) ~}${upper(x)}%{ endfor ~}\"",
            "{{hcl2 `\"%{ for x in split(\"-\", build.ID) }${upper(x)}%{ endfor }\"`}}",
            "I0A1B",
        ),
        (r#"split("-", build.ID)[1]"#, "{{hcl2 `split(\"-\", build.ID)[1]`}}", "0a1b"),
        (
            r#"{ i-0a1b = "here", x = "there" }[build.ID]"#,
            "{{hcl2 `({ i-0a1b = \"here\", x = \"there\" })[build.ID]`}}",
            "here",
        ),
        (r#"{ (build.ID) = "v" }["i-0a1b"]"#, "{{hcl2 `({ (build.ID) = \"v\" })[\"i-0a1b\"]`}}", "v"),
        (r#"{ a = build.ID, b = "x" }.b"#, "x", "x"),
        (
            r#"try(jsondecode(build.ID).a, local.nothing, "none")"#,
            "{{hcl2 `try(jsondecode(build.ID).a, \"none\")`}}",
            "none",
        ),
        (
            r#"can(parseint(build.ID, 16)) ? "number" : "text""#,
            "{{hcl2 `can(parseint(build.ID, 16)) ? \"number\" : \"text\"`}}",
            "text",
        ),
        (
            r#"!(build.ID == "a" && build.Host == "b")"#,
            "{{hcl2 `!((build.ID == \"a\") && (build.Host == \"b\"))`}}",
            "true",
        ),
        (
            r#"format("%s/%03d", concat([build.ID], [7])...)"#,
            "{{hcl2 `format(\"%s/%03d\", build.ID, 7)`}}",
            "i-0a1b/007",
        ),
        (
            r#"format("%s/%s", split("-", build.ID)...)"#,
            "{{hcl2 `format(\"%s/%s\", split(\"-\", build.ID)...)`}}",
            "i/0a1b",
        ),
        (
            r#"join("", convert([build.ID, build.ID], set(string)))"#,
            "{{hcl2 `join(\"\", convert([build.ID, build.ID], set(string)))`}}",
            "i-0a1b",
        ),
    ] {
        assert_eq!(both(expression), (stays.into(), gives.into()), "{expression}");
    }
}

#[test]
fn options_of_all_types_get_their_values_in_the_end() {
    let options = r#"
    inline             = [for x in split("-", build.ID) : "echo ${x}" if x != ""]
    use_linux_pathing  = build.ID != ""
    valid_exit_codes   = [0, build.ID == "x" ? 3 : 4]
    env                = { for k, v in { id = build.ID } : upper(k) => v }
    environment_vars   = build.Host == "" ? [] : ["HOST=${build.Host}"]
    tempfile_extension = "${build.ID}.sh"
    execute_command    = ["sh", "-c", "{{.Vars}} {{.Script}} ${upper(build.ID)}"]
"#;
    let step = step(options).unwrap();
    assert_eq!(step["inline"], "{{hcl2 `[for x in split(\"-\", build.ID) : \"echo ${x}\" if x != \"\"]`}}");
    assert_eq!(step["use_linux_pathing"], "{{hcl2 `build.ID != \"\"`}}");
    let settled = settled(&step, "i-1").unwrap();
    let wanted = json!({
        "type": "shell-local", "inline": ["echo i", "echo 1"], "use_linux_pathing": true, "valid_exit_codes": [0, 4],
        "env": {"ID": "i-1"}, "environment_vars": ["HOST=10.0.0.1"], "tempfile_extension": "i-1.sh",
        "execute_command": ["sh", "-c", "{{.Vars}} {{.Script}} I-1"],
    });
    assert_eq!(Value::Object(settled), wanted);
}

#[test]
fn what_has_no_value_in_the_end_says_why() {
    for (options, why) in [
        (
            "inline = [substr(build.ID, build.ID, 1)]",
            "inline: cannot evaluate 'substr(build.ID, build.ID, 1)': substr: this must be a number, not a text",
        ),
        (
            "inline = [\"x ${split(\"-\", build.ID)}\"]",
            "inline: {{hcl2 `split(\"-\", build.ID)`}} gives no text, and stands in one",
        ),
        (
            "inline = [\"x ${upper(build.User)}\"]",
            "inline: cannot evaluate 'upper(build.User)': the machine tells no 'build.User'",
        ),
        (
            "valid_exit_codes = [build.ID]\ninline = [\"x\"]",
            "valid_exit_codes: this must be a whole number, not the text \"i-1\"",
        ),
    ] {
        let step = step(options).unwrap_or_else(|message| panic!("{options}: {message}"));
        assert_eq!(settled(&step, "i-1").unwrap_err(), why);
    }
}

#[test]
fn what_cannot_wait_is_an_error_now() {
    for (options, why) in [
        (
            "inline = build.ID == \"\" ? [] : true",
            "the two values of a condition must be of one type, not a list and true or false",
        ),
        ("inline = [upper(build.ID, 1)]", "'upper' takes 1 argument, not 2"),
        (
            "inline = [vault(build.ID, \"k\")]",
            "'vault' is asked before the build runs: its arguments must be known then",
        ),
        ("inline = [build.ID == \"\" ? file(\"no such file\") : \"\"]", "file: cannot read 'no such file'"),
        (
            "inline = [\"x\"]\npause_before = build.ID",
            "'pause_before' must be a text, not known only while the build runs",
        ),
    ] {
        let message = step(options).unwrap_err();
        assert!(message.starts_with(why.split(':').next().unwrap_or(why)), "{message}");
        if !why.starts_with("file") {
            assert_eq!(message, why);
        }
    }
}

/// Each expression whose value is known from Packer, with its first text told by the machine instead.
#[test]
fn expressions_have_the_same_value_later() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in include_str!("../expressions.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((expression, expected)) = line.split_once(" => ") else { continue };
        let Some((before, rest)) = expression.split_once('"') else { continue };
        let Some((text, after)) = rest.split_once('"') else { continue };
        if text.contains(['\\', '$', '%']) || after.starts_with([' ', ':', '=']) && after.contains('=') {
            continue;
        }
        let later = format!("{before}(build.ID){after}");
        let given = step(&format!("inline = [jsonencode({later})]")).and_then(|step| settled(&step, text));
        count += 1;
        let is_good = match (&given, expected) {
            (Err(_), expected) => expected == "error",
            (Ok(step), expected) => step["inline"][0] == expected,
        };
        if !is_good {
            wrong.push(format!("{later} with {text:?}\n  wanted {expected}\n  given  {given:?}"));
        }
    }
    assert!(count > 130, "only {count} expressions were tried");
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
}
