//! Functions of packages from the name of one case to that of another.
//!
//! Sources: Pydantic 2, `pydantic/alias_generators.py`; Pydantic 1.10, `pydantic/utils.py`; pyhumps 3.8.

use super::text::title;

/// A function from text to text.
pub(crate) type Convert = fn(&str) -> String;

/// The function of a package.
pub(crate) fn of_package(path: &str) -> Option<Convert> {
    Some(match path {
        "pydantic.alias_generators.to_camel" | "pydantic.utils.to_lower_camel" => to_camel,
        "pydantic.alias_generators.to_pascal" | "pydantic.utils.to_camel" => to_pascal,
        "pydantic.alias_generators.to_snake" => to_snake,
        "humps.camelize" | "humps.main.camelize" => humps_camelize,
        _ => return None,
    })
}

/// `pydantic.alias_generators.to_camel`.
pub(crate) fn to_camel(name: &str) -> String {
    let starts_lower = name.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = starts_lower && name.chars().all(|c| c.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    let lower_after_digit =
        bytes.windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_lowercase());
    if plain && !lower_after_digit {
        return name.to_owned();
    }
    let pascal = to_pascal(name);
    let underscores = pascal.len() - pascal.trim_start_matches('_').len();
    let mut out = String::with_capacity(pascal.len());
    for (at, character) in pascal.char_indices() {
        if at == underscores { out.extend(character.to_lowercase()) } else { out.push(character) }
    }
    out
}

/// `pydantic.alias_generators.to_pascal`.
pub(crate) fn to_pascal(name: &str) -> String {
    let titled: Vec<char> = title(name).chars().collect();
    let mut out = String::with_capacity(name.len());
    for (at, character) in titled.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| titled.get(before));
        let after = titled.get(at + 1);
        let joins = *character == '_'
            && before.is_some_and(char::is_ascii_alphanumeric)
            && after.is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        if !joins {
            out.push(*character);
        }
    }
    out
}

/// `pydantic.alias_generators.to_snake`.
fn to_snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, character) in characters.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).and_then(|before| characters.get(before)) {
            let after_is_lower = characters.get(at + 1).is_some_and(char::is_ascii_lowercase);
            let upper = character.is_ascii_uppercase();
            let word = upper && (before.is_ascii_lowercase() || before.is_ascii_digit());
            let acronym_ends = upper && before.is_ascii_uppercase() && after_is_lower;
            let number = character.is_ascii_digit() && before.is_ascii_lowercase();
            if word || acronym_ends || number {
                out.push('_');
            }
        }
        out.push(if *character == '-' { '_' } else { *character });
    }
    out.to_lowercase()
}

/// pyhumps' `camelize`.
fn humps_camelize(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphabetic()).collect();
    let is_upper = !letters.is_empty() && letters.iter().all(|c| c.is_uppercase());
    if is_upper || (!name.is_empty() && name.chars().all(char::is_numeric)) {
        return name.to_owned();
    }
    let acronym = name.chars().take(2).all(char::is_uppercase);
    let mut out = String::with_capacity(name.len());
    let mut pending = String::new();
    for (at, character) in name.chars().enumerate() {
        if matches!(character, '-' | '_') && out.ends_with(|c| !matches!(c, '-' | '_')) {
            pending.push(character);
        } else if !pending.is_empty() {
            pending.clear();
            out.extend(character.to_uppercase());
        } else if at == 0 && !acronym {
            out.extend(character.to_lowercase());
        } else {
            out.push(character);
        }
    }
    out + &pending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_name_as_their_packages_do() {
        let cases = [
            ("user_id", "userId", "UserId"),
            ("page_1", "page1", "Page1"),
            ("alreadyCamel", "alreadyCamel", "Alreadycamel"),
            ("a2b", "a2B", "A2B"),
            ("_private_x", "_privateX", "_PrivateX"),
            ("x__y", "x__Y", "X__Y"),
            ("id", "id", "Id"),
        ];
        for (name, camel, pascal) in cases {
            assert_eq!((to_camel(name).as_str(), to_pascal(name).as_str()), (camel, pascal), "{name}");
        }
        for (name, snake) in
            [("userId", "user_id"), ("HTTPServer", "http_server"), ("page1", "page_1"), ("a-b", "a_b")]
        {
            assert_eq!(to_snake(name), snake);
        }
        for (name, camel) in [("user_id", "userId"), ("page_1", "page1"), ("ID", "ID"), ("_x_y", "_xY")] {
            assert_eq!(humps_camelize(name), camel);
        }
    }
}
