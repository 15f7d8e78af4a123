//! What comments mean, and which lines they speak for.

use super::*;

#[test]
fn prose_is_not_an_instruction_and_slips_are_named() {
    for prose in ["text-alignment: left", "alignment: see the design", "noqa", "alignment:"] {
        assert!(matches!(parse(prose), Ok(None)), "{prose}");
    }
    let cases = [
        ("alignment: ignroe[x] y", "unknown instruction `ignroe`; did you mean `ignore`?"),
        (
            "alignment: ignore because",
            "a suppression names its rules in brackets: `alignment: ignore[rule] reason`",
        ),
        ("noqa  # alignment: ignore[no-such-rule] y", "unknown rule `no-such-rule`"),
    ];
    for (comment, message) in cases {
        let said = parse(comment).err().unwrap_or_default();
        assert!(said.starts_with(message), "{comment}: {said}");
    }
}

#[test]
fn a_comment_speaks_for_its_line_or_the_next_code() {
    let cases = [
        ("x = 1  # HERE\ny = 2\n", 1..=1),
        ("# HERE\n\n# more\n@a\n@b\nclass X:\n", 4..=6),
        ("a = 1\n  // HERE\n  b: string\n", 3..=3),
        ("x\n# HERE", 2..=2),
    ];
    for (text, lines) in cases {
        let end = text.find("HERE").unwrap() + 4;
        let start = text[..end].rfind(['#', '/']).unwrap();
        let start = if text[..=start].ends_with("//") { start - 1 } else { start };
        let found = lines_spoken_for(text, &LineIndex::new(text), TextRange::new(start, end));
        assert_eq!(found, lines, "{text}");
    }
}

#[test]
fn comments_of_sql_are_found_once_a_line() {
    let text = "SELECT 'alignment: no';\nx -- alignment: ignore[a] b alignment: c\n  -- alignment: d";
    let found: Vec<&str> = sql_comments(text).map(|(_, text)| text).collect();
    assert_eq!(found, ["alignment: ignore[a] b alignment: c", "alignment: d"]);
}
