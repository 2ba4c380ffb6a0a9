//! Options of the provisioners, a file or folder each.

pub mod ansible;
pub mod ansible_local;
pub mod breakpoint;
pub mod chef;
pub mod file;
pub mod guest;
pub mod inspec;
pub mod powershell;
pub mod puppet;
pub mod salt_masterless;
pub mod shell;
pub mod shell_local;
pub mod sleep;
pub mod windows_restart;
pub mod windows_shell;

mod script;

/// Whether a provisioner of that type works with the machine, rather than on this computer alone.
pub fn reaches_machine(kind: &str) -> bool {
    !matches!(kind, "breakpoint" | "shell-local" | "sleep")
}
