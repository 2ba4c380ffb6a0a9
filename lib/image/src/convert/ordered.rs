//! Work on all cores whose results come in order, with a bound on how many wait.

use crate::Error;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Runs `work` on the items in several threads and hands the results to `consume`, in the items' order and in this thread. Each thread makes
/// its own worker. The first error, from wherever, ends it.
pub(super) fn run<I, T, W>(
    items: impl Iterator<Item = Result<I, Error>> + Send,
    threads: usize,
    worker: impl Fn() -> W + Sync,
    mut consume: impl FnMut(T) -> Result<(), Error>,
) -> Result<(), Error>
where
    I: Send,
    T: Send,
    W: FnMut(I) -> Result<T, Error>,
{
    let queue = Queue {
        state: Mutex::new(State {
            items,
            results: BTreeMap::new(),
            taken: 0,
            consumed: 0,
            exhausted: false,
            stop: None,
        }),
        changed: Condvar::new(),
        window: 2 * threads as u64,
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| queue.work(worker()));
        }
        let result = queue.consume(&mut consume);
        queue.lock().stop.get_or_insert(Ok(()));
        queue.changed.notify_all();
        result
    })
}

struct Queue<I, T> {
    state: Mutex<State<I, T>>,
    changed: Condvar,
    /// How far the workers may be ahead of the consumer.
    window: u64,
}

struct State<I, T> {
    items: I,
    /// Results that wait for earlier ones.
    results: BTreeMap<u64, T>,
    taken: u64,
    consumed: u64,
    exhausted: bool,
    /// Set when all shall end: with the error, until the consumer takes it.
    stop: Option<Result<(), Error>>,
}

impl<S, I, T> Queue<S, T>
where
    S: Iterator<Item = Result<I, Error>>,
{
    fn lock(&self) -> MutexGuard<'_, State<S, T>> {
        // A thread that panics while it holds the lock ends everything by its `Alarm`.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<S, T>>) -> MutexGuard<'a, State<S, T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next item, when there is room for its result.
    fn take(&self) -> Option<(u64, I)> {
        let mut state = self.lock();
        while state.stop.is_none() && !state.exhausted && state.taken - state.consumed >= self.window {
            state = self.wait(state);
        }
        if state.stop.is_some() || state.exhausted {
            return None;
        }
        match state.items.next() {
            Some(Ok(item)) => {
                state.taken += 1;
                Some((state.taken - 1, item))
            }
            Some(Err(error)) => {
                state.stop = Some(Err(error));
                self.changed.notify_all();
                None
            }
            None => {
                state.exhausted = true;
                self.changed.notify_all();
                None
            }
        }
    }

    fn work(&self, mut work: impl FnMut(I) -> Result<T, Error>) {
        let _alarm = Alarm(self);
        while let Some((number, item)) = self.take() {
            let result = work(item);
            let mut state = self.lock();
            match result {
                Ok(result) => {
                    state.results.insert(number, result);
                }
                Err(error) => {
                    state.stop.get_or_insert(Err(error));
                }
            }
            drop(state);
            self.changed.notify_all();
        }
    }

    fn consume(&self, consume: &mut impl FnMut(T) -> Result<(), Error>) -> Result<(), Error> {
        let mut state = self.lock();
        loop {
            if let Some(stop) = &mut state.stop {
                return std::mem::replace(stop, Ok(()));
            }
            let next = state.consumed;
            if let Some(result) = state.results.remove(&next) {
                drop(state);
                consume(result)?;
                state = self.lock();
                state.consumed += 1;
                self.changed.notify_all();
            } else if state.exhausted && state.consumed == state.taken {
                return Ok(());
            } else {
                state = self.wait(state);
            }
        }
    }
}

/// Ends everything when its thread panics, so that no other waits for it; the panic goes on when the threads are joined.
struct Alarm<'a, S: Iterator<Item = Result<I, Error>>, I, T>(&'a Queue<S, T>);

impl<S: Iterator<Item = Result<I, Error>>, I, T> Drop for Alarm<'_, S, I, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().stop.get_or_insert_with(|| Err(Error::new("a worker thread has failed")));
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn results_come_in_order_and_few_wait() {
        let (started, consumed) = (AtomicU64::new(0), AtomicU64::new(0));
        let mut next = 0;
        let work = |item: u64| {
            let ahead = started.fetch_add(1, Ordering::SeqCst) - consumed.load(Ordering::SeqCst);
            assert!(ahead <= 8, "{ahead} items are ahead");
            Ok(item * 2)
        };
        run(
            (0..1000).map(Ok),
            4,
            || work,
            |result| {
                assert_eq!(result, next * 2);
                next += 1;
                consumed.fetch_add(1, Ordering::SeqCst);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(next, 1000);
    }

    #[test]
    fn an_error_from_anywhere_ends_it() {
        let fails = |at: u64| move |item: u64| if item == at { Err(Error::new("no")) } else { Ok(item) };
        let all = || (0..1000).map(Ok);
        assert!(run(all(), 3, || fails(500), |_| Ok(())).is_err());
        assert!(run(all(), 3, || Ok, |item| fails(500)(item).map(drop)).is_err());
        assert!(run((0..1000).map(fails(500)), 3, || Ok, |_| Ok(())).is_err());
    }
}
