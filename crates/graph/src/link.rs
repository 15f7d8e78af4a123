//! What a link is: two entities of neighbouring layers, why they belong together, how values travel between them, and
//! which of their fields are the same field.
//!
//! A link never says that two ends agree; that is for the rules.

use alignment_model::entity::{Entity, EntityId, FieldId};
use alignment_model::project::{KeyConversion, Project};
use alignment_model::{Confidence, Direction, Span};

/// A link of one [`ContractGraph`](crate::ContractGraph), by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(u32);

impl LinkId {
    /// The link at this position.
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 links"))
    }

    /// Its position.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Two entities that say the same thing in two layers.
#[derive(Clone, Debug)]
pub struct Link {
    /// Which border it crosses.
    pub kind: LinkKind,
    /// The end nearer to storage.
    pub lower: EntityId,
    /// The end nearer to the screen.
    pub upper: EntityId,
    /// Why they belong together, strongest first, each reason once. Never empty.
    pub evidence: Vec<Evidence>,
    /// Which ways values take over it.
    pub flow: Flow,
    /// Fields that are the same field, by the position of the upper one.
    pub pairs: Vec<Pair>,
    /// Values are carried over by name, so that a field without a partner gets nothing. False where code writes every
    /// field by hand.
    pub by_name: bool,
    /// Upper fields that code fills with something other than the lower field of their name, or that is not seen, by position,
    /// sorted.
    pub filled_by_code: Vec<u32>,
    /// Upper fields whose partner the answer leaves out by name, by position (schema and client only).
    pub left_out: Vec<u32>,
    /// The operations and calls that carry it (schema and client only).
    pub passages: Vec<Passage>,
    /// What happens to keys on the way (schema and client only).
    pub keys: KeyConversion,
}

/// Which border a link crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// Table and model.
    Maps,
    /// Model and schema.
    Fills,
    /// Schema and operation: the operation answers with it or takes it.
    Carries,
    /// Operation and client type: a call expects or sends the type.
    Calls,
    /// Schema and client type: what one sends, the other reads.
    Delivers,
}

impl LinkKind {
    /// All, from storage to screen.
    pub const ALL: [LinkKind; 5] =
        [LinkKind::Maps, LinkKind::Fills, LinkKind::Carries, LinkKind::Calls, LinkKind::Delivers];
}

/// One reason for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// As a phrase: "`__tablename__` names the table".
    pub reason: String,
    /// Where it stands.
    pub span: Span,
    /// How sure it makes the link.
    pub confidence: Confidence,
}

impl Evidence {
    /// A reason at a place.
    pub(crate) fn new(confidence: Confidence, span: Span, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), span, confidence }
    }
}

/// Which ways values take over a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// From storage to screen.
    pub read: bool,
    /// From screen to storage.
    pub write: bool,
    /// A route, a call or a conversion shows it. Where false, the ways are read off names and a finding informs only.
    pub shown: bool,
}

impl Flow {
    /// The direction a finding over this link has.
    pub fn direction(self) -> Direction {
        match (self.read, self.write) {
            (true, false) => Direction::Read,
            (false, true) => Direction::Write,
            _ => Direction::Both,
        }
    }

    /// Adds a way that something shows.
    pub(crate) fn show(&mut self, direction: Direction) {
        self.read |= direction != Direction::Write;
        self.write |= direction != Direction::Read;
        self.shown = true;
    }
}

/// Two fields that are the same field.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Position among the fields of the lower entity.
    pub lower: u32,
    /// Position among the fields of the upper entity.
    pub upper: u32,
    /// Why, where it is not simply the name.
    pub evidence: Option<Evidence>,
    /// Whether all code that is seen to read the one from the other has kept None out before, or has asked about it in a manner
    /// that is not followed.
    pub checked: bool,
}

/// One way over a link between a schema and a client type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// The operation.
    pub operation: EntityId,
    /// The call, by its position in [`Project::calls`].
    pub call: u32,
    /// Response or request.
    pub direction: Direction,
    /// The pair is part of what travels, not the whole.
    pub nested: bool,
}

impl Link {
    /// A link without fields yet.
    pub(crate) fn new(kind: LinkKind, lower: EntityId, upper: EntityId, evidence: Evidence) -> Self {
        Self {
            kind,
            lower,
            upper,
            evidence: vec![evidence],
            flow: Flow::default(),
            pairs: Vec::new(),
            by_name: true,
            filled_by_code: Vec::new(),
            left_out: Vec::new(),
            passages: Vec::new(),
            keys: KeyConversion::None,
        }
    }

    /// How sure it is: as sure as its strongest reason.
    pub fn confidence(&self) -> Confidence {
        self.evidence.iter().map(|evidence| evidence.confidence).max().unwrap_or(Confidence::Guessed)
    }

    /// Its strongest reason.
    pub fn reason(&self) -> &Evidence {
        self.evidence.first().expect("a link is made from a reason and loses none")
    }

    /// Whether an operation carries its schema this way.
    pub(crate) fn carries(&self, direction: Direction) -> bool {
        let flows = if direction == Direction::Write { self.flow.write } else { self.flow.read };
        self.kind == LinkKind::Carries && flows
    }

    /// Adds a reason, once, and keeps the strongest first.
    pub(crate) fn support(&mut self, evidence: Evidence) {
        if self.evidence.len() < MAX_REASONS && !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
            self.evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.confidence));
        }
    }

    /// The lower field of a pair.
    pub fn lower_field(&self, pair: &Pair) -> FieldId {
        FieldId { entity: self.lower, field: pair.lower }
    }

    /// The upper field of a pair.
    pub fn upper_field(&self, pair: &Pair) -> FieldId {
        FieldId { entity: self.upper, field: pair.upper }
    }

    /// Positions of lower fields without a partner.
    pub fn unpaired_lower(&self, project: &Project) -> Vec<u32> {
        unpaired(project.entity(self.lower), self.pairs.iter().map(|pair| pair.lower))
    }

    /// Positions of upper fields without a partner, be it one that the answer leaves out.
    pub fn unpaired_upper(&self, project: &Project) -> Vec<u32> {
        let paired = self.pairs.iter().map(|pair| pair.upper);
        unpaired(project.entity(self.upper), paired.chain(self.left_out.iter().copied()))
    }
}

/// A link that a hundred calls show is not surer than one that ten show.
const MAX_REASONS: usize = 12;

fn unpaired(entity: &Entity, paired: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut free = vec![true; entity.fields.len()];
    for at in paired {
        if let Some(slot) = free.get_mut(at as usize) {
            *slot = false;
        }
    }
    (0..).zip(free).filter(|(_, free)| *free).map(|(at, _)| at).collect()
}
