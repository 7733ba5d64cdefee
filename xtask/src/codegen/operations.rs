//! The handle of a service, its methods, those of its objects, and its part of the operation table.

use std::fmt::Write;

use super::definition::{Definitions, File, Operation};
use super::names::{camel, ident, type_name};
use super::types::docs;

pub(super) fn service(out: &mut String, file: &File, definitions: &Definitions) {
    let handle = camel(&file.name);
    let name = &file.name;
    let deprecated = match &file.deprecated {
        Some(instead) => format!("#[deprecated(note = {:?})]\n", instead.trim()),
        None => String::new(),
    };
    let about = docs("///", &file.about);
    let _ = writeln!(
        out,
        "{about}///\n/// From [`Client::{name}`].\n{deprecated}#[derive(Clone, Copy, Debug)]\npub struct {handle}<'c> {{ client: &'c Client }}\n"
    );
    let _ = writeln!(
        out,
        "impl Client {{\n{about}{deprecated}pub fn {name}(&self) -> {handle}<'_> {{ {handle} {{ client: self }} }}\n}}\n"
    );
    let _ = writeln!(out, "impl {handle}<'_> {{");
    for (name, operation) in &file.operations {
        method(out, name, operation, definitions);
    }
    out.push_str("}\n\n");
    on_objects(out, file, definitions);
}

fn method(out: &mut String, name: &str, operation: &Operation, definitions: &Definitions) {
    out.push_str(&docs("///", &operation.about));
    let _ = writeln!(out, "///\n/// `{} {}`", operation.method, operation.path);
    if let Some(list) = &operation.list {
        let fields: Vec<String> = list.filters.iter().map(|f| format!("`{f}`")).collect();
        let _ = match fields.as_slice() {
            [] => writeln!(out, "///\n/// ngrok documents no filter for it."),
            fields => writeln!(out, "///\n/// Filters can look at {}.", fields.join(", ")),
        };
    }
    if let Some(list) = &operation.list
        && !list.parameters.is_empty()
    {
        let names: Vec<String> = list.parameters.iter().map(|p| format!("`{p}`")).collect();
        let _ = writeln!(
            out,
            "///\n/// [`List::query`] can set {}, which ngrok has deprecated: use a filter.",
            names.join(", ")
        );
    }
    if operation.list.as_ref().is_some_and(|list| !list.paged) {
        out.push_str("///\n/// It comes in one piece, so a page size means nothing here.\n");
    }
    let (params, args) = parameters(operation);
    let returns = returns(operation, definitions);
    let path = &operation.path;
    let verb = camel(&operation.method.to_ascii_lowercase());
    let call = match (&operation.list, &operation.body, &operation.returns) {
        (Some(list), ..) => {
            let list_in = if list.paged { "list" } else { "short_list" };
            format!("{list_in}({path:?}, &[{args}], {:?})", list.fields())
        }
        (None, Some(_), Some(_)) => match &operation.refuses_empty {
            Some(code) => format!("change({path:?}, &[{args}], body, {code:?})"),
            None => format!("submit(Method::{verb}, {path:?}, &[{args}], body)"),
        },
        (None, Some(_), None) => format!("order(Method::{verb}, {path:?}, &[{args}], body)"),
        (None, None, Some(_)) => format!("fetch(Method::{verb}, {path:?}, &[{args}])"),
        (None, None, None) => format!("perform(Method::{verb}, {path:?}, &[{args}])"),
    };
    let body = body_parameter(operation, definitions);
    let _ = writeln!(
        out,
        "pub fn {}(&self, {params}{body}) -> {returns} {{ self.client.{call} }}\n",
        ident(name)
    );
    if let ("get", Some(returned)) = (name, &operation.returns)
        && !args.is_empty()
    {
        let returned = type_name(returned, definitions);
        let _ = writeln!(
            out,
            "/// As [`get`](Self::get), but `None` if there is no such object.\npub fn get_or_none(&self, {params}) -> Result<Option<{returned}>> {{ self.get({args}).or_none() }}\n"
        );
    }
}

/// The path arguments as parameters and as a list of names.
fn parameters(operation: &Operation) -> (String, String) {
    let names: Vec<String> = operation.args().into_iter().map(ident).collect();
    let params = names.iter().map(|name| format!("{name}: &str, ")).collect();
    (params, names.join(", "))
}

fn body_parameter(operation: &Operation, definitions: &Definitions) -> String {
    match &operation.body {
        Some(body) => format!("body: &{}", type_name(body, definitions)),
        None => String::new(),
    }
}

fn returns(operation: &Operation, definitions: &Definitions) -> String {
    match (&operation.list, &operation.returns) {
        (Some(list), _) => format!("List<{}>", type_name(&list.of, definitions)),
        (None, Some(ty)) => format!("Result<{}>", type_name(ty, definitions)),
        (None, None) => "Result<()>".to_owned(),
    }
}

/// Methods on what `get` returns, for the operations whose path it can fill from its own fields.
fn on_objects(out: &mut String, file: &File, definitions: &Definitions) {
    let got = file.operations.iter().find(|(name, _)| name == "get");
    let Some(object) = got.and_then(|(_, get)| get.returns.as_deref()) else {
        return;
    };
    let Some((_, ty)) = file.types.iter().find(|(name, _)| name == object) else {
        return;
    };
    let has = |arg: &&str| ty.fields.iter().any(|(name, _)| name == arg);
    let fitting: Vec<_> = file
        .operations
        .iter()
        .filter(|(name, o)| name != "get" && o.args().contains(&"id") && o.args().iter().all(has))
        .collect();
    if fitting.is_empty() {
        return;
    }
    let _ = writeln!(out, "impl {} {{", type_name(object, definitions));
    for (name, operation) in fitting {
        let body = body_parameter(operation, definitions);
        let mut args: Vec<String> = operation
            .args()
            .iter()
            .map(|a| format!("&self.{a}"))
            .collect();
        if !body.is_empty() {
            args.push("body".to_owned());
        }
        let handle = camel(&file.name);
        let _ = writeln!(
            out,
            "/// Calls [`{handle}::{name}`] for this object.\npub fn {}(&self, client: &Client, {body}) -> {} {{ client.{}().{}({}) }}\n",
            ident(name),
            returns(operation, definitions),
            file.name,
            ident(name),
            args.join(", "),
        );
    }
    out.push_str("}\n\n");
}
