//! Every rule page and every Markdown suite in `fixtures`, executed.

use crate::kit::run::{self, Report};
use crate::kit::{relative, suites};

#[test]
fn markdown() {
    let filter = std::env::var("MDTEST").ok();
    let update = std::env::var("UPDATE").is_ok_and(|value| value == "1");
    let (mut failures, mut ran) = (Vec::new(), 0);
    for path in suites() {
        let Report { failures: found, ran: here, silent, rewritten } = run::suite(&path, filter.as_deref());
        ran += here;
        match rewritten {
            Some(text) if update => std::fs::write(&path, text).expect("a suite can be written"),
            _ => failures.extend(found),
        }
        let is_page = relative(&path).starts_with("crates/rules/");
        if is_page && filter.is_none() && silent == 0 {
            failures
                .push(format!("{}: a rule's page needs a corrected twin that is silent", relative(&path)));
        }
    }
    assert!(ran > 0, "no heading matches MDTEST={}", filter.unwrap_or_default());
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}
