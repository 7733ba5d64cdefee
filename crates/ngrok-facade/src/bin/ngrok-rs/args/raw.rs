//! `cloud`, whose arguments its own module defines.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cloud;

/// The arguments of `cloud`.
#[derive(Clone, Debug)]
pub(crate) struct Cloud(pub(crate) ArgMatches);

impl FromArgMatches for Cloud {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Args for Cloud {
    fn augment_args(command: Command) -> Command {
        cloud::added_to(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
