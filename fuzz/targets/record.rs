//! Lines that come to a tool: read, passed on, and looked at as tools look at them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use record::{Record, Status};
use template::Late;
use template::options::gaps;

fuzz_target!(|line: &[u8]| {
    let Ok(mut record) = Record::parse_bytes(line) else { return };
    let written = record.to_line();
    let again = Record::parse(&written).expect("what was written can be read");
    assert_eq!(again.to_line(), written);
    let _ = (record.secrets(), record.machine(), record.artifacts(), record.error(), record.done());
    if let (Ok(builder), Ok(provisioners), Ok(sequences)) =
        (record.builder(), record.provisioners(), record.post_processors())
    {
        let _ = gaps::of(&gaps::Parts {
            kind: record.kind(),
            builder: &builder,
            provisioners: provisioners.iter().collect(),
            post_processors: sequences.iter().flatten().collect(),
        });
        if let Ok(late) = Late::of(&record) {
            let _ = late.render_value(&mut builder.into());
        }
    }
    record.set_status(Status::Failed);
    record.set_machine(None);
    assert_eq!(Record::parse(&record.to_line()).map(|record| record.status()), Ok(Status::Failed));
});
