//! What the reader of `alignment.yaml` accepts and what it says about the rest.

use super::*;

fn mistakes(text: &str) -> Vec<(String, Option<String>, String)> {
    let found = Config::parse(FILE_NAME, text).expect_err("a mistake");
    let place = |range: TextRange| text.get(range.to_usize()).unwrap_or("").to_owned();
    found.into_iter().map(|m| (m.message, m.help, place(m.range))).collect()
}

#[test]
fn nothing_and_empty_sections_are_a_configuration() {
    for text in ["", "# only a comment\n", "include:\nexclude:\nrules:\nmappings:\nignore:\n"] {
        let config = Config::parse(FILE_NAME, text).unwrap();
        assert!(config.selects("any/file.py") && config.ignores.is_empty(), "{text:?}");
    }
}

#[test]
fn files_are_selected_by_include_and_exclude() {
    let config = Config::parse(FILE_NAME, "include: [backend]\nexclude: ['*_test.py']\n").unwrap();
    assert!(config.selects("backend/app/models.py"));
    assert!(!config.selects("frontend/api.ts"));
    assert!(!config.selects("backend/app/models_test.py"));
}

#[test]
fn each_mistake_has_words_a_place_and_a_way_out() {
    let cases = [
        ("exlude: [a]", "unknown key `exlude`", Some("did you mean `exclude`?"), "exlude"),
        (
            "ignore: [{reason: r, zzz: 1}]",
            "unknown key `zzz`",
            Some("known here are `rule`, `entity`, `field`, `path`, `reason` and `expires`"),
            "zzz",
        ),
        ("include: a", "expected a list (`[a, b]`, or one `- entry` per line)", None, "a"),
        ("rules: [a]", "expected a map (`key: value`)", None, "["),
        ("rules: {x: [1]}", "expected text", None, "["),
        ("include: ['a[']", "not a pattern of paths: unclosed character class; missing ']'", None, "'a['"),
        ("rules: {no-such: off, no-such: off}", "duplicate mapping key: no-such", None, "no-such"),
        (
            "mappings: [{table: users}]",
            "a mapping ties at least two ends together, this one has 1",
            None,
            "{",
        ),
        ("ignore: [{path: a}]", "the key `reason` is missing", None, "path"),
        ("ignore: [{path: a, reason: ' '}]", "an ignore needs a reason that a reader can check", None, "' '"),
        (
            "ignore: [{reason: a}]",
            "an ignore names at least one of `rule`, `entity`, `field` and `path`",
            None,
            "{",
        ),
        ("ignore: [{path: a, reason: b, expires: soon}]", "not a date: `soon`", None, "soon"),
        ("include: [a]\n---\nrules: {}", "only one document is read", None, ""),
        (
            "sources: [{name: a, kind: sql-shema, paths: [x]}]",
            "unknown kind of source `sql-shema`",
            Some("did you mean `sql-schema`?"),
            "sql-shema",
        ),
        (
            "sources: [{name: a, kind: sql-schema, dialect: oracle, paths: [x]}]",
            "unknown dialect `oracle`",
            Some("known are `postgresql`, `sqlite` and `mysql`"),
            "oracle",
        ),
        (
            "sources: [{name: a, kind: sql-schema, layer: orm, paths: [x]}]",
            "unknown layer of a source: `orm`",
            None,
            "orm",
        ),
        (
            "sources: [{name: a, kind: sql-schema, paths: [x], entry: f}]",
            "`entry` names a function, which only a source in code has",
            None,
            "f",
        ),
        ("sources: [{name: a, kind: sql-schema, paths: []}]", "a source needs at least one path", None, "a"),
        (
            "sources: [{name: a, kind: sql-schema, paths: [x]}, {name: a, kind: sql-schema, paths: [y]}]",
            "there are two sources of the name `a`",
            None,
            "a",
        ),
        ("comparisons: [{left: a, right: a}]", "a comparison has two sides, and `a` is both", None, "a"),
        (
            "comparisons: [{left: a, right: b, facets: {nullable: off}}]",
            "unknown facet `nullable`",
            None,
            "nullable",
        ),
        (
            "comparisons: [{left: a, right: b, allow: [{table: t, reason: ''}]}]",
            "an accepted difference needs a reason that a reader can check",
            None,
            "''",
        ),
    ];
    for (text, message, help, place) in cases {
        let found = mistakes(text);
        let (found_message, found_help, found_place) = &found[0];
        assert_eq!((found_message.as_str(), found_place.as_str()), (message, place), "{text}");
        assert!(help.is_none() || found_help.as_deref() == help, "{text}: {found_help:?}");
    }
}

