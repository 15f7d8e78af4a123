//! Regular expressions of ECMAScript, as far as converters of keys use them: read from their source and matched by backtracking
//! against ASCII text.
//!
//! Deliberately absent: backreferences, named groups, Unicode properties, sticky and multi-line matching; a pattern with one
//! of them is not read at all, so that nothing is ever matched by a wrong reading.

/// A regular expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    alternatives: Alternatives,
    groups: usize,
}

/// Where a pattern matched, and where its groups did; position 0 is the whole match.
pub type Captures = Vec<Option<(usize, usize)>>;

type Alternatives = Vec<Vec<Node>>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Node {
    /// One character out of a set of ASCII characters, a bit for each.
    Set(u128),
    Start,
    End,
    /// `\b`, or `\B`.
    Boundary(bool),
    /// A group with its number, if it captures.
    Group(Option<usize>, Alternatives),
    Look {
        ahead: bool,
        wanted: bool,
        alternatives: Alternatives,
    },
    Repeat {
        node: Box<Node>,
        min: usize,
        max: usize,
        greedy: bool,
    },
}

/// Steps of one match: keys are short, and a pattern that needs more is not worth an answer.
const MAX_STEPS: usize = 20_000;
/// Groups in groups, and the text a pattern is matched against.
const MAX_DEPTH: usize = 12;
/// Characters of a text that is matched.
const MAX_TEXT: usize = 256;
/// Characters of a pattern.
const MAX_PATTERN: usize = 400;

impl Pattern {
    /// Reads a pattern from the text between the slashes. `None` for what is not modelled.
    pub fn parse(source: &str, ignore_case: bool) -> Option<Self> {
        if source.len() > MAX_PATTERN || !source.is_ascii() {
            return None;
        }
        let mut parser = Parser { rest: source.as_bytes(), groups: 0, ignore_case };
        let alternatives = parser.alternatives(0)?;
        parser.rest.is_empty().then_some(Self { alternatives, groups: parser.groups })
    }

    /// A pattern that matches a text as it stands.
    pub fn literal(text: &str) -> Option<Self> {
        let nodes: Option<Vec<Node>> =
            text.bytes().map(|byte| byte.is_ascii().then(|| Node::Set(bit(byte)))).collect();
        Some(Self { alternatives: vec![nodes?], groups: 0 })
    }

    /// How many groups capture.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The first match at or after a position. The outer `None` says that it took too long, or that the text is not ASCII.
    pub fn find_at(&self, text: &str, from: usize) -> Option<Option<Captures>> {
        if !text.is_ascii() || text.len() > MAX_TEXT {
            return None;
        }
        let mut run = Run { text: text.as_bytes(), steps: 0 };
        for start in from..=text.len() {
            let mut captures: Captures = vec![None; self.groups + 1];
            let mut end = None;
            let found = run.any(&self.alternatives, start, &mut captures, &mut |_, at, _| {
                end = Some(at);
                true
            });
            if run.steps > MAX_STEPS {
                return None;
            }
            if let (true, Some(end)) = (found, end) {
                if let Some(whole) = captures.first_mut() {
                    *whole = Some((start, end));
                }
                return Some(Some(captures));
            }
        }
        Some(None)
    }
}

fn bit(byte: u8) -> u128 {
    if byte.is_ascii() { 1 << byte } else { 0 }
}

fn range(from: u8, to: u8) -> u128 {
    (from..=to).map(bit).fold(0, |set, one| set | one)
}

fn digits() -> u128 {
    range(b'0', b'9')
}

fn word() -> u128 {
    digits() | range(b'a', b'z') | range(b'A', b'Z') | bit(b'_')
}

fn space() -> u128 {
    bit(b' ') | range(9, 13)
}

/// A set with the other case of each of its letters.
fn both_cases(set: u128) -> u128 {
    let lower = set & range(b'a', b'z');
    let upper = set & range(b'A', b'Z');
    set | lower >> 32 | upper << 32
}

