//! Which lines break on null, and which do not.

use std::rc::Rc;

use super::{Beyond, FileUses};
use crate::testing::Repository;

fn uses(path: &str, text: &str) -> FileUses {
    let repository = Repository::new(&[(path, text)]);
    let input = repository.input();
    FileUses::of(&input.facts[0], path, text)
}

fn none(_: &str) -> Vec<Rc<FileUses>> {
    Vec::new()
}

/// The text of the line's part that breaks on null for `bio`, whatever it is taken from.
fn broken(text: &str) -> Option<String> {
    let uses = uses("a.tsx", text);
    let range = uses.breaks("bio", &|_| true, &none)?;
    Some(text[range.to_usize()].to_owned())
}

#[track_caller]
fn breaks(text: &str, at: &str) {
    assert_eq!(broken(text).as_deref(), Some(at), "{text}");
}

#[track_caller]
fn holds(text: &str) {
    assert_eq!(broken(text), None, "{text}");
}

#[test]
fn what_needs_a_value_breaks() {
    breaks("show(author.bio.length);", "author.bio.length");
    breaks("show(author.bio!.length);", "author.bio!.length");
    breaks("show(author?.bio.length);", "author?.bio.length");
    breaks("show(author['bio'][0]);", "author['bio'][0]");
    breaks("const all = [...author.bio];", "...author.bio");
    breaks("for (const word of author.bio) { show(word); }", "author.bio");
    breaks("const { first } = author.bio;", "author.bio");
    breaks("const { bio } = author; show(bio.length);", "bio.length");
    breaks("const { bio: text } = author; show(text.length);", "text.length");
    breaks("const { bio: { first } } = author;", "{ first }");
    breaks("const text = author.bio; show(text.trim());", "text.trim");
    breaks("const Card = ({ bio }: Props) => <p>{bio.trim()}</p>;", "bio.trim");
    breaks("show(Object.keys(author.bio));", "author.bio");
    breaks("if ('first' in author.bio) { show(1); }", "'first' in author.bio");
    breaks("author.bio.first = 1;", "author.bio.first");
    // A default stands for what is missing, not for null.
    breaks("const { bio = '' } = author; show(bio.trim());", "bio.trim");
}

#[test]
fn what_asks_first_holds() {
    holds("show(author.bio);");
    holds("show(author.bio?.length);");
    holds("show((author.bio ?? '').length, (author.bio || '').length);");
    holds("show(author.bio && author.bio.length);");
    holds("show(author.bio ? author.bio.length : 0);");
    holds("if (author.bio) { show(author.bio.length); }");
    holds("if (Array.isArray(author.bio)) { author.bio.map(show); }");
    holds("function f(author: any) { if (!author.bio) { return; } show(author.bio.length); }");
    holds("for (const author of authors) { if (!author.bio) continue; show(author.bio.length); }");
    holds("authors.filter(author => author.bio).map(author => author.bio.length);");
    holds("const some = authors.filter(author => !!author.bio); some.map(author => author.bio.length);");
    holds("const has = author.bio !== null; if (has) { show(author.bio.length); }");
    holds("author.bio = 'none'; show(author.bio.length);");
    holds("const { bio } = author; show(bio ? bio.length : 0);");
    holds("if (author.bio !== other) { show(1); }");
}

#[test]
fn what_no_answer_brings_is_left_out() {
    holds("show(event.target.bio.length);");
    holds("class A { f() { return this.bio.length; } }");
    holds("show(Author.bio.length);");
    holds("show(table.getModel().bio.length);");
    holds("author.bio();");
    breaks(
        "show(authors.find(one => one.id === 1).bio.length);",
        "authors.find(one => one.id === 1).bio.length",
    );
}

#[test]
fn a_value_is_followed_into_functions() {
    breaks("const cut = (text: string) => text.slice(0, 3); show(cut(author.bio));", "author.bio");
    holds("const cut = (text?: string) => text.slice(0, 3); show(cut(author.bio));");
    holds("const cut = (text: string | null) => text.slice(0, 3); show(cut(author.bio));");
    holds("const cut = (text: string) => text ? text.slice(0, 3) : ''; show(cut(author.bio));");
    let text = "show(cut(author.bio));";
    let elsewhere = |name: &str| match name {
        "cut" => vec![Rc::new(uses("b.ts", "export function cut(text: string) { return text.trim(); }"))],
        _ => Vec::new(),
    };
    let beyond: Beyond<'_> = &elsewhere;
    let range = uses("a.tsx", text).breaks("bio", &|_| true, beyond);
    assert_eq!(range.map(|range| &text[range.to_usize()]), Some("author.bio"));
}

#[test]
fn owners_are_told_by_type_then_by_name() {
    let found =
        uses("a.ts", "const f = (row: Author) => row.bio.length; const g = (page: any) => page.bio.length;");
    let of = |owner: &str| found.breaks("bio", &|one| one == Some(owner), &none).is_some();
    assert!(of("Author"));
    assert!(of("page"));
    assert!(!of("row"));
}

#[test]
fn reads_are_members_keys_and_patterns() {
    let found = uses("a.ts", "show(a.one, b['two']); const { three } = c; const four = { five: 1 };");
    let read = |name: &str| found.reads(name);
    assert!(read("one") && read("two") && read("three"));
    assert!(!read("four") && !read("five"));
}

#[test]
fn templates_are_read_by_words() {
    let page = "<script setup lang=\"ts\">const a = 1;</script>\n<template><p>{{ author.bio.length }}</p></template>";
    assert!(uses("a.vue", page).breaks("bio", &|_| true, &none).is_some());
    let asked = "<template><p v-if=\"author.bio\">{{ author.bio.length }}</p></template>";
    assert!(uses("a.vue", asked).breaks("bio", &|_| true, &none).is_none());
}

#[test]
fn what_is_added_to_no_text_must_be_a_number() {
    let needs = |text: &str| uses("a.ts", text).needs_number("price", &|_| true).is_some();
    assert!(needs("const all = books.reduce((sum, book) => sum + book.price, 0);"));
    assert!(needs("total += book.price ?? 0;"));
    assert!(needs("show(book.price.toFixed(2));"));
    assert!(!needs("show(format(book.price), book.price.toLocaleString());"));
    assert!(!needs("const text = 'EUR ' + book.price;"));
    assert!(!needs("const text = `${a}` + b + book.price;"));
    assert!(!needs("const rest = book.price - 1; const half = book.price / 2; total -= book.price;"));
}
