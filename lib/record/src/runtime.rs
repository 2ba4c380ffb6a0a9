//! The tools' asynchronous runtime.

/// Bytes of stack of a worker. The AWS SDK's calls need more than the usual 2 MiB in unoptimised builds; memory is only
/// taken as far as it is used.
const STACK: usize = 16 << 20;

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
