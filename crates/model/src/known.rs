//! What the analyzer knows, and what it does not.
//!
//! No rule may report on [`Known::Unknown`]: the only ways to compare two values are [`Known::zip`] and
//! [`Known::differs`], and both are silent unless both sides are known.

use std::fmt;

/// A value that was read, or the reason why it could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known<T> {
    /// The value, exactly as the framework would see it.
    Is(T),
    /// Not known; counted in the coverage, never the ground of a finding.
    Unknown(Why),
}

/// Why something is not known. Few words, so that they can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A name that is defined in no file that was read.
    UndefinedName,
    /// A name that a package outside the repository defines.
    ExternalName,
    /// An expression whose value depends on what the program does.
    DynamicExpression,
    /// A construct of the language or framework that is not modelled.
    UnsupportedConstruct,
    /// The source does not say it (no annotation, no type argument, no schema).
    NotStated,
    /// The source around it is broken.
    BrokenSyntax,
    /// A type or definition that contains itself without end.
    Recursive,
    /// Two readings are possible.
    Ambiguous,
    /// Code of the project may change the value (a validator, a serializer, a converter).
    CodeDecides,
}

impl Why {
    /// As a phrase that fits after "unknown: ".
    pub fn phrase(self) -> &'static str {
        match self {
            Why::UndefinedName => "the name is defined in no file that was read",
            Why::ExternalName => "the name comes from a package outside the repository",
            Why::DynamicExpression => "the value depends on what the program does",
            Why::UnsupportedConstruct => "the construct is not modelled",
            Why::NotStated => "the source does not say it",
            Why::BrokenSyntax => "the source around it is broken",
            Why::Recursive => "the definition contains itself",
            Why::Ambiguous => "two readings are possible",
            Why::CodeDecides => "code of the project may change the value",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.phrase())
    }
}

impl<T> Known<T> {
    /// The value, if known.
    pub fn is(&self) -> Option<&T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The value, if known.
    pub fn into_option(self) -> Option<T> {
        match self {
            Known::Is(value) => Some(value),
            Known::Unknown(_) => None,
        }
    }

    /// The reason, if not known.
    pub fn why(&self) -> Option<Why> {
        match self {
            Known::Is(_) => None,
            Known::Unknown(why) => Some(*why),
        }
    }

    /// Applies `f` to the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Known::Is(value) => Known::Is(f(value)),
            Known::Unknown(why) => Known::Unknown(why),
        }
    }

    /// Both values where both are known.
    pub fn zip<'a, U>(&'a self, other: &'a Known<U>) -> Option<(&'a T, &'a U)> {
        Some((self.is()?, other.is()?))
    }

    /// True only if both are known and not equal.
    pub fn differs(&self, other: &Known<T>) -> bool
    where
        T: PartialEq,
    {
        self.zip(other).is_some_and(|(a, b)| a != b)
    }
}

impl Known<bool> {
    /// True only if known to be true.
    pub fn is_yes(&self) -> bool {
        matches!(self, Known::Is(true))
    }

    /// True only if known to be false.
    pub fn is_no(&self) -> bool {
        matches!(self, Known::Is(false))
    }
}

impl<T> From<Option<T>> for Known<Option<T>> {
    fn from(value: Option<T>) -> Self {
        Known::Is(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unknown_never_differs() {
        let unknown = Known::Unknown(Why::NotStated);
        assert!(Known::Is(1).differs(&Known::Is(2)));
        assert!(!Known::Is(1).differs(&unknown));
        assert!(!unknown.differs(&Known::Is(1)));
        assert!(!Known::<bool>::Unknown(Why::NotStated).is_yes());
    }
}