struct Parser<'s> {
    rest: &'s [u8],
    groups: usize,
    ignore_case: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn alternatives(&mut self, depth: usize) -> Option<Alternatives> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut all = vec![Vec::new()];
        loop {
            match self.peek() {
                None | Some(b')') => return Some(all),
                Some(b'|') => {
                    self.next();
                    all.push(Vec::new());
                }
                Some(_) => {
                    let node = self.atom(depth)?;
                    let node = self.repeated(node)?;
                    all.last_mut()?.push(node);
                }
            }
        }
    }

    fn atom(&mut self, depth: usize) -> Option<Node> {
        match self.next()? {
            b'^' => Some(Node::Start),
            b'$' => Some(Node::End),
            b'.' => Some(Node::Set(!(bit(b'\n') | bit(b'\r')))),
            b'(' => self.group(depth),
            b'[' => self.class().map(|set| self.set(set)),
            b'\\' => match self.next()? {
                b'b' => Some(Node::Boundary(true)),
                b'B' => Some(Node::Boundary(false)),
                escaped => escape(escaped).map(|set| self.set(set)),
            },
            b'*' | b'+' | b'?' | b'{' | b']' | b'}' => None,
            plain => Some(self.set(bit(plain))),
        }
    }

    fn set(&self, set: u128) -> Node {
        Node::Set(if self.ignore_case { both_cases(set) } else { set })
    }

    fn group(&mut self, depth: usize) -> Option<Node> {
        let look = [("?=", true, true), ("?!", true, false), ("?<=", false, true), ("?<!", false, false)];
        let look = look.into_iter().find(|(start, ..)| self.take(start));
        let number = if look.is_some() || self.take("?:") {
            None
        } else if self.peek() == Some(b'?') {
            return None;
        } else {
            self.groups += 1;
            Some(self.groups)
        };
        let alternatives = self.alternatives(depth + 1)?;
        if !self.take(")") {
            return None;
        }
        Some(match look {
            Some((_, ahead, wanted)) => Node::Look { ahead, wanted, alternatives },
            None => Node::Group(number, alternatives),
        })
    }

    fn class(&mut self) -> Option<u128> {
        let negated = self.take("^");
        let mut set = 0;
        loop {
            let (from, one) = match self.next()? {
                b']' => break,
                b'\\' => match self.next()? {
                    plain if plain.is_ascii_alphanumeric() => (None, escape(plain)?),
                    plain => (Some(plain), bit(plain)),
                },
                plain => (Some(plain), bit(plain)),
            };
            let is_range = self.peek() == Some(b'-') && self.rest.get(1).is_some_and(|next| *next != b']');
            match from {
                Some(from) if is_range => {
                    self.next();
                    let to = self.next().filter(|to| *to != b'\\' && *to >= from)?;
                    set |= range(from, to);
                }
                _ => set |= one,
            }
        }
        Some(if negated { !set } else { set })
    }

    fn repeated(&mut self, node: Node) -> Option<Node> {
        let (min, max) = match self.peek() {
            Some(b'*') => (0, usize::MAX),
            Some(b'+') => (1, usize::MAX),
            Some(b'?') => (0, 1),
            // `{2,3}` is not seen in converters.
            Some(b'{') => return None,
            _ => return Some(node),
        };
        self.next();
        let greedy = !self.take("?");
        let quantifiable = matches!(node, Node::Set(_) | Node::Group(..));
        quantifiable.then(|| Node::Repeat { node: Box::new(node), min, max, greedy })
    }
}

/// The set that an escaped character stands for.
fn escape(escaped: u8) -> Option<u128> {
    Some(match escaped {
        b'd' => digits(),
        b'D' => !digits(),
        b'w' => word(),
        b'W' => !word(),
        b's' => space(),
        b'S' => !space(),
        other if !other.is_ascii_alphanumeric() => bit(other),
        _ => return None,
    })
}

struct Run<'t> {
    text: &'t [u8],
    steps: usize,
}

