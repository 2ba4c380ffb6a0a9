//! Options of the provisioners, a file or folder each.
