//! What JSON carries against what the client declares: kinds of JSON values, not names of types.
//!
//! Pydantic v2 sends `Decimal`, `timedelta`, `bytes`, UUIDs and moments as strings (Pydantic, "Serialization", "JSON mode");
//! v1 sent `Decimal` and `timedelta` as numbers. Key converters change keys and never values.

use alignment_graph::ContractGraph;
use alignment_model::Layer;
use alignment_model::entity::{Detail, Entity, EntityKind};
use alignment_model::shape::{Shape, TypeRef, Value};

use crate::responses::pydantic;

/// Kinds of JSON values, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    const BOOL: Kinds = Kinds(1);
    const NUMBER: Kinds = Kinds(2);
    const STRING: Kinds = Kinds(4);
    const ARRAY: Kinds = Kinds(8);
    const OBJECT: Kinds = Kinds(16);
    const NAMES: [(Kinds, &'static str); 5] = [
        (Self::BOOL, "a boolean"),
        (Self::NUMBER, "a number"),
        (Self::STRING, "a string"),
        (Self::ARRAY, "an array"),
        (Self::OBJECT, "an object"),
    ];

    fn union(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    fn of(values: &[Value]) -> Kinds {
        let kind = |value: &Value| match value {
            Value::Text(_) => Self::STRING,
            Value::Number(_) => Self::NUMBER,
            Value::Bool(_) => Self::BOOL,
            Value::Null => Kinds::default(),
        };
        values.iter().map(kind).fold(Kinds::default(), Kinds::union)
    }

    /// A value of the first of them, as JSON.
    pub(crate) fn example(self) -> &'static str {
        const VALUES: [(Kinds, &str); 5] = [
            (Kinds::BOOL, "true"),
            (Kinds::NUMBER, "7"),
            (Kinds::STRING, "\"text\""),
            (Kinds::ARRAY, "[]"),
            (Kinds::OBJECT, "{}"),
        ];
        VALUES.into_iter().find(|(kind, _)| self.meets(*kind)).map_or("null", |(_, value)| value)
    }

    /// In words: "a number or a string".
    pub(crate) fn phrase(self) -> String {
        let names = Self::NAMES.iter().filter(|(kind, _)| self.meets(*kind)).map(|(_, name)| *name);
        names.collect::<Vec<_>>().join(" or ")
    }
}

/// Two kinds of JSON values that never meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// What the API carries.
    pub(crate) carried: Kinds,
    /// What the client declares.
    pub(crate) declared: Kinds,
    /// The two stand inside an array or map.
    pub(crate) inside: bool,
    /// A value of the API, as JSON.
    pub(crate) example: &'static str,
    /// The API's type is an exact decimal.
    pub(crate) decimal: bool,
}

/// Reads shapes of both sides.
pub(crate) struct Wire<'g> {
    graph: &'g ContractGraph,
    pydantic: Option<u8>,
}

/// How deep aliases and containers are followed.
const MAX_DEPTH: usize = 16;

impl<'g> Wire<'g> {
    /// For the fields of one schema.
    pub(crate) fn new(graph: &'g ContractGraph, schema: &Entity) -> Self {
        Self { graph, pydantic: pydantic(schema) }
    }

    /// What the API carries, where the client can never have it.
    pub(crate) fn mismatch(&self, api: &Shape, client: &Shape) -> Option<Mismatch> {
        let (api, client, inside) = self.innermost(api, client);
        let (carried, declared) = (self.carried(api, 0)?, self.declared(client, 0)?);
        let apart = !carried.is_empty() && !declared.is_empty() && !carried.meets(declared);
        let decimal = matches!(api, Shape::Decimal);
        apart.then(|| Mismatch { carried, declared, inside, example: example(api), decimal })
    }

    /// The kinds of two types of the client that have none in common.
    pub(crate) fn apart(&self, one: &Shape, other: &Shape) -> Option<(Kinds, Kinds)> {
        let (one, other) = (self.declared(one, 0)?, self.declared(other, 0)?);
        (!one.is_empty() && !other.is_empty() && !one.meets(other)).then_some((one, other))
    }

    /// Whether the API carries a day or a moment, as text, where the client says that it has a `Date`; and whether it is a day.
    pub(crate) fn moment(&self, api: &Shape, client: &Shape) -> Option<bool> {
        let (api, client, _) = self.innermost(api, client);
        let is_day = match api {
            Shape::Date => true,
            Shape::DateTime(_) => false,
            _ => return None,
        };
        matches!(self.meant(client), Shape::DateTime(_)).then_some(is_day)
    }

    /// What stands inside the lists and maps that both sides have, and whether there are any.
    fn innermost<'s>(&self, api: &'s Shape, client: &'s Shape) -> (&'s Shape, &'s Shape, bool)
    where
        'g: 's,
    {
        let (mut api, mut client, mut inside) = (api, client, false);
        for _ in 0..MAX_DEPTH {
            match (api, self.meant(client)) {
                (Shape::List(below), Shape::List(above)) | (Shape::Map(_, below), Shape::Map(_, above)) => {
                    (api, client, inside) = (below, above, true);
                }
                _ => break,
            }
        }
        (api, client, inside)
    }

