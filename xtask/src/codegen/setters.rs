//! How a request is made: `new` with the required fields, and a setter for each of the others.

use std::fmt::Write;

use super::definition::{Definitions, Field, Type};
use super::names::ident;
use super::types::{Kind, Presence, kind};

pub(super) fn setters(
    out: &mut String,
    rust: &str,
    ty: &Type,
    presence: &dyn Fn(&Field) -> Presence,
    definitions: &Definitions,
) {
    let (set, optional): (Vec<_>, Vec<_>) = ty.fields.iter().partition(|(_, f)| !f.optional);
    let (required, preset): (Vec<_>, Vec<_>) = set.into_iter().partition(|(_, f)| f.is_required());
    if required.is_empty() && !preset.is_empty() {
        let _ = writeln!(
            out,
            "impl Default for {rust} {{\nfn default() -> Self {{ Self::new() }}\n}}\n"
        );
    }
    let _ = writeln!(out, "impl {rust} {{");
    if required.is_empty() && preset.is_empty() {
        out.push_str(
            "/// Returns one with nothing set.\npub fn new() -> Self { Self::default() }\n\n",
        );
    } else {
        out.push_str("/// Returns one with the required fields.\npub fn new(");
        for (name, field) in &required {
            let taken = if takes_json(name, field) {
                "impl Into<JsonText>".to_owned()
            } else {
                kind(field, definitions).taken
            };
            let _ = write!(out, "{}: {taken}, ", ident(name));
        }
        out.push_str(") -> Self { Self { ");
        for (name, field) in &required {
            let name = ident(name);
            let convert = if takes_json(&name, field) {
                ".into().into_string()"
            } else {
                kind(field, definitions).convert
            };
            let wrap = presence(field) == Presence::Option;
            let _ = match (wrap, convert) {
                (true, _) => write!(out, "{name}: Some({name}{convert}), "),
                (false, "") => write!(out, "{name}, "),
                (false, _) => write!(out, "{name}: {name}{convert}, "),
            };
        }
        for (name, field) in &preset {
            let default = field.default.as_deref().unwrap_or_default();
            let _ = write!(out, "{}: {default:?}.into(), ", ident(name));
        }
        for (name, field) in &optional {
            let empty = if presence(field) == Presence::Patch {
                "Patch::Unset"
            } else {
                "None"
            };
            let _ = write!(out, "{}: {empty}, ", ident(name));
        }
        out.push_str("extra: Extra::new() ");
        out.push_str("} }\n\n");
    }
    for (name, field) in preset.iter().chain(&optional) {
        let Kind {
            base,
            taken,
            convert,
        } = kind(field, definitions);
        let name = ident(name);
        let json = takes_json(&name, field);
        let (taken, value) = match presence(field) {
            Presence::Patch if json => (
                "impl Into<Patch<JsonText>>".to_owned(),
                format!("{name}.into().map(JsonText::into_string)"),
            ),
            Presence::Option if json => (
                "impl Into<JsonText>".to_owned(),
                format!("Some({name}.into().into_string())"),
            ),
            Presence::Patch => (
                format!("impl Into<Patch<{base}>>"),
                format!("{name}.into()"),
            ),
            Presence::Plain => (taken, format!("{name}{convert}")),
            Presence::Option => (taken, format!("Some({name}{convert})")),
        };
        let allow = match name.as_str() {
            "add" => {
                "#[allow(clippy::should_implement_trait, reason = \"it is the field's name\")]\n"
            }
            _ => "",
        };
        let _ = writeln!(
            out,
            "/// Sets [`{name}`](Self#structfield.{}).\n{allow}#[must_use]\npub fn {name}(mut self, {name}: {taken}) -> Self {{ self.{name} = {value}; self }}\n",
            name.trim_start_matches("r#"),
        );
    }
    out.push_str("}\n\n");
}

/// Whether the field is a string that mostly holds JSON, so that its setter takes values too.
fn takes_json(name: &str, field: &Field) -> bool {
    field.kind == "string" && matches!(name, "metadata" | "traffic_policy")
}
