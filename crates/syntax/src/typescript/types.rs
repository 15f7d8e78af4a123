//! Types as written.

use alignment_model::code::{
    ExprKind, Literal, MappedType, TemplateTypePart, TypeExpr, TypeKind, TypeParameter,
};
use tree_sitter::Node;

use super::grammar::{Field, Kind};
use super::literals;
use super::lowering::Lowering;
use crate::tree::range;

impl<'t> Lowering<'_, 't> {
    /// The type of an annotation (`: T`), if there is one.
    pub(super) fn annotation(&mut self, annotation: Option<Node<'t>>) -> Option<TypeExpr> {
        let annotation = annotation?;
        let named = |path: &str| TypeKind::Name { path: vec![path.into()], arguments: Vec::new() };
        let kind = match self.kind(annotation) {
            // `x is T` answers with a boolean, `asserts x` with nothing.
            Kind::TypePredicateAnnotation => named("boolean"),
            Kind::AssertsAnnotation => named("void"),
            _ => {
                let ty = self.first(annotation)?;
                return Some(self.type_expr(ty));
            }
        };
        Some(TypeExpr { kind, range: range(annotation) })
    }

    /// The types between `<` and `>`.
    pub(super) fn type_arguments(&mut self, node: Node<'t>) -> Vec<TypeExpr> {
        let Some(arguments) = self.field(node, Field::TypeArguments) else { return Vec::new() };
        self.types_in(arguments)
    }

    pub(super) fn types_in(&mut self, node: Node<'t>) -> Vec<TypeExpr> {
        let types = self.named(node);
        types.into_iter().map(|ty| self.type_expr(ty)).collect()
    }

    pub(super) fn type_parameters(&mut self, node: Node<'t>) -> Vec<TypeParameter> {
        let Some(list) = self.field(node, Field::TypeParameters) else { return Vec::new() };
        let mut parameters = self.named(list);
        parameters.retain(|parameter| self.kind(*parameter) == Kind::TypeParameter);
        parameters
            .into_iter()
            .map(|parameter| TypeParameter {
                name: self.field_text(parameter, Field::Name).into(),
                bound: self.annotation(self.field(parameter, Field::Constraint)),
                default: self.annotation(self.field(parameter, Field::Value)),
            })
            .collect()
    }

    /// A type. Parentheses and `readonly` are looked through.
    pub(super) fn type_expr(&mut self, node: Node<'t>) -> TypeExpr {
        let mut node = node;
        while matches!(self.kind(node), Kind::ParenthesizedType | Kind::ReadonlyType) {
            let Some(inner) = self.first(node) else { break };
            node = inner;
        }
        let mut kind = TypeKind::Unknown;
        if self.enter(node) {
            kind = self.type_kind(node);
            self.leave(1);
        }
        TypeExpr { kind, range: range(node) }
    }

    fn type_kind(&mut self, node: Node<'t>) -> TypeKind {
        match self.kind(node) {
            Kind::TypeIdentifier | Kind::NestedTypeIdentifier => self.type_name(node, Vec::new()),
            Kind::PredefinedType | Kind::ThisType => self.keyword_type(node),
            Kind::GenericType => {
                let arguments = self.type_arguments(node);
                match self.field(node, Field::Name) {
                    Some(name) => self.type_name(name, arguments),
                    None => TypeKind::Unknown,
                }
            }
            Kind::LiteralType => self.literal_type(node),
            Kind::ObjectType => self.object_type(node),
            Kind::ArrayType => self.boxed(node, TypeKind::Array),
            Kind::TupleType => self.tuple(node),
            Kind::UnionType => self.members_of(node, Kind::UnionType, TypeKind::Union),
            Kind::IntersectionType => self.members_of(node, Kind::IntersectionType, TypeKind::Intersection),
            Kind::FunctionType => self.function_type(node, Field::ReturnType),
            Kind::ConstructorType => self.function_type(node, Field::Type),
            Kind::TypeQuery => match self.first(node) {
                Some(value) => TypeKind::TypeOf(Box::new(self.expression(value))),
                None => TypeKind::Unknown,
            },
            Kind::IndexTypeQuery => self.boxed(node, TypeKind::KeyOf),
            Kind::LookupType => self.lookup_type(node),
            Kind::TemplateLiteralType => self.template_type(node),
            Kind::ConditionalType => self.conditional_type(node),
            Kind::MemberExpression | Kind::CallExpression => self.import_type(node),
            _ if self.text(node) == "const" => self.keyword_type(node),
            _ => TypeKind::Unknown,
        }
    }

    /// `string`, `this`; `unique symbol` is a symbol.
    fn keyword_type(&mut self, node: Node<'t>) -> TypeKind {
        let text = self.text(node);
        let text = if text.starts_with("unique") { "symbol" } else { text };
        TypeKind::Name { path: vec![text.into()], arguments: Vec::new() }
    }

    /// `A`, `ns.A`; with the module if it was written as `import("m").A` and repaired.
    fn type_name(&mut self, node: Node<'t>, arguments: Vec<TypeExpr>) -> TypeKind {
        let path = self.text(node).split('.').map(|segment| segment.trim().into()).collect();
        let start = node.start_byte();
        match self.import_types.binary_search_by_key(&start, |import| import.before) {
            Ok(at) => TypeKind::Import { module: self.import_types[at].module.clone(), path, arguments },
            Err(_) => TypeKind::Name { path, arguments },
        }
    }

    /// A wrapper of the one type inside.
    fn boxed(&mut self, node: Node<'t>, wrap: fn(Box<TypeExpr>) -> TypeKind) -> TypeKind {
        match self.first(node) {
            Some(inner) => wrap(Box::new(self.type_expr(inner))),
            None => TypeKind::Unknown,
        }
    }

    fn literal_type(&mut self, node: Node<'t>) -> TypeKind {
        let Some(literal) = self.first(node) else { return TypeKind::Unknown };
        match self.kind(literal) {
            Kind::String => TypeKind::Literal(Literal::Text(self.string(literal))),
            Kind::Number | Kind::UnaryExpression => TypeKind::Literal(literals::number(self.text(literal))),
            Kind::True => TypeKind::Literal(Literal::Bool(true)),
            Kind::False => TypeKind::Literal(Literal::Bool(false)),
            _ => self.keyword_type(literal),
        }
    }

    /// `{ a: T }`, or a mapped type, which is an index signature with `in`.
    fn object_type(&mut self, node: Node<'t>) -> TypeKind {
        let members = self.named(node);
        if let [only] = members[..]
            && self.kind(only) == Kind::IndexSignature
        {
            let clause = self.named(only).into_iter().find(|c| self.kind(*c) == Kind::MappedTypeClause);
            if let Some(clause) = clause {
                return self.mapped_type(only, clause);
            }
        }
        TypeKind::Object(self.type_members(node))
    }

    fn mapped_type(&mut self, signature: Node<'t>, clause: Node<'t>) -> TypeKind {
        let Some(keys) = self.field(clause, Field::Type) else { return TypeKind::Unknown };
        let annotation = self.field(signature, Field::Type);
        let optional = match annotation.map(|annotation| annotation.kind()) {
            Some("omitting_type_annotation") => Some(false),
            Some("adding_type_annotation" | "opting_type_annotation") => Some(true),
            _ => None,
        };
        TypeKind::Mapped(Box::new(MappedType {
            parameter: self.field_text(clause, Field::Name).into(),
            keys: self.type_expr(keys),
            rename: self.field(clause, Field::Alias).map(|rename| self.type_expr(rename)),
            value: self.annotation(annotation),
            optional,
        }))
    }

    /// The types of the elements; labels, `?` and `...` are looked through.
    fn tuple(&mut self, node: Node<'t>) -> TypeKind {
        let mut elements = Vec::new();
        for element in self.named(node) {
            let label = self.field(element, Field::Name);
            let mut rest = label.is_some_and(|label| self.kind(label) == Kind::RestPattern);
            let mut ty = match self.kind(element) {
                Kind::RequiredParameter | Kind::OptionalParameter => {
                    self.annotation(self.field(element, Field::Type))
                }
                Kind::OptionalType => self.first(element).map(|inner| self.type_expr(inner)),
                Kind::RestType => {
                    rest = true;
                    self.first(element).map(|inner| self.type_expr(inner))
                }
                _ => Some(self.type_expr(element)),
            };
            if rest && let Some(TypeExpr { kind: TypeKind::Array(inner), .. }) = ty {
                ty = Some(*inner);
            }
            elements.extend(ty);
        }
        TypeKind::Tuple(elements)
    }

    /// `A | B | C`, which the grammar nests to the left as deep as it is long.
    fn members_of(&mut self, node: Node<'t>, kind: Kind, wrap: fn(Vec<TypeExpr>) -> TypeKind) -> TypeKind {
        let mut members = Vec::new();
        let mut left = Some(node);
        while let Some(node) = left.take() {
            let mut parts = self.named(node);
            members.extend(if parts.len() > 1 { parts.pop() } else { None });
            let Some(first) = parts.pop() else { continue };
            if self.kind(first) == kind {
                left = Some(first);
            } else {
                members.push(first);
            }
        }
        members.reverse();
        // `new () => A | B` makes an `A | B`, but the grammar ends the constructor type before the bar.
        if members.first().is_some_and(|first| self.kind(*first) == Kind::ConstructorType) {
            return TypeKind::Function(None);
        }
        wrap(members.into_iter().map(|member| self.type_expr(member)).collect())
    }

    fn function_type(&mut self, node: Node<'t>, returns: Field) -> TypeKind {
        let returns = self.field(node, returns);
        let plain = returns.filter(|ty| !matches!(self.kind(*ty), Kind::Asserts | Kind::TypePredicate));
        TypeKind::Function(plain.map(|ty| Box::new(self.type_expr(ty))))
    }

    fn lookup_type(&mut self, node: Node<'t>) -> TypeKind {
        match self.named(node)[..] {
            [object, index] => {
                TypeKind::Indexed(Box::new(self.type_expr(object)), Box::new(self.type_expr(index)))
            }
            _ => TypeKind::Unknown,
        }
    }

    fn template_type(&mut self, node: Node<'t>) -> TypeKind {
        let mut parts = Vec::new();
        for part in self.named(node) {
            match self.kind(part) {
                Kind::TemplateType => {
                    if let Some(inner) = self.first(part) {
                        parts.push(TemplateTypePart::Type(self.type_expr(inner)));
                    }
                }
                _ => parts.push(TemplateTypePart::Text(literals::cooked(self.text(part)).into())),
            }
        }
        TypeKind::Template(parts)
    }

    fn conditional_type(&mut self, node: Node<'t>) -> TypeKind {
        let fields = [Field::Left, Field::Right, Field::Consequence, Field::Alternative];
        let parts = fields.map(|field| self.field(node, field));
        let [Some(left), Some(right), Some(then), Some(otherwise)] = parts else { return TypeKind::Unknown };
        let parts = [left, right, then, otherwise].map(|part| self.type_expr(part));
        TypeKind::Conditional(Box::new(parts))
    }

    /// `import("m")`, `import("m").A.B`.
    pub(super) fn import_type(&mut self, node: Node<'t>) -> TypeKind {
        let mut path: Vec<Box<str>> = Vec::new();
        let mut node = node;
        while self.kind(node) == Kind::MemberExpression {
            // The fields of these nodes are not reliable in the grammar.
            let [object, property] = self.named(node)[..] else { return TypeKind::Unknown };
            path.push(self.text(property).into());
            node = object;
        }
        path.reverse();
        let call = self.expression(node);
        let module = call.as_call().filter(|call| call.callee.as_name() == Some("import"));
        match module.and_then(|call| call.positional().next()).map(|module| &module.kind) {
            Some(ExprKind::Literal(Literal::Text(module))) => {
                TypeKind::Import { module: module.clone(), path, arguments: Vec::new() }
            }
            _ => TypeKind::Unknown,
        }
    }
}
