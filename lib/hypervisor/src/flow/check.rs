//! `check`: what can be seen before a machine is made, for `validate --online`.

use super::start::output_is_free;
use super::{Platform, tool};
use crate::iso;
use record::check::{Checker, Problem};
use record::{Build, Record};
use std::marker::PhantomData;

/// Looks at a platform.
#[derive(Debug)]
pub(super) struct Check<P>(PhantomData<fn() -> P>);

impl<P> Default for Check<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<P> Clone for Check<P> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<P: Platform> Checker for Check<P> {
    const TOOL: &'static str = P::TOOL;
    const TYPES: &'static [&'static str] = P::TYPES;

    async fn check(&self, record: &Record, build: &Build) -> Vec<Problem> {
        let platform = match tool::open_with::<P>(record, None, build) {
            Ok(platform) => platform,
            Err(failure) => return vec![Problem::new("driver", failure)],
        };
        let settings = platform.settings();
        let image = async {
            match &settings.image {
                Some(request) => iso::look(request, build).await,
                None => None,
            }
        };
        let (mut problems, image) = tokio::join!(platform.look(build), image);
        // Without its program, a platform cannot say more.
        if problems.is_empty() && settings.base.http.is_wanted() {
            problems.extend(Problem::of("http_interface", platform.network(build).await));
        }
        problems.extend(image);
        problems.extend(Problem::of("output_directory", output_is_free(settings)));
        problems
    }
}
