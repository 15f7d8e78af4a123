//! One page that works offline: the layers as columns, entities and fields as rows, drift as coloured edges.
//!
//! The page is `html/page.html` with a style, a script and the report as JSON in a `script` element that is not run. Everything
//! that comes from the repository is in that JSON, without a character that could end the element, and the script writes it as
//! text alone. A content security policy lets nothing run or load but our own script and style, known by their hashes.

mod data;

use std::fmt::Write as _;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::{Report, View};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Writes the page.
pub(crate) fn write(report: &Report<'_>, _view: &View, out: &mut dyn io::Write) -> io::Result<()> {
    let data = serde_json::to_string(&data::data(report))?;
    let parts = [
        ("{{style-hash}}", hash(STYLE)),
        ("{{script-hash}}", hash(SCRIPT)),
        ("{{style}}", STYLE.to_owned()),
        ("{{data}}", inert(&data)),
        ("{{script}}", SCRIPT.to_owned()),
    ];
    let mut rest = PAGE;
    for (mark, text) in parts {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        out.write_all(before.as_bytes())?;
        out.write_all(text.as_bytes())?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

/// The hash of an inline script or style (Content Security Policy Level 3, "hash-source").
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// JSON without a character that means something to HTML (`</script`, `<!--`), and without control characters. All of these stand in
/// strings only, so their escapes mean the same.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 64);
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ if character.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use alignment_model::Severity;

    use super::*;
    use crate::sample::{finding, written};

    #[test]
    fn the_page_holds_its_parts_in_order_and_nothing_of_the_repository_as_markup() {
        let out = written("html", |s| vec![finding(s, "some-rule", Severity::Error, true)], None);
        assert!(!out.contains("{{"), "a part was not filled in");
        let data = out.split("<script type=\"application/json\" id=\"data\">").nth(1).unwrap();
        let data = data.split("</script>").next().unwrap();
        assert!(!data.contains(['<', '>', '&']), "{data}");
        let value: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(value["findings"][0]["rule"], "some-rule");
        assert_eq!(out.matches("<script").count(), 2, "the data and the program");
        assert!(!out.contains("http://") && !out.contains("https://"), "the page loads nothing");
    }

    #[test]
    fn the_policy_knows_style_and_script() {
        let empty = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";
        assert_eq!(hash(""), empty);
        let out = written("html", |_| Vec::new(), None);
        assert!(out.contains(&hash(STYLE)) && out.contains(&hash(SCRIPT)), "{out}");
    }
}
