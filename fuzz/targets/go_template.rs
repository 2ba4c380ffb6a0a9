//! Texts with `{{…}}`, in every place that they can have.

#![no_main]

use libfuzzer_sys::fuzz_target;
use template::engine::{Dot, Moment, Place, Scope, Text, format_layout};

fuzz_target!(|text: &str| {
    let moment = Moment::fixed(1_793_631_845);
    for place in [Place::Variables, Place::Builder, Place::Step, Place::Run] {
        let scope = Scope::new(place, moment);
        let Ok(parsed) = Text::parse(text) else { break };
        for problem in parsed.check(&scope, Some(&Dot::Known(vec!["A"]))) {
            assert!(problem.offset <= text.len(), "{problem:?}");
        }
        if let Err(problem) = parsed.render(&scope) {
            assert!(problem.offset <= text.len(), "{problem:?}");
        }
    }
    format_layout(moment, text);
});
