//! The order in which files apply: by list, name, number or date.

use alignment_model::{FileId, Sources};

use crate::database::SourceOrder;

/// Puts files into an order. Files that it does not tell apart stay as they are.
pub(super) fn put_in_order(sources: &Sources, files: &mut [FileId], order: SourceOrder) {
    match order {
        SourceOrder::List => {}
        SourceOrder::Name => files.sort_by(|a, b| sources.path(*a).cmp(sources.path(*b))),
        SourceOrder::Number => files.sort_by_cached_key(|file| by_number(sources.path(*file))),
        SourceOrder::Date => files.sort_by_cached_key(|file| {
            let path = sources.path(*file);
            (date(path), by_number(path))
        }),
    }
}

/// Numbers in a path compare as numbers: `2_b` comes before `10_a`.
fn by_number(path: &str) -> Vec<(u64, String)> {
    let mut key = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().unwrap_or(if digits > 0 { u64::MAX } else { 0 });
        rest = &rest[digits..];
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        key.push((number, rest[..text].to_owned()));
        rest = &rest[text..];
    }
    key
}

/// The date at the start of the file's name, or of the nearest folder that has one, as its digits: `2024-01-05_a` and
/// `20240105_a` are the same day, and a time behind it counts too. What has none comes first.
fn date(path: &str) -> String {
    let starts = path.rsplit('/').map(|part| {
        let is_part = |c: &char| c.is_ascii_digit() || matches!(c, '-' | '.' | '_' | 'T' | ':');
        part.chars().take_while(is_part).filter(char::is_ascii_digit).take(17).collect::<String>()
    });
    starts.into_iter().find(|digits| digits.len() >= 8).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::SourceFile;

    #[test]
    fn each_order_reads_names_its_own_way() {
        let paths =
            ["20240301_c.sql", "2024-02-01T10:00_b/up.sql", "2024-02-01_a.sql", "x/10.sql", "x/9.sql"];
        let file = |path: &&str| SourceFile { path: (*path).into(), text: "".into() };
        let sources = Sources::new(paths.iter().map(file).collect());
        let ordered = |order| {
            let mut files: Vec<FileId> = sources.iter().map(|(file, _)| file).collect();
            put_in_order(&sources, &mut files, order);
            files.iter().map(|file| sources.path(*file)).collect::<Vec<_>>()
        };
        let day = ["x/9.sql", "x/10.sql", "2024-02-01_a.sql", "2024-02-01T10:00_b/up.sql", "20240301_c.sql"];
        assert_eq!(ordered(SourceOrder::Date), day);
        assert_eq!(ordered(SourceOrder::Name)[3..], ["x/10.sql", "x/9.sql"]);
        assert_eq!(ordered(SourceOrder::Number)[..2], ["x/9.sql", "x/10.sql"]);
    }
}