/// What is to match after what was matched, from a position.
type Next<'n> = &'n mut dyn FnMut(&mut Run<'_>, usize, &mut Captures) -> bool;

impl Run<'_> {
    fn any(
        &mut self,
        alternatives: &[Vec<Node>],
        at: usize,
        captures: &mut Captures,
        next: Next<'_>,
    ) -> bool {
        alternatives.iter().any(|nodes| self.nodes(nodes, at, captures, next))
    }

    fn nodes(&mut self, nodes: &[Node], at: usize, captures: &mut Captures, next: Next<'_>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        let Some((first, rest)) = nodes.split_first() else { return next(self, at, captures) };
        self.node(first, at, captures, &mut |run, at, captures| run.nodes(rest, at, captures, next))
    }

    fn node(&mut self, node: &Node, at: usize, captures: &mut Captures, next: Next<'_>) -> bool {
        match node {
            Node::Set(set) => {
                self.text.get(at).is_some_and(|byte| set & bit(*byte) != 0) && next(self, at + 1, captures)
            }
            Node::Start => at == 0 && next(self, at, captures),
            Node::End => at == self.text.len() && next(self, at, captures),
            Node::Boundary(wanted) => self.is_boundary(at) == *wanted && next(self, at, captures),
            Node::Group(number, alternatives) => {
                let before = captures.clone();
                let found = self.any(alternatives, at, captures, &mut |run, end, captures| {
                    if let Some(slot) = number.and_then(|number| captures.get_mut(number)) {
                        *slot = Some((at, end));
                    }
                    next(run, end, captures)
                });
                if !found {
                    *captures = before;
                }
                found
            }
            Node::Look { ahead, wanted, alternatives } => {
                let found = if *ahead {
                    self.any(alternatives, at, &mut captures.clone(), &mut |_, _, _| true)
                } else {
                    (0..=at).any(|start| {
                        self.any(alternatives, start, &mut captures.clone(), &mut |_, end, _| end == at)
                    })
                };
                found == *wanted && next(self, at, captures)
            }
            Node::Repeat { node, min, max, greedy } => {
                self.repeat((node, *min, *max, *greedy), at, captures, next)
            }
        }
    }

    fn repeat(
        &mut self,
        (node, min, max, greedy): (&Node, usize, usize, bool),
        at: usize,
        captures: &mut Captures,
        next: Next<'_>,
    ) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        if !greedy && min == 0 && next(self, at, captures) {
            return true;
        }
        let again = max > 0
            && self.node(node, at, captures, &mut |run, end, captures| {
                // A repetition that takes nothing would go on for ever.
                (end > at || min > 0)
                    && run.repeat((node, min.saturating_sub(1), max - 1, greedy), end, captures, next)
            });
        again || greedy && min == 0 && next(self, at, captures)
    }

    fn is_boundary(&self, at: usize) -> bool {
        let is_word = |at: Option<usize>| {
            at.and_then(|at| self.text.get(at)).is_some_and(|byte| word() & bit(*byte) != 0)
        };
        is_word(at.checked_sub(1)) != is_word(Some(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<(usize, usize)> {
        let pattern = Pattern::parse(pattern, false).expect("the pattern is modelled");
        let (mut out, mut from) = (Vec::new(), 0);
        while let Some(Some(captures)) = pattern.find_at(text, from) {
            let (start, end) = captures[0].expect("a match has a place");
            out.push((start, end));
            from = if end > start { end } else { end + 1 };
        }
        out
    }

    #[test]
    fn patterns_of_converters_match_as_in_javascript() {
        assert_eq!(found("_([a-z])", "a_b_1_c"), [(1, 3), (5, 7)]);
        assert_eq!(found("[A-Z]", "aBcD"), [(1, 2), (3, 4)]);
        assert_eq!(found(r"[\-_\s]+(.)?", "a__b-"), [(1, 4), (4, 5)]);
        assert_eq!(found("([a-z0-9])([A-Z])", "a1Bc"), [(1, 3)]);
        assert_eq!(found("(?<=[a-z])[A-Z]|x$", "aBCx"), [(1, 2), (3, 4)]);
        assert_eq!(found("(?=[A-Z])", "aBC"), [(1, 1), (2, 2)]);
        assert_eq!(found(r"\b[a-z]+?b", "aab"), [(0, 3)]);
        assert_eq!(found("[^_]+", "_ab_"), [(1, 3)]);
    }

    #[test]
    fn what_is_not_modelled_is_not_read() {
        for pattern in [r"(a)\1", "(?<n>a)", r"\p{L}", "a{2}", "(", "[a", "*", "a**"] {
            assert_eq!(Pattern::parse(pattern, false), None, "{pattern}");
        }
        assert_eq!(Pattern::parse(&"(".repeat(100_000), false), None);
    }

    #[test]
    fn a_match_that_takes_too_long_has_no_answer() {
        let pattern = Pattern::parse("((a+)+)+$", false).expect("modelled");
        assert_eq!(pattern.find_at(&format!("{}b", "a".repeat(60)), 0), None);
    }
}
