//! The README's picture of the terminal is what the binary prints.

use std::process::Command;

use crate::kit::root;

const OPEN: &str = "<!-- output: alignment ";
const CLOSE: &str = "<!-- /output -->";

#[test]
fn the_readme_shows_what_the_binary_prints() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md is there");
    let (before, rest) = readme.split_once(OPEN).expect("the README shows output");
    let (arguments, rest) = rest.split_once(" -->\n").expect("the comment ends");
    let (shown, after) = rest.split_once(CLOSE).expect("the output ends");
    let output = Command::new(env!("CARGO_BIN_EXE_alignment"))
        .args(arguments.split(' '))
        .args(["--color", "never"])
        .current_dir(root())
        .output()
        .expect("the binary runs");
    let printed = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let expected = format!("```text\n$ alignment {arguments}\n{}\n```\n", printed.trim_end());
    if shown != expected && std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        let text = format!("{before}{OPEN}{arguments} -->\n{expected}{CLOSE}{after}");
        std::fs::write(&path, text).expect("the README can be written");
        return;
    }
    assert_eq!(shown, expected, "UPDATE=1 rewrites the picture");
}
