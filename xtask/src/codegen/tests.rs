//! The generator on a definition of its own.

use super::*;

const THINGS: &str = r#"
group: core
about: Things that lie about.
operations:
  create: { about: Makes a thing., method: POST, path: /things, status: 201, body: ThingCreate, returns: Thing }
  list:
    about: All things.
    method: GET
    path: /things
    status: 200
    list: { of: Thing, field: things, filters: [id] }
  update: { about: Changes it., method: PATCH, path: "/things/{id}", status: 200, body: ThingUpdate, returns: Thing }
  get: { about: Reads it., method: GET, path: "/things/{id}", status: 200, returns: Thing }
  stop: { about: Stops it., method: POST, path: "/things/{id}/stop", status: 204 }
types:
  ThingCreate:
    role: request
    fields:
      name: { type: string }
      tags: { type: list<string>, optional: true }
      token: { type: string, optional: true, secret: true }
  ThingUpdate:
    role: request
    fields:
      name: { type: string, optional: true, nullable: true }
      tags: { type: list<string>, optional: true }
  Thing:
    about: A thing.
    role: response
    fields:
      id: { type: string }
      name: { type: string, nullable: true, about: What people call it. }
      color: { type: ThingColor }
      made_by: { type: Ref }
enums:
  ThingColor:
    about: How it looks.
    values: { DARK_RED: Like wine. }
"#;

const COMMON: &str = r#"
about: Shared.
types:
  Ref:
    about: A reference.
    role: response
    fields: { id: { type: string } }
"#;

fn definitions(change: impl Fn(&str) -> String) -> Definitions {
    let file = |name: &str, text: &str| {
        let mut file: File = serde_yaml::from_str(text).unwrap();
        file.name = name.to_owned();
        file
    };
    let glossary = ["id", "name", "tags", "token", "color", "made_by"];
    Definitions {
        files: vec![file("common", COMMON), file("things", &change(THINGS))],
        glossary: glossary
            .map(|name| (name.to_owned(), format!("Its {name}.")))
            .into(),
        groups: ["core", "legacy"]
            .map(|name| (name.to_owned(), format!("The {name}.")))
            .into(),
        samples: [("name".to_owned(), "staging".to_owned())].into(),
        names: BTreeMap::new(),
    }
}

fn assert_has(text: &str, parts: &[&str]) {
    // How rustfmt breaks lines does not matter here.
    let squeezed = |text: &str| {
        text.replace([' ', '\n'], "")
            .replace(",)", ")")
            .replace(",}", "}")
    };
    let whole = squeezed(text);
    for part in parts {
        assert!(whole.contains(&squeezed(part)), "{part}\nis not in\n{text}");
    }
}

#[test]
fn a_service_becomes_a_module() {
    let sources = generate(&definitions(str::to_owned)).unwrap();
    let names: Vec<&String> = sources.keys().collect();
    assert_eq!(
        names,
        [
            "crates/ngrok-cloudapi/src/generated.rs",
            "crates/ngrok-cloudapi/src/generated/common.rs",
            "crates/ngrok-cloudapi/src/generated/things.rs",
            CATALOG,
        ]
    );
    assert_has(
        &sources["crates/ngrok-cloudapi/src/generated/things.rs"],
        &[
            "//! Things that lie about.",
            "pub fn things(&self) -> Things<'_>",
            r#"pub fn create(&self, body: &ThingCreate) -> Result<Thing> {
                self.client.submit(Method::Post, "/things", &[], body) }"#,
            r#"pub fn list(&self) -> List<Thing> { self.client.list("/things", &[], "things") }"#,
            r#"pub fn stop(&self, id: &str) -> Result<()> {
                self.client.perform(Method::Post, "/things/{id}/stop", &[id]) }"#,
            "impl Thing { /// Calls [`Things::update`] for this object.",
            "/// What [`Things::create`] sends.",
            "pub fn new(name: impl Into<String>) -> Self { Self { name: name.into(), tags: None, token: None, extra: Extra::new(), } }",
            "#[serde(flatten)] pub extra: Extra",
            r#"body: Some(&crate::generated::things::schema::THING_CREATE)"#,
            r#"field("name", Kind::Text, REQUIRED, "Its name.").sample("staging")"#,
            r#"Listing { field: "things", paged: true, filters: &["id"], parameters: &[] }"#,
            r#"#[serde(default, with = "wire::secret", skip_serializing_if = "Option::is_none")] pub token: Option<Secret>"#,
            "pub name: Patch<String>",
            "pub tags: Option<Vec<String>>",
            "pub tags: Patch<Vec<String>>",
            "pub fn tags(mut self, tags: impl Into<Patch<Vec<String>>>) -> Self { self.tags = tags.into(); self }",
            "/// What people call it. pub name: Option<String>",
            "/// Its id. #[serde(deserialize_with = \"wire::or_default\")] pub id: String",
            "/// Like wine. DarkRed = \"DARK_RED\"",
            "use super::common::Ref;",
            "/// Filters can look at `id`.",
        ],
    );
    assert_has(
        &sources["crates/ngrok-cloudapi/src/generated.rs"],
        &["pub mod common; #[cfg(feature = \"core\")] pub mod things;"],
    );
}

