//! `ngrok-rs cloud`: every operation of the cloud API, from the client's own table.

mod layout;

use std::io;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ngrok_facade::Error;
use ngrok_facade::cloud::table::{self, ListOptions, Operation, RawJson, Service};
use ngrok_facade::cloud::{self, Client};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::output::{Colour, Output};

pub(crate) fn command() -> Command {
    Command::new("cloud")
        .about("Call an operation of ngrok's cloud API")
        .arg(
            Arg::new("service")
                .value_name("SERVICE")
                .required_unless_present("list")
                .help("Such as reserved_domains"),
        )
        .arg(
            Arg::new("operation")
                .value_name("OPERATION")
                .required_unless_present("list")
                .help("Such as create, get, list"),
        )
        .arg(
            Arg::new("args")
                .value_name("PATH-ARG")
                .num_args(0..)
                .help("Ids that stand in the path"),
        )
        .arg(
            Arg::new("data")
                .long("data")
                .value_name("JSON|@FILE|-")
                .help("The body: JSON, a file, or - for stdin; a field that would not be sent is refused"),
        )
        .arg(
            Arg::new("raw")
                .long("raw")
                .action(ArgAction::SetTrue)
                .help("Send --data as it is, and print the answer as it is"),
        )
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .value_parser(value_parser!(u32).range(1..=100))
                .help("Items in a page of a list"),
        )
        .arg(
            Arg::new("filter")
                .long("filter")
                .value_name("CEL")
                .help("Only items that meet this condition"),
        )
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Every page of a list, not just the first"),
        )
        .arg(
            Arg::new("list")
                .long("list")
                .action(ArgAction::SetTrue)
                .help("Print all services and operations, or those of SERVICE"),
        )
        .after_help(
            "The key is that of NGROK_API_KEY, else that of the config file; NGROK_API_URL is another base URL.\n\n\
             Examples:\n  ngrok-rs cloud --list\n  \
             ngrok-rs cloud endpoints list --all --json | jq -r .url\n  \
             ngrok-rs cloud ip_policies create --data '{\"description\": \"office\"}'\n  \
             ngrok-rs cloud reserved_domains update rd_2x --data '{\"metadata\": null}'\n\n\
             An answer may hold a secret that is shown this one time: keep stdout to yourself.",
        )
}

pub(crate) fn run(context: &Context, matches: &ArgMatches) -> Outcome {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str);
    if matches.get_flag("list") {
        return list(context.output, text("service"));
    }
    let service = find_service(text("service").unwrap_or_default())?;
    let operation = find_operation(service, text("operation").unwrap_or_default())?;
    let args: Vec<&str> = matches
        .get_many::<String>("args")
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    fits(service, operation, matches, args.len())?;
    let body = text("data").map(read).transpose()?;
    let raw = matches.get_flag("raw");
    if !raw {
        let value = body.as_ref().map(RawJson::to_value);
        operation
            .check(&args, value.as_ref())
            .map_err(Error::from)?;
    }
    let client = context.ngrok()?.cloud()?;
    let all = !raw && operation.is_list();
    if all {
        return print_list(context.output, &client, operation, &args, matches);
    }
    let answer = operation
        .call(&client, &args, body.as_ref(), &options(matches))
        .map_err(Error::from)?;
    match answer {
        Some(answer) => print(context.output, &answer),
        None => done(context.output),
    }
}

fn print_list(
    output: Output,
    client: &Client,
    operation: &Operation,
    args: &[&str],
    matches: &ArgMatches,
) -> Outcome {
    let pages_wanted = if matches.get_flag("all") {
        usize::MAX
    } else {
        1
    };
    let mut more = false;
    let list = operation.items(client, args, &options(matches));
    for page in list
        .into_iter()
        .flat_map(|list| list.pages())
        .take(pages_wanted)
    {
        let page = page.map_err(Error::from)?;
        more = page.next_page_uri.is_some_and(|uri| !uri.is_empty());
        for item in &page.items {
            print(output, item)?;
        }
    }
    if more {
        output.note("there are more: --all prints every page");
    }
    Ok(())
}

fn options(matches: &ArgMatches) -> ListOptions {
    let mut options = ListOptions::default();
    options.limit = matches.get_one("limit").copied();
    options.filter = matches
        .get_one::<String>("filter")
        .map(|text| cloud::Filter::from(text.as_str()));
    options
}

