//! What a builder asks of the program that runs virtual machines.

use crate::keyboard::Keyboard;
use record::{Build, Failure};
use std::pin::Pin;

/// A machine under one hypervisor. It is made from the record's notes, so any later process can take it up again;
/// the machine runs on its own and outlives the tool.
pub trait Driver: Send + Sync + 'static {
    /// The driver's name as the record's `machine.driver` has it: `qemu`, `vboxmanage`, `vmrun`, `esxi`.
    fn name(&self) -> &'static str;

    /// Switches the machine on. It was created before, with all its media.
    fn start(&self, build: &Build) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Whether the machine is on.
    fn is_running(&self, build: &Build) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Where this host reaches the guest's TCP port; `None` while the guest has no address yet.
    fn reach(
        &self,
        guest_port: u16,
        build: &Build,
    ) -> impl Future<Output = Result<Option<(String, u16)>, Failure>> + Send;

    /// The machine's keyboard.
    fn keyboard(&self, build: &Build) -> impl Future<Output = Result<Box<dyn Keyboard>, Failure>> + Send;

    /// What stands on the machine's screen now.
    fn screen(&self, build: &Build) -> impl Future<Output = Result<Screen, Failure>> + Send;

    /// Presses the power button (ACPI): the guest is asked to shut down.
    fn press_power_button(&self, build: &Build) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Switches the machine off at once.
    fn power_off(&self, build: &Build) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Switches the machine off and removes all that was made for it, but not what was exported. Safe to call again.
    fn destroy(&self, build: &Build) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A look at a machine's screen.
#[derive(Debug, Clone, Default)]
pub struct Screen {
    /// The picture as PNG, where the driver can make one.
    pub png: Option<Vec<u8>>,
    /// The rows of text, where the screen is in text mode and the driver can read it. Trailing blanks are cut off.
    pub text: Option<Vec<String>>,
}

/// What a call to a driver gives, in time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// [`Driver`] behind a pointer, for builders that choose one of several when they run. Every driver is one.
#[expect(missing_docs, reason = "each is the method of Driver")]
pub trait AnyDriver: Send + Sync {
    fn name(&self) -> &'static str;
    fn start<'a>(&'a self, build: &'a Build) -> Answer<'a, ()>;
    fn is_running<'a>(&'a self, build: &'a Build) -> Answer<'a, bool>;
    fn reach<'a>(&'a self, guest_port: u16, build: &'a Build) -> Answer<'a, Option<(String, u16)>>;
    fn keyboard<'a>(&'a self, build: &'a Build) -> Answer<'a, Box<dyn Keyboard>>;
    fn screen<'a>(&'a self, build: &'a Build) -> Answer<'a, Screen>;
    fn press_power_button<'a>(&'a self, build: &'a Build) -> Answer<'a, ()>;
    fn power_off<'a>(&'a self, build: &'a Build) -> Answer<'a, ()>;
    fn destroy<'a>(&'a self, build: &'a Build) -> Answer<'a, ()>;
}

impl<D: Driver> AnyDriver for D {
    fn name(&self) -> &'static str {
        Driver::name(self)
    }

    fn start<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        Box::pin(Driver::start(self, build))
    }

    fn is_running<'a>(&'a self, build: &'a Build) -> Answer<'a, bool> {
        Box::pin(Driver::is_running(self, build))
    }

    fn reach<'a>(&'a self, guest_port: u16, build: &'a Build) -> Answer<'a, Option<(String, u16)>> {
        Box::pin(Driver::reach(self, guest_port, build))
    }

    fn keyboard<'a>(&'a self, build: &'a Build) -> Answer<'a, Box<dyn Keyboard>> {
        Box::pin(Driver::keyboard(self, build))
    }

    fn screen<'a>(&'a self, build: &'a Build) -> Answer<'a, Screen> {
        Box::pin(Driver::screen(self, build))
    }

    fn press_power_button<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        Box::pin(Driver::press_power_button(self, build))
    }

    fn power_off<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        Box::pin(Driver::power_off(self, build))
    }

    fn destroy<'a>(&'a self, build: &'a Build) -> Answer<'a, ()> {
        Box::pin(Driver::destroy(self, build))
    }
}
