//! One page of a list, read without a type of its own for each list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::Extra;

/// One page of a list, as [`List::pages`](crate::List::pages) yields it.
///
/// The API names the items differently in each list (`endpoints`, `keys`); here they are always `items`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde-full", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Page<T> {
    /// What the page holds; may be empty even though another page follows.
    pub items: Vec<T>,
    /// The address of the list.
    pub uri: String,
    /// The address of the next page; `None` or empty on the last one.
    pub next_page_uri: Option<String>,
    /// Fields of the page that this version does not know.
    pub extra: Extra,
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads a page whose items are in the field `items`, which may be several names with a bar between them. That field must be there: without it the answer is not a page,
    /// and taking it for the end of the list would drop the rest in silence.
    pub(crate) fn decode(body: &[u8], items: &'static str) -> serde_json::Result<Self> {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let page = Reader(items, PhantomData).deserialize(&mut reader)?;
        reader.end()?;
        Ok(page)
    }
}

struct Reader<T>(&'static str, PhantomData<T>);

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Reader<T> {
    type Value = Page<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Page<T>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Reader<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a page with the field `{}`", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let mut items: Option<Vec<T>> = None;
        let mut uri: Option<String> = None;
        let mut next_page_uri: Option<String> = None;
        let mut extra = Extra::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.0.split('|').any(|field| field == name) {
                items = Some(map.next_value::<Option<Vec<T>>>()?.unwrap_or_default());
            } else if name == "uri" {
                uri = map.next_value()?;
            } else if name == "next_page_uri" {
                next_page_uri = map.next_value()?;
            } else {
                extra.insert(name, map.next_value()?);
            }
        }
        Ok(Page {
            items: items.ok_or_else(|| A::Error::missing_field(self.0))?,
            uri: uri.unwrap_or_default(),
            next_page_uri,
            extra,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let read = |text: &str| Page::<u8>::decode(text.as_bytes(), "keys");
        let page = read(r#"{"new":{},"keys":[1,2],"uri":"u","next_page_uri":null}"#).unwrap();
        assert_eq!(
            (page.items, page.uri.as_str(), page.next_page_uri),
            (vec![1, 2], "u", None)
        );
        assert!(read(r#"{"keys":null}"#).unwrap().items.is_empty());
        for bad in [
            "{}",
            "[]",
            "null",
            r#"{"keys":[1]} x"#,
            r#"{"keys":["a"]}"#,
            "",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
