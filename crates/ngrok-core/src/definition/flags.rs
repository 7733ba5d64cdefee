//! The flags of the agent's command line that set no key of a definition.

use super::key::Key;
use super::kind::Kind;
use super::protocol::Protocols;
use Kind::{Any, Flag, Path, Text};

const ALL: Protocols = Protocols::ALL;

/// One row a flag, without its dashes. Those that set a key are with the key: see [`Key::cli_flag`].
pub(super) const ROWS: &[Key] = &[
    Key::new("all", Flag, "start every definition of the file").before_3(ALL),
    Key::new(
        "config",
        Path,
        "config file to read; several are merged, later ones win",
    )
    .before_3(ALL),
    Key::new("dry-run", Flag, "show what `config upgrade` would write"),
    Key::new("help", Flag, "print the help").before_3(ALL),
    Key::new("ipv6", Flag, "look at IPv6, too (`diagnose`)"),
    Key::new("none", Flag, "start no definition").before_3(ALL),
    Key::new(
        "relocate",
        Flag,
        "move the file to its default place (`config upgrade`)",
    ),
    Key::new("channel", Text, "which releases to update to (`update`)").before_3(ALL),
    Key::new(
        "write-report",
        Any,
        "write what was found to a file (`diagnose`)",
    ),
];
