//! The tools' asynchronous runtime.

use crate::exit;
use crate::report::Reporter;
use crate::signal::Stop;
use std::process::ExitCode;

/// Bytes of stack of a worker. The AWS SDK's calls need more than the usual 2 MiB in unoptimised builds; memory is only
/// taken as far as it is used.
const STACK: usize = 16 << 20;

/// Does a tool's work on a runtime of its own, and gives the exit status that the work ended with. A signal asks the
/// work to stop through [`Stop`]; when the work has ended then, the process dies of the signal. A closed standard output
/// makes for [`exit::FAILED`] at least.
pub fn run<Work: Future<Output = u8>>(reporter: &Reporter, work: impl FnOnce(Stop) -> Work) -> ExitCode {
    crate::cli::init_logging(reporter);
    let (runtime, stop) = match build().and_then(|runtime| Ok((runtime, Stop::listen()?))) {
        Ok(started) => started,
        Err(error) => {
            reporter.error(format!("cannot start: {error}"), None);
            return ExitCode::from(exit::USAGE);
        }
    };
    let status = runtime.block_on(work(stop.clone()));
    runtime.shutdown_background();
    crate::terminal::leave();
    stop.raise_again();
    ExitCode::from(if stop.is_stdout_closed() { status.max(exit::FAILED) } else { status })
}

/// Makes the runtime of a tool: two workers, since the work is waiting.
///
/// # Errors
/// When the system refuses threads.
pub fn build() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
}