/// What was asked for has to go together before anything is sent.
fn fits(service: &Service, operation: &Operation, matches: &ArgMatches, given: usize) -> Outcome {
    let name = format!("{} {}", service.name, operation.name);
    let wanted: Vec<&str> = operation.args().collect();
    if given != wanted.len() {
        let shown: String = wanted
            .iter()
            .map(|arg| format!(" {}", arg.to_uppercase()))
            .collect();
        return usage(format!(
            "{given} path arguments were given; it is used as `ngrok-rs cloud {name}{shown}`"
        ));
    }
    if matches.get_flag("raw") && matches.get_flag("all") {
        return usage("--raw prints one page as it is, so --all cannot go with it".to_owned());
    }
    if !operation.is_list() {
        for option in ["limit", "filter"] {
            if matches.contains_id(option) {
                return usage(format!("--{option} is for lists, and `{name}` is none"));
            }
        }
        if matches.get_flag("all") {
            return usage(format!("--all is for lists, and `{name}` is none"));
        }
    }
    if matches.contains_id("data") && !operation.has_body() {
        return usage(format!("`{name}` takes no --data"));
    }
    Ok(())
}

fn usage<T>(text: String) -> Outcome<T> {
    Err(Failure::Usage(text))
}

/// More than the cloud API takes.
const LARGEST_BODY: u64 = 16 << 20;

/// The JSON of `--data`.
fn read(data: &str) -> Outcome<RawJson> {
    let io = |what: &str, error: io::Error| Failure::Io(format!("{what} cannot be read"), error);
    let text = match data.strip_prefix('@') {
        Some(path) => input::file(path, LARGEST_BODY).map_err(|error| io(path, error))?,
        None if data == "-" => input::stdin(LARGEST_BODY).map_err(|error| io("stdin", error))?,
        None => data.to_owned(),
    };
    // Only where it is wrong, never what stands there: a body may hold a secret.
    RawJson::parse(&text).map_err(|error| {
        Failure::Usage(format!(
            "--data is not JSON: it goes wrong at line {}, column {}",
            error.line(),
            error.column()
        ))
    })
}

fn find_service(name: &str) -> Outcome<&'static Service> {
    let known = || table::services();
    match known().find(|service| service.name == name) {
        Some(service) => Ok(service),
        None => usage(format!(
            "there is no service `{name}`; {}",
            nearest(name, known().map(|service| service.name))
        )),
    }
}

fn find_operation(service: &Service, name: &str) -> Outcome<&'static Operation> {
    match table::operation(service.name, name) {
        Some(operation) => Ok(operation),
        None => usage(format!(
            "{} has no operation `{name}`; {}",
            service.name,
            nearest(
                name,
                service.operations.iter().map(|operation| operation.name)
            )
        )),
    }
}

/// A hint with the names most like `name`.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut scored: Vec<(f64, &str)> = known
        .map(|other| (strsim::jaro_winkler(name, other), other))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<String> = scored
        .iter()
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    format!(
        "the nearest are {}, and `ngrok-rs cloud --list` prints all",
        names.join(", ")
    )
}

fn list(output: Output, only: Option<&str>) -> Outcome {
    if let Some(name) = only {
        find_service(name)?;
    }
    for service in table::services().filter(|service| only.is_none_or(|name| service.name == name))
    {
        if !output.json {
            // The note is written for programs, where a service is a method.
            let note = service.deprecated.map_or(String::new(), |note| {
                format!(" (deprecated: {})", note.replace("Client::", ""))
            });
            output.line(format!(
                "{}{note}",
                output.paint(Colour::Bold, service.name)
            ))?;
        }
        for operation in service.operations {
            output.either(|| described(service, operation), || line(operation))?;
        }
    }
    Ok(())
}

fn described(service: &Service, operation: &Operation) -> Value {
    json!({
        "service": service.name,
        "operation": operation.name,
        "method": operation.method.to_string(),
        "path": operation.path,
        "about": operation.about,
        "deprecated": service.deprecated.is_some(),
    })
}

fn line(operation: &Operation) -> String {
    let args: String = operation
        .args()
        .map(|arg| format!(" {}", arg.to_uppercase()))
        .collect();
    let call = format!("{}{args}", operation.name);
    format!("  {call:<32} {}", operation.about)
}

/// One object a line for scripts, the same with line breaks for people.
fn print(output: Output, answer: &RawJson) -> Outcome {
    output.line(if output.json {
        layout::compact(answer.as_str())
    } else {
        layout::pretty(answer.as_str())
    })
}

fn done(output: Output) -> Outcome {
    output.note("done");
    Ok(())
}
