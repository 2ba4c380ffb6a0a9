//! Whole pipelines, as people type them, on the AWS stand-in.

mod crash;
mod data;
mod faults;
mod images;
mod late;
mod lock;
mod machines;
mod malformed;
mod mistakes;
mod plan;
mod resume;
mod spine;
mod tunnel;
mod unix;

/// The line that builds AMIs from `web.json` in the working folder.
const PIPELINE: &str = "validate web.json | build-ec2 | provision | postprocess";

/// The image of a built record in a region.
fn image(record: &serde_json::Value, region: &str) -> String {
    record["artifacts"][0]["regions"][region].as_str().unwrap_or_default().to_owned()
}
