//! Pages of lists.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::catalog::{Catalog, Kind, Operation};
use super::facts::Facts;
use super::filter::Filter;
use super::ids;
use super::rules;
use super::store::{Resource, Store};
use super::variant::{CloudVariant, Options};

/// The most items of one page.
const PAGE: usize = 100;

/// A request for a page.
pub(super) struct Page<'a> {
    pub(super) service: &'a str,
    pub(super) operation: &'a Operation,
    /// The path as it was sent, for links.
    pub(super) path: &'a str,
    /// The service whose objects are listed, and the path of their collection.
    pub(super) of: &'a str,
    pub(super) collection: &'a str,
    pub(super) parameters: &'a [(String, String)],
}

impl Page<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.parameters
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    fn limit(&self) -> Result<usize, Answer> {
        let Some(text) = self.parameter("limit") else {
            return Ok(PAGE);
        };
        match text.parse::<i64>() {
            Err(_) => Err(Answer::refuse(
                "244",
                format!("The limit '{text}' is not a number."),
            )),
            Ok(limit) => usize::try_from(limit)
                .ok()
                .filter(|limit| (1..=PAGE).contains(limit))
                .ok_or_else(|| {
                    let message = format!("The limit must be between 1 and {PAGE}, not {limit}.");
                    Answer::refuse("233", message)
                }),
        }
    }

    /// The id that the page begins before. It is compared, so it may belong to something that is gone.
    fn before(&self) -> Result<Option<&str>, Answer> {
        let Some(id) = self.parameter("before_id") else {
            return Ok(None);
        };
        let Some(prefix) = ids::prefix(id) else {
            let message = format!("'{id}' in before_id is not an id.");
            return Err(Answer::refuse("223", message));
        };
        let documented = Facts::get()
            .service(self.of)
            .and_then(|s| s.prefix.as_deref());
        match documented {
            Some(expected) if expected != prefix => {
                let message = format!(
                    "'{id}' in before_id is not an id of this list, which begin with {expected}_."
                );
                Err(Answer::refuse("227", message))
            }
            _ => Ok(Some(id)),
        }
    }

    /// Answers with the page of those that `belongs` lets through.
    pub(super) fn answer(
        &self,
        store: &Store,
        options: &Options,
        belongs: &dyn Fn(&Resource) -> bool,
    ) -> Result<Answer, Answer> {
        let limit = self.limit()?;
        let before = self.before()?;
        let list_field = self.operation.list_field.as_deref().unwrap_or_default();
        let filter = self
            .parameter("filter")
            .map(|text| Filter::parse(self.service, self.kind(list_field), text, options))
            .transpose()?;
        let one_of = |names: [&str; 2], value: &str| {
            let mut wanted = names.iter().flat_map(|name| self.all(name)).peekable();
            let free = wanted.peek().is_none();
            free || wanted.any(|wanted| wanted.split(',').any(|part| part == value))
        };
        let mut found = store
            .newest_first(self.collection, before)
            .filter(|(resource, _)| belongs(resource))
            .filter(|(resource, _)| {
                one_of(["id", "ids"], resource.id())
                    && one_of(["url", "urls"], resource.text("url").unwrap_or(""))
            })
            .filter(|(resource, shown)| {
                let passes = |filter: &Filter| match rules::endpoint_scheme(resource) {
                    // Filters may name the scheme of an endpoint, which answers leave out.
                    Some(scheme) => {
                        let mut whole = shown.clone();
                        if let Some(fields) = whole.as_object_mut() {
                            fields.entry("scheme").or_insert(scheme.into());
                        }
                        filter.passes(&whole)
                    }
                    None => filter.passes(shown),
                };
                filter.as_ref().is_none_or(passes)
            });
        let page: Vec<(&Resource, Value)> = found.by_ref().take(limit).collect();
        let next = match (page.last(), found.next()) {
            (Some((last, _)), Some(_)) => self.next_page(store, last.id(), limit).into(),
            _ => Value::Null,
        };
        let items: Value = page.into_iter().map(|(_, shown)| shown).collect();
        let list_field = match list_field {
            "tokens" if options.has(CloudVariant::AccessTokensKey) => "access_tokens",
            name => name,
        };
        let mut body = Map::new();
        body.insert(list_field.to_owned(), items);
        let uri = format!("{}{}", store.base(), self.path);
        body.insert("uri".to_owned(), uri.into());
        body.insert("next_page_uri".to_owned(), next);
        Ok(Answer::new(self.operation.status, Some(body.into())))
    }

    /// The type of the listed objects.
    fn kind(&self, list_field: &str) -> &'static str {
        let page = self.operation.response.as_deref().unwrap_or("");
        let fields = Catalog::get().fields(page);
        let items = fields.iter().find(|field| field.name == list_field);
        match items.map(|field| field.kind()) {
            Some(Kind::List(kind)) => kind,
            _ => "",
        }
    }

    /// The same list from there on. The parameters are in alphabetical order, as in the documented answers.
    fn next_page(&self, store: &Store, last: &str, limit: usize) -> String {
        let mut parameters = vec![("before_id", last.to_owned()), ("limit", limit.to_string())];
        for (name, value) in self.parameters {
            if name != "before_id" && name != "limit" {
                parameters.push((name, super::encode(value)));
            }
        }
        parameters.sort();
        let query: Vec<String> = parameters
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("{}{}?{}", store.base(), self.path, query.join("&"))
    }
}

/// The sources of a subscription: a list without pages, in the order in which they were added.
pub(super) fn whole(store: &Store, operation: &Operation, path: &str) -> Answer {
    let items: Value = store
        .all(path)
        .filter_map(|child| store.show(path, child.id()))
        .map(Value::from)
        .collect();
    let mut body = Map::new();
    body.insert(operation.list_field.clone().unwrap_or_default(), items);
    let uri = format!("{}{path}", store.base());
    body.insert("uri".to_owned(), uri.into());
    Answer::new(operation.status, Some(body.into()))
}