#[test]
fn mistakes_of_mappings_have_words_and_a_place() {
    let cases = [
        (
            "mappings: [{converter: camelcase, paths: [a], reason: r}]",
            "unknown converter `camelcase`",
            Some("did you mean `camelCase`?"),
        ),
        (
            "mappings: [{converter: none, paths: [a]}]",
            "a converter needs a `reason` that a reader can check",
            None,
        ),
        ("mappings: [{paths: [a], reason: r}]", "`paths` belong to a `converter`, which is missing", None),
        (
            "mappings: [{converter: none, paths: [], reason: r}]",
            "a converter needs `paths`: the files whose calls it stands between",
            None,
        ),
        ("mappings: [{internal: audit}]", "what is internal needs a `reason` that a reader can check", None),
        (
            "mappings: [{internal: audit, reason: ' '}]",
            "what is internal needs a reason that a reader can check",
            None,
        ),
        (
            "mappings: [{internal: a, model: b, schema: c, reason: r}]",
            "a mapping is one thing: ends that belong together, a `converter`, or something `internal`",
            Some("write an entry for each"),
        ),
        (
            "mappings: [{model: a, schema: b}, {model: a, schema: b}]",
            "a mapping of `a` and `b` stands here already",
            Some("put their `fields` into one"),
        ),
        (
            "mappings: [{model: a, schema: b, fields: {x: z, y: z}}]",
            "`z` cannot be both `x` and `y` of the lower layer",
            None,
        ),
    ];
    for (text, message, help) in cases {
        let found = mistakes(text);
        let [(said, way_out, place)] = &found[..] else { panic!("{text}: {found:?}") };
        assert_eq!((said.as_str(), way_out.as_deref()), (message, help), "{text}");
        assert!(!place.is_empty(), "{text}");
    }
}

#[test]
fn rules_that_internal_things_silence_exist() {
    for name in INTERNAL_RULES {
        assert!(RULES.iter().any(|rule| rule.meta.name == name), "{name}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let text = "rules:\n  no-such-rule: warn\nignore:\n  - rule: neither\n    reason: r\n";
    let found = mistakes(text);
    let messages: Vec<&str> = found.iter().map(|(message, ..)| message.as_str()).collect();
    assert_eq!(
        messages,
        ["unknown rule `no-such-rule`", "unknown severity `warn`", "unknown rule `neither`"]
    );
    assert_eq!(found[1].1.as_deref(), Some("did you mean `warning`?"));
}

#[test]
fn hostile_files_end_quickly() {
    let deep = "[".repeat(100_000);
    let bomb = format!(
        "include: &a [x, x, x, x, x, x, x, x, x]\n{}",
        (0..9).map(|n| format!("b{n}: &b{n} [*a, *a, *a, *a, *a, *a, *a, *a]\n")).collect::<String>()
    );
    for text in [deep.as_str(), bomb.as_str(), "\u{0}", "include: [\"\\x\"]", "&a *a", "? ? ?"] {
        assert!(Config::parse(FILE_NAME, text).is_err());
    }
}

#[test]
fn the_documented_configuration_is_one() {
    let page = include_str!("../../../../docs/configuration.md");
    let fence = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let config = Config::parse(FILE_NAME, fence).unwrap();
    assert_eq!((config.links.len(), config.ignores.len(), config.overrides.len()), (1, 3, 2));
    assert_eq!(config.converters.len(), 1);
    assert_eq!(config.preset.map(|preset| preset.name), Some("default"));
    assert_eq!(config.rules.severities["frontend-type-drift"], Some(alignment_model::Severity::Warning));
    assert!(config.selects("backend/app/models.py") && !config.selects("docs/conf.py"));
}

#[test]
fn a_group_stands_for_its_rules_and_a_rule_is_stronger_than_its_group() {
    let text = "rules: {frontend-type-drift: error, frontend: info}\n";
    let severities = Config::parse(FILE_NAME, text).unwrap().rules.severities;
    assert_eq!(severities["frontend-type-drift"], Some(alignment_model::Severity::Error));
    assert_eq!(severities["frontend-field-unknown"], Some(alignment_model::Severity::Info));
    assert!(!severities.contains_key("column-type-drift"));
}

#[test]
fn presets_and_overrides_say_what_is_wrong_with_them() {
    let cases = [
        ("preset: strikt", "unknown preset `strikt`", Some("did you mean `strict`?")),
        (
            "preset: loud",
            "unknown preset `loud`",
            Some("a preset is one of `ci`, `default`, `audit` and `strict`"),
        ),
        (
            "overrides: [{rules: {frontend: off}}]",
            "an override names `paths`, an `entity` or both",
            Some("weights for the whole repository stand under `rules`"),
        ),
        ("overrides: [{paths: [a]}]", "the key `rules` is missing", None),
        (
            "overrides: [{paths: [a], rules: {frontend: loud}}]",
            "unknown severity `loud`",
            Some("a severity is one of `off`, `info`, `warning` and `error`"),
        ),
    ];
    for (text, message, help) in cases {
        let found = mistakes(text);
        let [(said, way_out, _)] = &found[..] else { panic!("{text}: {found:?}") };
        assert_eq!((said.as_str(), way_out.as_deref()), (message, help), "{text}");
    }
}
