//! One call, as it was sent.

use std::collections::BTreeMap;
use std::io::BufRead;

/// One call: AWS's "query" form, and the region that it was signed for.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) region: String,
    /// The access key id that it was signed with.
    pub(crate) key: String,
    form: BTreeMap<String, String>,
}

impl Call {
    /// Reads a request; `None` when the connection is closed.
    pub(crate) fn read(from: &mut impl BufRead) -> std::io::Result<Option<Self>> {
        let (mut length, mut region, mut key) = (0, String::new(), String::new());
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().unwrap();
                }
                // AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...
                Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                    let mut scope = value.split('/');
                    key = scope.next().unwrap().rsplit('=').next().unwrap().to_owned();
                    region = scope.nth(1).unwrap().to_owned();
                }
                _ if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        let body = String::from_utf8(body).unwrap();
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let form = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
        Ok(Some(Self { region, key, form }))
    }

    pub(crate) fn action(&self) -> &str {
        self.get("Action").unwrap()
    }

    /// A parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.form.get(name).map(String::as_str)
    }

    /// Checks parameters.
    pub(crate) fn has(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            assert_eq!(self.get(name), Some(*value), "{name} in {self:#?}");
        }
    }

    /// Checks that no parameter begins with this.
    pub(crate) fn lacks(&self, prefix: &str) {
        let found = self.form.keys().find(|name| name.starts_with(prefix));
        assert_eq!(found, None, "in {self:#?}");
    }

    /// Tags: `TagSpecification.1.Tag.N.Key`, where `prefix` is all before the number.
    pub(crate) fn tags(&self, prefix: &str) -> BTreeMap<&str, &str> {
        let tag = |number| {
            let part = |part| self.get(&format!("{prefix}.{number}.{part}"));
            part("Key").zip(part("Value"))
        };
        (1..20).map_while(tag).collect()
    }

    /// The tags that things of a kind get as they are created.
    pub(crate) fn tags_of(&self, kind: &str, prefix: &str) -> BTreeMap<&str, &str> {
        let is_it = |number: &i32| self.get(&format!("{prefix}.{number}.ResourceType")) == Some(kind);
        let number = (1..9).find(is_it).unwrap_or_else(|| panic!("no tags of {kind} in {self:#?}"));
        self.tags(&format!("{prefix}.{number}.Tag"))
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}
