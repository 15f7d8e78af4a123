//! Numbers and plurals.

use alignment_model::Layer;
use alignment_model::analysis::{Analysis, ModelScope};

/// `1234567` as `1,234,567`.
pub(crate) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "12 bytes", "38 KB", "1.5 MB".
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => count(bytes, "byte"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// "1 error", "2 errors", "3 entities".
pub(crate) fn count(n: usize, noun: &str) -> String {
    format!("{} {}", number(n), plural(n, noun))
}

/// "error", "errors", "entities".
pub(crate) fn plural(n: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if n == 1 => noun.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// `, with 3 symptoms`: what was found besides and told with it.
pub(crate) fn with_symptoms(analysis: &Analysis) -> String {
    match analysis.symptoms() {
        0 => String::new(),
        n => format!(", with {}", count(n, "symptom")),
    }
}

/// What an entity of a layer is called.
pub(crate) fn entity_noun(layer: Layer) -> &'static str {
    match layer {
        Layer::Database => "table",
        Layer::Orm => "model",
        Layer::Schema => "schema",
        Layer::Route => "operation",
        Layer::Client => "client type",
    }
}

/// Which models "the models" are, where a scope other than "all that are declared" is known.
pub(crate) fn model_scope(scope: ModelScope) -> Option<String> {
    let told: Vec<String> =
        [("the application", scope.application), ("the environment of the migrations", scope.migrations)]
            .into_iter()
            .filter_map(|(who, loaded)| Some(format!("{who} imports {}", number(loaded?))))
            .collect();
    (!told.is_empty()).then(|| format!("of {}, {}", count(scope.declared, "model"), told.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_told_where_it_is_known() {
        let scope =
            |application, migrations| model_scope(ModelScope { declared: 12, application, migrations });
        assert_eq!(scope(None, None), None);
        assert_eq!(scope(Some(9), None).as_deref(), Some("of 12 models, the application imports 9"));
        assert_eq!(
            scope(Some(9), Some(0)).as_deref(),
            Some("of 12 models, the application imports 9 and the environment of the migrations imports 0")
        );
    }

    #[test]
    fn numbers_and_nouns_agree() {
        assert_eq!([0, 999, 1000, 1234567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([12, 38_500, 1_540_000].map(size), ["12 bytes", "38 KB", "1.5 MB"]);
        assert_eq!(count(1, "entity"), "1 entity");
        assert_eq!(count(2, "entity"), "2 entities");
        assert_eq!(count(0, "key"), "0 keys");
    }
}
