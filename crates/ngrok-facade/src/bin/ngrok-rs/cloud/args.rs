//! The command line of `cloud`: a command for each service and operation, made from the client's own table.

use clap::{Arg, ArgAction, Command, value_parser};
use ngrok_facade::cloud::table::{self, Operation, Service};

use super::help;

/// Adds what `cloud` takes to its command.
pub(crate) fn added_to(cloud: Command) -> Command {
    cloud
        .subcommand_value_name("SERVICE")
        .subcommand_help_heading("Services")
        .disable_help_subcommand(true)
        .arg(
            Arg::new("list")
                .long("list")
                .action(ArgAction::SetTrue)
                .help("List the services by group"),
        )
        .after_help(
            "`ngrok-rs cloud` alone lists the services by group, and --help after an\n\
             operation shows its fields. The key is that of NGROK_API_KEY, else that of the\n\
             config file; NGROK_API_URL is another base URL.\n\n\
             Examples:\n  \
             ngrok-rs cloud endpoints list --all --columns id,url\n  \
             ngrok-rs cloud ip-policies create description=office --query id\n  \
             ngrok-rs cloud endpoints create url=https://a.example traffic_policy=@p.yml\n  \
             ngrok-rs cloud request GET /endpoints\n\n\
             An answer may hold a secret that is shown this one time: keep stdout to\n\
             yourself.",
        )
        // Hundreds of commands, which are only made if one of them is asked for.
        .defer(|cloud| {
            cloud
                .subcommands(table::services().map(service))
                .subcommand(request())
        })
}

fn service(service: &'static Service) -> Command {
    let command = Command::new(service.name)
        .about(help::about(service))
        .override_usage(help::service_usage(service))
        .hide(service.deprecated.is_some())
        .subcommand_value_name("OPERATION")
        .subcommand_help_heading("Operations")
        .disable_help_subcommand(true)
        .arg(list_flag())
        .subcommands(service.operations.iter().map(|o| operation(service, o)));
    let command = match service.name {
        "access_tokens" => command.aliases(["personal_access_tokens", "personal-access-tokens"]),
        _ => command,
    };
    if service.name.contains('_') {
        command.alias(service.name.replace('_', "-"))
    } else {
        command
    }
}

fn list_flag() -> Arg {
    Arg::new("list")
        .long("list")
        .action(ArgAction::SetTrue)
        .help("List its operations")
}

fn operation(service: &'static Service, operation: &'static Operation) -> Command {
    let mut command = Command::new(operation.name)
        .about(operation.about)
        .override_usage(help::usage(service, operation))
        .after_help(help::of_operation(service, operation));
    if operation.name.contains('_') {
        command = command.alias(operation.name.replace('_', "-"));
    }
    for name in operation.args() {
        command = command.arg(
            Arg::new(format!("path:{name}"))
                .value_name(name.to_uppercase())
                .required(true)
                .allow_hyphen_values(false),
        );
    }
    if operation.has_body() {
        command = command.args(body_args());
    }
    if let Some(listing) = &operation.list {
        if !listing.filters.is_empty() {
            command = command.arg(
                Arg::new("filter")
                    .long("filter")
                    .value_name("CEL")
                    .help("Only items that meet this condition, such as 'obj.id == \"x\"'"),
            );
        }
        if listing.paged {
            command = command.args(paging_args());
        }
        command = command.arg(
            Arg::new("columns")
                .long("columns")
                .value_name("NAME,…")
                .value_delimiter(',')
                .help("Print these fields as a table; on a terminal a table is the default"),
        );
        if matches!(service.name, "tunnel_sessions" | "endpoints") {
            command = command.args(watch_args());
        }
    }
    command.args(output_args())
}

fn body_args() -> [Arg; 2] {
    [
        Arg::new("data")
            .long("data")
            .value_name("JSON|YAML|@FILE|-")
            .help("The body: JSON or YAML, a file, or - for stdin; fields beside it are put into it"),
        Arg::new("fields")
            .value_name("FIELD=VALUE")
            .num_args(0..)
            .help("A field of the body: text after =, a file after =@; a list by repeating it, a part by dots"),
    ]
}

fn paging_args() -> [Arg; 3] {
    [
        Arg::new("limit")
            .long("limit")
            .value_name("N")
            .value_parser(value_parser!(u32).range(1..=100))
            .help("Items in a page"),
        Arg::new("before")
            .long("before")
            .value_name("ID")
            .help("Only items that are older than this one"),
        Arg::new("all")
            .long("all")
            .action(ArgAction::SetTrue)
            .help("Every page, not just the first"),
    ]
}

fn watch_args() -> [Arg; 2] {
    [
        Arg::new("watch")
            .long("watch")
            .action(ArgAction::SetTrue)
            .conflicts_with_all(["raw", "limit", "before", "all"])
            .help("Print what is there, then what comes and goes, until Ctrl-C"),
        Arg::new("interval")
            .long("interval")
            .value_name("SECONDS")
            .value_parser(value_parser!(u64).range(1..=3600))
            .default_value("5")
            .requires("watch")
            .help("How often --watch looks"),
    ]
}

fn output_args() -> [Arg; 2] {
    [
        Arg::new("query").long("query").value_name("PATH").help(
            "Print only this part, such as id, target.kinesis or /acl/0; text without quotes",
        ),
        Arg::new("raw")
            .long("raw")
            .action(ArgAction::SetTrue)
            .help("Send --data unchecked, and print the answer as it is"),
    ]
}

fn request() -> Command {
    Command::new("request")
        .about("Call a path of the API that has no command of its own")
        .arg(
            Arg::new("method")
                .value_name("METHOD")
                .required(true)
                .ignore_case(true)
                .value_parser(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        )
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .required(true)
                .help("Such as /endpoints, without a query"),
        )
        .arg(
            Arg::new("param")
                .long("param")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .help("A parameter of the query"),
        )
        .arg(
            Arg::new("data")
                .long("data")
                .value_name("JSON|YAML|@FILE|-")
                .help("The body: JSON or YAML, a file, or - for stdin; {} if it is left out"),
        )
        .args(
            output_args()
                .into_iter()
                .filter(|arg| arg.get_id() == "query"),
        )
        .after_help("Example:\n  ngrok-rs cloud request GET /endpoints --param limit=5")
}