    /// A client's shape without the aliases around it.
    fn meant<'s>(&self, shape: &'s Shape) -> &'s Shape
    where
        'g: 's,
    {
        let mut shape = shape;
        for _ in 0..MAX_DEPTH {
            let Shape::Ref(reference) = shape else { break };
            match self.find(reference, Layer::Client).map(|entity| &entity.detail) {
                Some(Detail::Client(client)) if client.type_parameters.is_empty() => match &client.shape {
                    Some(meant) => shape = meant,
                    None => break,
                },
                _ => break,
            }
        }
        shape
    }

    fn find(&self, reference: &TypeRef, layer: Layer) -> Option<&'g Entity> {
        let key = reference.target.as_ref()?;
        self.graph.declared_by(key).map(|(_, entity)| entity).filter(|entity| entity.layer() == layer).last()
    }

    /// The kinds that the API sends for a shape; `None` where any kind is possible or nothing is known.
    fn carried(&self, shape: &Shape, depth: usize) -> Option<Kinds> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match shape {
            Shape::Bool => Kinds::BOOL,
            Shape::Int(_) | Shape::Float | Shape::Number => Kinds::NUMBER,
            Shape::Text | Shape::Date | Shape::Time | Shape::DateTime(_) | Shape::Uuid | Shape::Bytes => {
                Kinds::STRING
            }
            Shape::Decimal | Shape::Duration => match self.pydantic? {
                1 => Kinds::NUMBER,
                _ => Kinds::STRING,
            },
            Shape::List(_) | Shape::Vector => Kinds::ARRAY,
            Shape::Map(..) | Shape::Object(_) => Kinds::OBJECT,
            Shape::Null | Shape::Undefined | Shape::Never => Kinds::default(),
            Shape::Literals(_) | Shape::Enum(_) => Kinds::of(shape.values()?),
            Shape::OneOf(members) => self.all(members, depth, Self::carried)?,
            Shape::Ref(reference) => {
                let entity = self.find(reference, Layer::Schema)?;
                match &entity.detail {
                    Detail::Values(values) => Kinds::of(values.values.as_deref()?),
                    Detail::Schema(schema) if schema.code_decides => return None,
                    Detail::Schema(schema) => match &schema.root {
                        Some(root) => self.carried(root, depth + 1)?,
                        None => Kinds::OBJECT,
                    },
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// The kinds that a client's type admits.
    fn declared(&self, shape: &Shape, depth: usize) -> Option<Kinds> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match shape {
            Shape::Bool => Kinds::BOOL,
            Shape::Int(_) | Shape::Float | Shape::Number => Kinds::NUMBER,
            Shape::Text => Kinds::STRING,
            Shape::List(_) => Kinds::ARRAY,
            // `{}` admits texts and numbers too, `object` admits arrays.
            Shape::Object(properties) if properties.is_empty() => return None,
            Shape::Map(..) | Shape::Object(_) => Kinds::OBJECT,
            Shape::Null | Shape::Undefined | Shape::Never => Kinds::default(),
            Shape::Literals(_) | Shape::Enum(_) => Kinds::of(shape.values()?),
            Shape::OneOf(members) => self.all(members, depth, Self::declared)?,
            Shape::Ref(reference) => {
                let entity = self.find(reference, Layer::Client)?;
                match (&entity.detail, entity.kind) {
                    (Detail::Values(values), _) => Kinds::of(values.values.as_deref()?),
                    (Detail::Client(client), _) if entity.fields.is_empty() => match &client.shape {
                        Some(meant) => self.declared(meant, depth + 1)?,
                        None => return None,
                    },
                    (_, EntityKind::Union | EntityKind::AliasOther | EntityKind::ClientClass) => return None,
                    _ => Kinds::OBJECT,
                }
            }
            _ => return None,
        })
    }

    fn all(
        &self,
        members: &[Shape],
        depth: usize,
        kinds: fn(&Self, &Shape, usize) -> Option<Kinds>,
    ) -> Option<Kinds> {
        members
            .iter()
            .try_fold(Kinds::default(), |all, member| Some(all.union(kinds(self, member, depth + 1)?)))
    }
}

/// A JSON value of a shape.
fn example(shape: &Shape) -> &'static str {
    match shape {
        Shape::Bool => "true",
        Shape::Int(_) | Shape::Number => "7",
        Shape::Float => "7.5",
        Shape::Decimal => "\"12.50\"",
        Shape::Date => "\"2026-01-31\"",
        Shape::Time => "\"13:45:00\"",
        Shape::DateTime(_) => "\"2026-01-31T13:45:00Z\"",
        Shape::Duration => "\"PT1H\"",
        Shape::Uuid => "\"7d444840-9dc0-11d1-b245-5ffdce74fad2\"",
        Shape::List(_) | Shape::Vector => "[]",
        Shape::Map(..) | Shape::Object(_) | Shape::Ref(_) => "{}",
        _ => "\"text\"",
    }
}

/// Whether Pydantic refuses every value of the client's type for a field of a request, in its lax mode: strings that read as
/// numbers, booleans and dates pass, numbers for text do not (Pydantic, "Conversion table").
pub(crate) fn refuses(api: &Shape, mismatch: &Mismatch) -> bool {
    let scalar = Kinds::BOOL.union(Kinds::NUMBER).union(Kinds::STRING);
    let structured = Kinds::ARRAY.union(Kinds::OBJECT);
    match api {
        Shape::Text | Shape::Uuid | Shape::Literals(_) | Shape::Enum(_) => true,
        _ => {
            mismatch.carried.meets(scalar) != mismatch.declared.meets(scalar)
                || mismatch.carried.meets(structured) && mismatch.declared.meets(structured)
        }
    }
}
