//! OVF descriptors: other people's are understood, hostile ones refused, ours come back as they were.

mod hostile;
mod real;
mod round_trip;
