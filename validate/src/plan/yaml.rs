//! Writes values as YAML 1.2, one fact a line.

use serde_json::Value;

/// A mapping as a document.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// A collection that is not empty, each line at that depth.
fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                text.push_str(&indent);
                text.push_str(&plain(name));
                text.push(':');
                after(value, depth, text);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&indent);
                text.push('-');
                let begin = text.len();
                if is_block(item) {
                    block(item, depth + 1, text);
                    // The item's first line goes on behind its dash.
                    text.replace_range(begin..begin + indent.len() + 2, " ");
                } else {
                    after(item, depth, text);
                }
            }
        }
        _ => {}
    }
}

/// A value behind its name or dash.
fn after(value: &Value, depth: usize, text: &mut String) {
    match value {
        value if is_block(value) => {
            text.push('\n');
            block(value, depth + 1, text);
        }
        Value::String(lines) if is_literal(lines) => {
            // What ends the text is told by the sign: one newline, none, or several.
            let sign = if lines.ends_with("\n\n") {
                "+"
            } else if lines.ends_with('\n') {
                ""
            } else {
                "-"
            };
            text.push_str(&format!(" |{sign}\n"));
            for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
                let line = format!("{}{line}", "  ".repeat(depth + 1));
                text.push_str(line.trim_end_matches(' '));
                text.push('\n');
            }
        }
        Value::String(words) => text.push_str(&format!(" {}\n", plain(words))),
        value => text.push_str(&format!(" {value}\n")),
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Whether a text can stand as it is in lines of its own.
fn is_literal(text: &str) -> bool {
    let is_fine = |line: &str| !line.ends_with(' ') && !line.chars().any(|c| c.is_control() && c != '\t');
    text.contains('\n') && !text.starts_with([' ', '\n', '\t']) && text.split('\n').all(is_fine)
}

/// A text in one line: as it is where YAML takes it for a text, else in JSON's form, which is YAML's too.
fn plain(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "_-./:+=@ ()<>,~".contains(c);
    let begins = text.starts_with(|c: char| c.is_alphabetic() || "/_.".contains(c));
    let is_plain = begins
        && text.chars().all(safe)
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | ".inf" | ".nan"
        )
        && text.parse::<f64>().is_err();
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::document;
    use serde_json::json;

    #[test]
    fn one_fact_stands_in_a_line() {
        let value = json!({
            "name": "web server",
            "number": 5, "truth": true, "word": "true", "digits": "0755", "time": "10s", "nothing": {}, "none": [],
            "script": "#!/bin/sh\n\techo a\n\necho b\n", "tail": "a\nb", "odd": " a\nb", "colon": "a: b", "tag": "{{.Name}}",
            "list": ["a", ["b", "c"], {"x": 1, "deep": {"z": null}}],
        });
        let expected = "\
name: web server
number: 5
truth: true
word: \"true\"
digits: \"0755\"
time: \"10s\"
nothing: {}
none: []
script: |
  #!/bin/sh
  \techo a

  echo b
tail: |-
  a
  b
odd: \" a\\nb\"
colon: \"a: b\"
tag: \"{{.Name}}\"
list:
  - a
  - - b
    - c
  - x: 1
    deep:
      z: null
";
        assert_eq!(document(&value), expected);
    }
}
