//! Libraries whose schemas are not read, as problems: what is parsed with them has a contract that nobody here knows.

use alignment_model::{Problem, ProblemKind, TextRange};

use crate::Input;

use super::uses::is_client_code;

/// Module and name for people.
const UNREAD: [(&str, &str); 5] = [
    ("valibot", "Valibot"),
    ("io-ts", "io-ts"),
    ("superstruct", "Superstruct"),
    ("runtypes", "Runtypes"),
    ("arktype", "ArkType"),
];

/// One problem for each such library that code imports, at its first import.
pub(super) fn unread(input: Input<'_>) -> Vec<Problem> {
    UNREAD.iter().filter_map(|(module, name)| one(input, module, name)).collect()
}

fn one(input: Input<'_>, module: &str, name: &str) -> Option<Problem> {
    let spellings = [format!("from \"{module}\""), format!("from '{module}'")];
    let mut places = input.sources.iter().filter_map(|(id, file)| {
        let readable = is_client_code(&file.path);
        let found = spellings.iter().find_map(|word| Some((file.text.find(&**word)?, word.len())));
        let (at, length) = found.filter(|_| readable)?;
        Some(TextRange::new(at, at + length).in_file(id))
    });
    let first = places.next()?;
    let files = match places.count() {
        0 => "1 file imports it".to_owned(),
        more => format!("{} files import it", more + 1),
    };
    let message = format!("schemas of {name} are not read ({files}): nothing is compared with them");
    Some(Problem::at(first, ProblemKind::Unmodelled, message))
}

#[cfg(test)]
mod tests {
    use super::unread;
    use crate::testing::Repository;

    #[test]
    fn a_library_that_is_not_read_is_named_once() {
        let repository = Repository::new(&[
            ("web/a.ts", "import * as v from \"valibot\";\nexport const A = v.object({ id: v.number() });\n"),
            ("web/b.ts", "import { object } from 'valibot';\nexport const B = object({});\n"),
            ("web/a.test.ts", "import * as t from \"io-ts\";\n"),
            ("web/c.ts", "import { z } from \"zod\";\nexport const C = z.object({ id: z.number() });\n"),
        ]);
        let problems = unread(repository.input());
        let messages: Vec<&str> = problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(
            messages,
            ["schemas of Valibot are not read (2 files import it): nothing is compared with them"]
        );
    }
}
