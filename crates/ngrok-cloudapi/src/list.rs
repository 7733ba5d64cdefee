//! Lists: an iterator that fetches page after page, and stops when it should.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::iter::FusedIterator;
use std::vec;

use serde::de::DeserializeOwned;

use crate::call::{Call, push_query};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::page::Page;
use crate::transport::Reply;

/// The most that the service puts into one page.
const MAX_PAGE: u32 = 100;

/// The items of a list, fetched page by page while it is iterated.
///
/// It ends after the last page, or after the first error, which is its last item. Nothing is fetched before the first item is asked for.
///
/// ```no_run
/// # #[cfg(feature = "domains")]
/// # fn main() -> ngrok_cloudapi::Result<()> {
/// use ngrok_cloudapi::{Client, filter::field};
///
/// let client = Client::from_env()?;
/// let domains = client.reserved_domains();
/// for domain in domains.list().matching(field("metadata").eq("web")).limit(50) {
///     println!("{}", domain?.domain);
/// }
/// let all = domains.list().collect_all()?;
/// let newest = domains.list().first()?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "domains"))] fn main() {}
/// ```
#[must_use = "a list fetches nothing until it is iterated"]
pub struct List<T> {
    pager: Pager,
    items: vec::IntoIter<T>,
}

impl<T> List<T> {
    pub(crate) fn new(
        client: &Client,
        call: Result<Call>,
        items: &'static str,
        paged: bool,
    ) -> Self {
        let next = match call {
            Ok(call) => Next::First(call),
            Err(error) => Next::Failed(error),
        };
        Self {
            pager: Pager {
                client: client.clone(),
                items,
                next,
                filter: None,
                paged,
                limit: client.page_size.filter(|_| paged),
                seen: HashSet::new(),
                hasher: RandomState::new(),
            },
            items: Vec::new().into_iter(),
        }
    }

    /// How many items a page holds; 1 to 100, other numbers are taken as the nearest of these. All items come in any case.
    pub fn limit(mut self, items: u32) -> Self {
        self.pager.limit = Some(items);
        self
    }

    /// Asks for items that meet a condition, evaluated by the service; see [`filter`](crate::filter). A second one is joined
    /// with `&&`. (`filter`, with a closure, is the iterator's: it looks at the items once they are here.)
    pub fn matching(mut self, filter: impl Into<Filter>) -> Self {
        let filter = filter.into();
        self.pager.filter = Some(match self.pager.filter.take() {
            Some(before) => before & filter,
            None => filter,
        });
        self
    }

    /// Starts behind the item with this id. Lists run from the newest to the oldest, so these are older ones.
    pub fn before(self, id: &str) -> Self {
        self.query("before_id", id)
    }

    /// Adds any other parameter to the query of the first page; the service puts it into those of the following ones.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Next::First(call) = &mut self.pager.next {
            push_query(&mut call.query, name, value);
        }
        self
    }

    /// The same list, a page at a time.
    pub fn pages(self) -> Pages<T> {
        Pages {
            pager: self.pager,
            items: std::marker::PhantomData,
        }
    }
}

impl<T: DeserializeOwned> List<T> {
    /// All items, or the first error.
    ///
    /// # Errors
    /// That of the page that failed. Items of the pages before it are dropped; iterate to keep them.
    pub fn collect_all(self) -> Result<Vec<T>> {
        self.collect()
    }

    /// Returns the first item, which is the newest, or `None` for an empty list. Only that item is fetched.
    ///
    /// # Errors
    /// That of the page that failed.
    pub fn first(mut self) -> Result<Option<T>> {
        // A list that comes in one piece is not asked for pages of a size.
        if self.pager.paged {
            self.pager.limit = Some(1);
        }
        self.next().transpose()
    }
}

impl<T: DeserializeOwned> Iterator for List<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            match self.pager.page()? {
                // An empty page that names a next one is gone past.
                Ok(page) => self.items = page.items.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<T: DeserializeOwned> FusedIterator for List<T> {}

/// The pages of a list; from [`List::pages`].
#[must_use = "a list fetches nothing until it is iterated"]
pub struct Pages<T> {
    pager: Pager,
    items: std::marker::PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Iterator for Pages<T> {
    type Item = Result<Page<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.pager.page()
    }
}

impl<T: DeserializeOwned> FusedIterator for Pages<T> {}

impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("List").field(&self.pager.next).finish()
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pages").field(&self.pager.next).finish()
    }
}

/// Where a list stands. Knows nothing of the items' type.
struct Pager {
    client: Client,
    items: &'static str,
    next: Next,
    filter: Option<Filter>,
    /// Whether it comes in pages.
    paged: bool,
    limit: Option<u32>,
    /// Hashes of the queries of the pages so far: eight bytes a page, so that long lists stay small.
    seen: HashSet<u64>,
    hasher: RandomState,
}

#[derive(Debug)]
enum Next {
    /// Nothing was fetched yet; options can still be set.
    First(Call),
    Further(Call),
    /// An error that is to be told once.
    Failed(Error),
    End,
}

impl Pager {
    fn page<T: DeserializeOwned>(&mut self) -> Option<Result<Page<T>>> {
        let (call, reply) = match self.fetch()? {
            Ok(fetched) => fetched,
            Err(error) => return Some(Err(error)),
        };
        Some(match Page::decode(&reply.body, self.items) {
            Ok(page) => {
                self.advance(call, page.next_page_uri.as_deref());
                Ok(page)
            }
            Err(e) => Err(self.client.unreadable(&call, &reply, e)),
        })
    }

    /// Fetches the next page and leaves the pager at its end, where an error keeps it.
    fn fetch(&mut self) -> Option<Result<(Call, Reply)>> {
        let call = match std::mem::replace(&mut self.next, Next::End) {
            Next::First(mut call) => {
                if let Some(filter) = &self.filter {
                    push_query(&mut call.query, "filter", filter.as_str());
                }
                if let Some(limit) = self.limit {
                    let limit = limit.clamp(1, MAX_PAGE).to_string();
                    push_query(&mut call.query, "limit", &limit);
                }
                call
            }
            Next::Further(call) => call,
            Next::Failed(error) => return Some(Err(error)),
            Next::End => return None,
        };
        self.seen.insert(self.hasher.hash_one(&call.query));
        Some(self.client.send(&call).map(|reply| (call, reply)))
    }

    /// Goes on to `next`, if there is one and it may be followed.
    fn advance(&mut self, mut call: Call, next: Option<&str>) {
        let Some(next) = next.filter(|uri| !uri.is_empty()) else {
            return;
        };
        let base = &self.client.sender.transport.base;
        let query = base.next_query(next, &call.path).and_then(|query| {
            let hash = self.hasher.hash_one(query);
            if self.seen.contains(&hash) {
                Err("it was fetched before")
            } else {
                Ok(query)
            }
        });
        self.next = match query {
            Ok(query) => {
                call.query = query.to_owned();
                Next::Further(call)
            }
            Err(why) => {
                let request = self.client.sender.transport.describe(&call);
                Next::Failed(Error::paging(request, next, why))
            }
        };
    }
}
