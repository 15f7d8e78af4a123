//! Null on its way: one side may say it, the other cannot take it.
//!
//! | | read (storage -> screen) | write (screen -> storage) |
//! |---|---|---|
//! | lower may be null, upper not | breaks | fine |
//! | lower never null, upper may be | a branch that never runs | breaks |

use alignment_graph::Flow;
use alignment_model::{Direction, Known};

/// The directions in which null breaks between two fields.
pub(crate) fn breaks(lower: Known<bool>, upper: Known<bool>, flow: Flow) -> Option<Direction> {
    match lower.zip(&upper)? {
        (true, false) if flow.read => Some(Direction::Read),
        (false, true) if flow.write => Some(Direction::Write),
        _ => None,
    }
}

/// Both directions at once: what holds between a table and its model.
pub(crate) const BOTH: Flow = Flow { read: true, write: true, shown: true };

#[cfg(test)]
mod tests {
    use super::*;
    use alignment_model::Why;

    #[test]
    fn only_the_direction_that_breaks_counts_and_the_unknown_never_does() {
        let (yes, no, unknown) = (Known::Is(true), Known::Is(false), Known::Unknown(Why::NotStated));
        let read = Flow { write: false, ..BOTH };
        assert_eq!(breaks(yes, no, read), Some(Direction::Read));
        assert_eq!(breaks(no, yes, read), None);
        assert_eq!(breaks(no, yes, BOTH), Some(Direction::Write));
        assert_eq!(breaks(yes, yes, BOTH), None);
        assert_eq!(breaks(yes, unknown, BOTH), None);
        assert_eq!(breaks(unknown, no, BOTH), None);
    }
}
