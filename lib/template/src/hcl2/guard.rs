//! What the parser is not given: it goes into itself, and looks through an object's keys for every key.

/// What is too much in a text, and where.
pub(super) struct TooMuch {
    pub(super) at: usize,
    pub(super) message: &'static str,
    pub(super) hint: &'static str,
}

/// Levels of brackets. The parser's own limit is 64; this one counts brackets in texts and comments too.
const DEPTH: usize = 512;
/// Pairs of keys of one object that the parser compares: an object of 20,000 keys, or four of 10,000.
const PAIRS: usize = 20_000 * 20_000;

/// Looks for what nobody writes: a cheap guard, which takes brackets in texts and comments for brackets.
pub(super) fn too_much(text: &str) -> Option<TooMuch> {
    /// A bracket that is open: how many items have begun in it, where it is an object's.
    struct Open {
        at: usize,
        is_object: bool,
        items: usize,
    }
    let mut open: Vec<Open> = Vec::new();
    let (mut pairs, mut before, mut is_item) = (0_usize, b'\n', false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' | b'\t' | b'\r' => continue,
            b'(' | b'[' | b'{' => {
                let is_object = byte == b'{' && b"=([{,:?".contains(&before);
                open.push(Open { at, is_object, items: 0 });
                is_item = false;
            }
            b')' | b']' | b'}' => {
                if let Some(Open { at, is_object: true, items }) = open.pop() {
                    pairs = pairs.saturating_add(items.saturating_mul(items));
                    if pairs > PAIRS {
                        return Some(TooMuch {
                            at,
                            message: "there are too many keys in this object",
                            hint: "20,000 keys can stand in an object here; read more from a file: jsondecode(file(\"…\"))",
                        });
                    }
                }
                is_item = true;
            }
            b'\n' | b',' => is_item = false,
            _ if !is_item => {
                is_item = true;
                if let Some(open) = open.last_mut() {
                    open.items += 1;
                }
            }
            _ => {}
        }
        if open.len() > DEPTH {
            return Some(TooMuch {
                at,
                message: "this is nested too deep",
                hint: "64 levels of brackets, blocks and templates can stand in one another",
            });
        }
        before = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::too_much;

    #[test]
    fn objects_of_many_keys_are_found_and_blocks_are_not() {
        let lines =
            |count: usize| (0..count).map(|number| format!("k{number} = {number}\n")).collect::<String>();
        assert!(too_much(&format!("locals {{\n{}}}\n", lines(30_000))).is_none());
        assert!(too_much(&format!("a = [{}]", "1,".repeat(30_000))).is_none());
        assert!(too_much(&format!("a = {{\n{}}}\n", lines(19_000))).is_none());
        let found =
            too_much(&format!("a = {{\n{}}}\n", lines(30_000))).map(|found| (found.at, found.message));
        assert_eq!(found, Some((4, "there are too many keys in this object")));
        let many = format!("a = [{}]", format!("{{\n{}}},", lines(5_000)).repeat(20));
        assert!(too_much(&many).is_some());
    }
}
