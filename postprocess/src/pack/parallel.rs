//! Blocks that are packed by all cores and written in their order.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Packs one block into bytes that can stand between those of its neighbours.
pub(super) trait Codec: Send + 'static {
    /// What the whole stream has at its end, gathered block by block.
    type Summary: Default + Send + 'static;

    /// How many bytes make a block.
    fn block_size(&self) -> usize;

    /// How many bytes before the block the codec wants to see; they are not packed again.
    fn history(&self) -> usize {
        0
    }

    /// What stands before all blocks.
    fn begin(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Packs a block. The last one may be empty.
    fn pack(&mut self, block: &Block) -> io::Result<(Vec<u8>, Self::Summary)>;

    /// Adds the next block's summary.
    fn add(sum: &mut Self::Summary, next: Self::Summary);

    /// What stands behind all blocks.
    fn end(&self, _sum: &Self::Summary) -> Vec<u8> {
        Vec::new()
    }
}

/// A piece of the input.
#[derive(Debug)]
pub(super) struct Block {
    /// The bytes before it, at most as many as [`Codec::history`] says.
    pub(super) history: Vec<u8>,
    /// Its bytes.
    pub(super) data: Vec<u8>,
    /// Whether it is the last one.
    pub(super) last: bool,
}

type Packed<C> = io::Result<(Vec<u8>, <C as Codec>::Summary)>;

struct Job<C: Codec> {
    block: Block,
    reply: SyncSender<Packed<C>>,
}

/// Packs what is written to it with a codec on all cores. Holds two blocks for each core, and no more.
///
/// The thread that writes to it also writes the result, in order, so there is nothing that could run ahead.
pub(super) struct Parallel<C: Codec, W> {
    codec: C,
    out: W,
    data: Vec<u8>,
    history: Vec<u8>,
    jobs: SyncSender<Job<C>>,
    pending: VecDeque<Receiver<Packed<C>>>,
    most: usize,
    sum: C::Summary,
}

impl<C: Codec + Clone, W: Write> Parallel<C, W> {
    /// Starts the workers, and writes what stands at the beginning.
    pub(super) fn new(codec: C, mut out: W) -> io::Result<Self> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let (jobs, queue) = sync_channel::<Job<C>>(threads);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads {
            let (queue, codec) = (queue.clone(), codec.clone());
            thread::Builder::new().name("pack".into()).spawn(move || work(codec, &queue))?;
        }
        out.write_all(&codec.begin())?;
        Ok(Self {
            data: Vec::with_capacity(codec.block_size()),
            history: Vec::new(),
            codec,
            out,
            jobs,
            pending: VecDeque::new(),
            most: threads * 2,
            sum: C::Summary::default(),
        })
    }

    /// Packs what is left, writes the end, and gives back where it was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.submit(true)?;
        while !self.pending.is_empty() {
            self.take_first()?;
        }
        let end = self.codec.end(&self.sum);
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn submit(&mut self, last: bool) -> io::Result<()> {
        let data = std::mem::replace(&mut self.data, Vec::with_capacity(self.codec.block_size()));
        let tail = data[data.len().saturating_sub(self.codec.history())..].to_vec();
        let block = Block { history: std::mem::replace(&mut self.history, tail), data, last };
        let (reply, packed) = sync_channel(1);
        self.jobs.send(Job { block, reply }).map_err(|_| stopped())?;
        self.pending.push_back(packed);
        if self.pending.len() >= self.most {
            self.take_first()?;
        }
        Ok(())
    }

    fn take_first(&mut self) -> io::Result<()> {
        let Some(first) = self.pending.pop_front() else { return Ok(()) };
        let (bytes, summary) = first.recv().map_err(|_| stopped())??;
        self.out.write_all(&bytes)?;
        C::add(&mut self.sum, summary);
        Ok(())
    }
}

impl<C: Codec + Clone, W: Write> Write for Parallel<C, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.codec.block_size();
        let room = size - self.data.len();
        let count = room.min(bytes.len());
        self.data.extend_from_slice(&bytes[..count]);
        if self.data.len() == size {
            self.submit(false)?;
        }
        Ok(count)
    }

    /// Does nothing: a block is packed when it is full, and all are written by [`Parallel::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Packs blocks until nobody sends any.
fn work<C: Codec>(mut codec: C, queue: &Mutex<Receiver<Job<C>>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { block, reply }) = job else { return };
        // Who asked may have gone, for another block has failed.
        let _ = reply.send(codec.pack(&block));
    }
}

fn stopped() -> io::Error {
    io::Error::other("a thread that packs has stopped")
}
