//! Options of the post-processors, a file or folder each.
