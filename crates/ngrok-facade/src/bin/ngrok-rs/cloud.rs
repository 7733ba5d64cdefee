//! `ngrok-rs cloud`: every operation of the cloud API, from the client's own table.

pub(crate) mod args;
mod body;
mod help;
mod layout;
mod list;
mod print;
mod query;
mod watch;

use std::time::Duration;

use clap::ArgMatches;
use ngrok_facade::Error;
use ngrok_facade::cloud::table::{self, ListOptions, Operation, RawJson, Service};
use ngrok_facade::cloud::{self, Client, Method};

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::output::Output;

pub(crate) use args::added_to;
use print::Printer;

pub(crate) fn run(context: &Context, matches: &ArgMatches) -> Outcome {
    let output = context.output;
    let Some((name, matches)) = matches.subcommand() else {
        return list::all(output);
    };
    if name == "request" {
        return request(context, matches);
    }
    let service = find_service(name)?;
    match matches.subcommand() {
        Some((name, matches)) => {
            let operation = table::operation(service.name, name)
                .ok_or_else(|| Failure::Usage(format!("there is no operation `{name}`")))?;
            call(context, service, operation, matches)
        }
        None => list::operations(output, service),
    }
}

fn find_service(name: &str) -> Outcome<&'static Service> {
    table::services()
        .find(|service| service.name == name)
        .ok_or_else(|| Failure::Usage(format!("there is no service `{name}`")))
}

fn call(
    context: &Context,
    service: &Service,
    operation: &Operation,
    matches: &ArgMatches,
) -> Outcome {
    let args: Vec<&str> = operation
        .args()
        .filter_map(|name| matches.get_one::<String>(&format!("path:{name}")))
        .map(String::as_str)
        .collect();
    let raw = matches.get_flag("raw");
    let printer = printer(context.output, matches);
    if raw && given(matches, "all") {
        return usage("--raw prints one page as it is, so --all cannot go with it".to_owned());
    }
    let body = if operation.has_body() {
        body::read(operation.body, matches)?
    } else {
        None
    };
    if !raw {
        let value = body.as_ref().map(RawJson::to_value);
        operation
            .check(&args, value.as_ref())
            .map_err(Error::from)?;
    }
    if let Some(note) = service.deprecated {
        let note = note.replace("Client::", "");
        context
            .output
            .note(format!("{} is deprecated: {note}", service.name));
    }
    let client = context.ngrok()?.cloud()?;
    let options = options(matches);
    if given(matches, "watch") {
        let seconds = matches.get_one::<u64>("interval").copied().unwrap_or(5);
        let interval = Duration::from_secs(seconds);
        return watch::run(context.output, &client, operation, &options, interval);
    }
    if operation.is_list() && !raw {
        let all = given(matches, "all");
        return print_list(&printer, &client, operation, &args, &options, all);
    }
    let answer = operation
        .call(&client, &args, body.as_ref(), &options)
        .map_err(Error::from)?;
    print_answer(&printer, answer.as_ref())
}

/// Whether a flag is known here and was given.
fn given(matches: &ArgMatches, flag: &str) -> bool {
    matches!(matches.try_get_one::<bool>(flag), Ok(Some(true)))
}

fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.try_get_one::<String>(name).ok().flatten().cloned()
}

fn printer(output: Output, matches: &ArgMatches) -> Printer {
    let columns = matches.try_get_many::<String>("columns").ok().flatten();
    Printer {
        output,
        query: text(matches, "query"),
        columns: columns.into_iter().flatten().cloned().collect(),
    }
}

fn options(matches: &ArgMatches) -> ListOptions {
    let mut options = ListOptions::default();
    options.limit = matches.try_get_one("limit").ok().flatten().copied();
    options.before = text(matches, "before");
    options.filter = text(matches, "filter").map(cloud::Filter::from);
    options
}

fn print_list(
    printer: &Printer,
    client: &Client,
    operation: &Operation,
    args: &[&str],
    options: &ListOptions,
    all: bool,
) -> Outcome {
    let wanted = if all { usize::MAX } else { 1 };
    let mut more = false;
    let list = operation.items(client, args, options);
    let pages = list.into_iter().flat_map(|list| list.pages());
    for (at, page) in pages.take(wanted).enumerate() {
        let page = page.map_err(Error::from)?;
        more = page.next_page_uri.is_some_and(|uri| !uri.is_empty());
        printer.page(&page.items, at == 0)?;
    }
    if more {
        printer.more();
    }
    Ok(())
}

fn print_answer(printer: &Printer, answer: Option<&RawJson>) -> Outcome {
    match answer {
        Some(answer) => printer.object(answer),
        None => {
            printer.output.note("done");
            Ok(())
        }
    }
}

/// A path of the API that the table does not have.
fn request(context: &Context, matches: &ArgMatches) -> Outcome {
    let method = match text(matches, "method")
        .unwrap_or_default()
        .to_uppercase()
        .as_str()
    {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    };
    let path = text(matches, "path").unwrap_or_default();
    let mut parameters = Vec::new();
    for parameter in matches.get_many::<String>("param").into_iter().flatten() {
        let Some((name, value)) = parameter.split_once('=') else {
            return usage(format!(
                "--param {parameter:?} is not of the form NAME=VALUE"
            ));
        };
        parameters.push((name, value));
    }
    let body = body::read(None, matches)?;
    let client = context.ngrok()?.cloud()?;
    let answer = table::request(&client, method, &path, &parameters, body.as_ref());
    let answer = answer.map_err(Error::from)?;
    print_answer(&printer(context.output, matches), answer.as_ref())
}

fn usage<T>(text: String) -> Outcome<T> {
    Err(Failure::Usage(text))
}
