//! What holds for every text that somebody may write.

mod limits;
mod many;
mod mutants;
mod properties;
mod reference;
