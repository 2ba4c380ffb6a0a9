//! Descriptions of machines that others have written: .vmx and .ovf.

#![no_main]

use image::{ovf, vmx};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = ovf::read(text);
    let parsed = vmx::Vmx::parse(text);
    let _ = vmx::to_machine(&parsed);
});
