//! The lists `vboxmanage` and `vboxmanage_post`.

use super::Program;
use record::{Build, Failure};
use template::Late;

/// Runs the calls in order.
pub(super) async fn run(
    program: &Program,
    list: &[Vec<String>],
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    for words in list {
        let words = words.iter().map(|word| late.render(word)).collect::<Result<Vec<_>, _>>()?;
        build.say(format!("VBoxManage {}", words.join(" ")));
        program.call(&words, build).await?;
    }
    Ok(())
}
