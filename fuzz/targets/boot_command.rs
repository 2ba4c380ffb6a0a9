//! Boot commands: parsed, and checked as a template's are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use template::boot_command::{check, parse};
use template::options::Check;

fuzz_target!(|text: &str| {
    let _ = parse(text);
    check("boot_command", &[text.to_owned()], &mut Check::default());
});
