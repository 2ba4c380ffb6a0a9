//! Work on many things at the same time.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

/// The stack of each thread: as much as the main one usually has, since parsers go down into what they read.
const STACK: usize = 8 << 20;

/// Does the work for each item, on all cores, and gives what comes of it in the items' order.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = available_parallelism().map_or(1, usize::from).min(items.len());
    if threads < 2 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let mut done: Vec<(usize, R)> = Vec::new();
    scope(|scope| {
        let worker = || {
            let mut mine = Vec::new();
            while let Some((place, item)) = take() {
                mine.push((place, work(item)));
            }
            mine
        };
        // Where the system gives no more threads, those that there are do all; this one at the least.
        let others: Vec<_> = (1..threads)
            .filter_map(|_| Builder::new().stack_size(STACK).spawn_scoped(scope, worker).ok())
            .collect();
        done.extend(worker());
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_have_the_order_of_items() {
        assert_eq!(
            map((0..1000).collect(), |item: u32| item * 2),
            (0..1000).map(|item| item * 2).collect::<Vec<_>>()
        );
        assert!(map(Vec::<u32>::new(), |item| item).is_empty());
    }
}
