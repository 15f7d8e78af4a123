//! Markdown -> tests: headings, named fences, configuration.

/// One suite.
#[derive(Debug)]
pub(crate) struct Suite {
    /// Its tests.
    pub(crate) tests: Vec<Test>,
    /// What is wrong with the document itself: line and message.
    pub(crate) faults: Vec<(usize, String)>,
}

/// One leaf heading.
#[derive(Debug, Default)]
pub(crate) struct Test {
    /// Headings from the outermost to this one.
    pub(crate) title: String,
    /// Line of the heading, from 1.
    pub(crate) line: usize,
    /// Files of the repository.
    pub(crate) files: Vec<File>,
    /// `alignment.yaml`, own and inherited.
    pub(crate) config: String,
    /// Canonical texts.
    pub(crate) fences: Vec<Fence>,
    /// Why it asserts a wrong result, if it does.
    pub(crate) known_gap: Option<String>,
}

/// A file made of one or more fences.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// Path in the repository.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Line of the document for each line of the text.
    pub(crate) lines: Vec<usize>,
}

/// A fence of canonical text.
#[derive(Debug)]
pub(crate) struct Fence {
    /// `facts`, `graph`, `report`, `trace NAME`.
    pub(crate) what: String,
    /// Its text.
    pub(crate) text: String,
    /// Line of the document after the opening fence, from 1.
    pub(crate) line: usize,
    /// Number of lines between the fences.
    pub(crate) length: usize,
}

/// A heading on the way to the current one.
struct Open {
    level: usize,
    title: String,
    line: usize,
    config: String,
    test: Test,
    /// It has files of its own, beside those of the headings around it.
    has_files: bool,
    is_group: bool,
}

/// Reads a document.
pub(crate) fn parse(text: &str) -> Suite {
    let mut suite = Suite { tests: Vec::new(), faults: Vec::new() };
    let mut open: Vec<Open> = Vec::new();
    let mut named: Option<String> = None;
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if let Some((level, title)) = heading(line) {
            close(&mut open, level, &mut suite);
            if let Some(parent) = open.last_mut() {
                parent.is_group = true;
            }
            let (config, files) = match open.last() {
                Some(parent) => (parent.config.clone(), parent.test.files.clone()),
                None => Default::default(),
            };
            let test = Test { files, ..Test::default() };
            open.push(Open { level, title, line: at, config, test, has_files: false, is_group: false });
            named = None;
        } else if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> =
                lines[at..].iter().take_while(|line| !line.starts_with("```")).copied().collect();
            let first = at + 1;
            at += body.len() + 1;
            let Some(current) = open.last_mut() else {
                suite.faults.push((first - 1, "a fence before the first heading".to_owned()));
                continue;
            };
            add(current, language.trim(), &body, first, named.take());
        } else if let Some(path) = name_of_next_fence(line) {
            named = Some(path.to_owned());
        } else if let Some(reason) =
            line.strip_prefix("<!-- known gap:").and_then(|rest| rest.strip_suffix("-->"))
            && let Some(current) = open.last_mut()
        {
            current.test.known_gap = Some(reason.trim().to_owned());
        }
    }
    close(&mut open, 0, &mut suite);
    suite
}

fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.chars().take_while(|character| *character == '#').count();
    let title = line.get(level..)?.strip_prefix(' ')?;
    (level > 0).then(|| (level, title.trim().to_owned()))
}

/// `` `app/models.py`: ``
fn name_of_next_fence(line: &str) -> Option<&str> {
    line.trim().strip_prefix('`')?.strip_suffix("`:")
}

fn add(current: &mut Open, language: &str, body: &[&str], first: usize, named: Option<String>) {
    let text = body.iter().map(|line| format!("{line}\n")).collect::<String>();
    let canonical =
        ["facts", "graph", "report", "trace"].iter().any(|what| language.split(' ').next() == Some(what));
    match named {
        Some(path) => {
            current.has_files = true;
            let lines = first..first + body.len();
            match current.test.files.iter_mut().find(|file| file.path == path) {
                Some(file) => {
                    file.text.push_str(&text);
                    file.lines.extend(lines);
                }
                None => current.test.files.push(File { path, text, lines: lines.collect() }),
            }
        }
        None if language == "yaml" => current.config.push_str(&text),
        None if canonical => {
            current.test.fences.push(Fence {
                what: language.to_owned(),
                text,
                line: first,
                length: body.len(),
            });
        }
        // A picture for the reader: a command, a row.
        None => {}
    }
}

/// Closes headings down to a level; those with files of their own and without headings inside are tests.
fn close(open: &mut Vec<Open>, level: usize, suite: &mut Suite) {
    while open.last().is_some_and(|last| last.level >= level.max(1)) {
        let titles: Vec<String> = open.iter().map(|heading| heading.title.clone()).collect();
        let Some(last) = open.pop() else { return };
        if !last.has_files || last.is_group {
            continue;
        }
        suite.tests.push(Test {
            title: titles.join(" > "),
            line: last.line,
            config: last.config,
            ..last.test
        });
    }
    if level == 0 {
        suite.tests.sort_by_key(|test| test.line);
    }
}