#[test]
fn the_catalog_has_a_service_or_a_type_a_line() {
    let sources = generate(&definitions(str::to_owned)).unwrap();
    let lines: Vec<&str> = sources[CATALOG].lines().collect();
    for line in [
        r#""ThingCreate":[{"name":"name","type":"string","required":true},{"name":"tags","type":"list<string>"},{"name":"token","type":"string","secret":true}],"#,
        r#""ThingList":[{"name":"things","type":"list<Thing>"},{"name":"uri","type":"string"},{"name":"next_page_uri","type":"string","nullable":true}]"#,
    ] {
        assert!(
            lines.contains(&line),
            "{line}\nis not in\n{}",
            sources[CATALOG]
        );
    }
    assert!(lines[1].contains(r#"{"name":"list","method":"GET","path":"/things","response":"ThingList","status":200,"list_field":"things","query":["before_id","limit","filter"]}"#));
    serde_json::from_str::<serde_json::Value>(&sources[CATALOG]).unwrap();
}

#[test]
fn mistakes_are_named() {
    for (from, to, expected) in [
        (
            "type: ThingColor",
            "type: ThingColour",
            "there is no type `ThingColour`",
        ),
        (
            ", secret: true",
            "",
            "ThingCreate.token sounds like a secret",
        ),
        ("made_by:", "maker:", "Thing.maker is not in the glossary"),
        (
            "about: All things.",
            "about: ''",
            "list says nothing about itself",
        ),
        ("group: core", "group: cor", "there is no group `cor`"),
        (
            "group: core",
            "group: legacy",
            "needs a note on what replaces it",
        ),
        ("method: GET", "method: FETCH", "there is no method FETCH"),
    ] {
        let error = generate(&definitions(|text| text.replacen(from, to, 1))).unwrap_err();
        assert!(error.contains(expected), "{expected:?} is not in {error}");
    }
}

#[test]
fn checking_names_drift_and_leftovers_and_writing_mends_them() {
    let out = std::env::temp_dir().join(format!("codegen-{}", std::process::id()));
    let sources = Sources::from([
        (format!("{OUT}/generated.rs"), "//! Index.\n".to_owned()),
        (format!("{OUT}/generated/a.rs"), "//! A.\n".to_owned()),
    ]);
    fs::create_dir_all(out.join(OUT).join("generated")).unwrap();
    fs::write(out.join(OUT).join("generated/a.rs"), "//! Edited.\n").unwrap();
    fs::write(out.join(OUT).join("generated/old.rs"), "//! Old.\n").unwrap();
    let problems = place(&out, &sources, true).unwrap();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert_eq!(place(&out, &sources, false).unwrap(), [""; 0]);
    assert_eq!(place(&out, &sources, true).unwrap(), [""; 0]);
    assert!(!out.join(OUT).join("generated/old.rs").exists());
    fs::remove_dir_all(&out).unwrap();
}

#[test]
fn what_is_committed_is_what_the_definitions_say() {
    run(&["--check".to_owned()]).unwrap();
}
