//! The kinds and fields of the TypeScript and TSX grammars that the lowering reads, as numbers.
//!
//! Deliberately absent: tokens. The few that say something (`static`, `?`, `const`) are compared by their text.

use std::sync::LazyLock;

use alignment_model::code::Language;
use tree_sitter::Node;

use crate::tree::{field_number, kinds};

kinds!(Kind, kind_table, {
    // Statements and declarations.
    AmbientDeclaration = "ambient_declaration",
    ClassDeclaration = "class_declaration",
    AbstractClassDeclaration = "abstract_class_declaration",
    EnumDeclaration = "enum_declaration",
    ImportAlias = "import_alias",
    InterfaceDeclaration = "interface_declaration",
    InternalModule = "internal_module",
    Module = "module",
    TypeAliasDeclaration = "type_alias_declaration",
    StatementBlock = "statement_block",
    LabeledStatement = "labeled_statement",
    IfStatement = "if_statement",
    ElseClause = "else_clause",
    SwitchStatement = "switch_statement",
    SwitchCase = "switch_case",
    SwitchDefault = "switch_default",
    ForInStatement = "for_in_statement",
    ReturnStatement = "return_statement",
    VariableDeclarator = "variable_declarator",
    EmptyStatement = "empty_statement",
    // Modules.
    ImportClause = "import_clause",
    ImportRequireClause = "import_require_clause",
    ImportSpecifier = "import_specifier",
    NamedImports = "named_imports",
    NamespaceImport = "namespace_import",
    NamespaceExport = "namespace_export",
    ExportClause = "export_clause",
    ExportSpecifier = "export_specifier",
    // Classes and functions.
    AccessibilityModifier = "accessibility_modifier",
    ClassHeritage = "class_heritage",
    ExtendsClause = "extends_clause",
    ExtendsTypeClause = "extends_type_clause",
    ImplementsClause = "implements_clause",
    Decorator = "decorator",
    FieldDefinition = "public_field_definition",
    MethodDefinition = "method_definition",
    MethodSignature = "method_signature",
    AbstractMethodSignature = "abstract_method_signature",
    FunctionSignature = "function_signature",
    FormalParameters = "formal_parameters",
    RequiredParameter = "required_parameter",
    OptionalParameter = "optional_parameter",
    TypeParameter = "type_parameter",
    // Names.
    Identifier = "identifier",
    PropertyIdentifier = "property_identifier",
    PrivatePropertyIdentifier = "private_property_identifier",
    ShorthandProperty = "shorthand_property_identifier",
    ShorthandPropertyPattern = "shorthand_property_identifier_pattern",
    ComputedPropertyName = "computed_property_name",
    NestedIdentifier = "nested_identifier",
    // Expressions.
    Array = "array",
    ArrowFunction = "arrow_function",
    AsExpression = "as_expression",
    AssignmentExpression = "assignment_expression",
    AugmentedAssignment = "augmented_assignment_expression",
    AwaitExpression = "await_expression",
    BinaryExpression = "binary_expression",
    CallExpression = "call_expression",
    Class = "class",
    False = "false",
    FunctionExpression = "function_expression",
    GeneratorFunction = "generator_function",
    Import = "import",
    InstantiationExpression = "instantiation_expression",
    MemberExpression = "member_expression",
    MetaProperty = "meta_property",
    NewExpression = "new_expression",
    NonNullExpression = "non_null_expression",
    Null = "null",
    Number = "number",
    Object = "object",
    Pair = "pair",
    ParenthesizedExpression = "parenthesized_expression",
    Regex = "regex",
    SatisfiesExpression = "satisfies_expression",
    SequenceExpression = "sequence_expression",
    SpreadElement = "spread_element",
    String = "string",
    StringFragment = "string_fragment",
    EscapeSequence = "escape_sequence",
    SubscriptExpression = "subscript_expression",
    Super = "super",
    TemplateString = "template_string",
    TemplateSubstitution = "template_substitution",
    TernaryExpression = "ternary_expression",
    This = "this",
    True = "true",
    TypeAssertion = "type_assertion",
    UnaryExpression = "unary_expression",
    Undefined = "undefined",
    UpdateExpression = "update_expression",
    YieldExpression = "yield_expression",
    // Patterns.
    ArrayPattern = "array_pattern",
    AssignmentPattern = "assignment_pattern",
    ObjectAssignmentPattern = "object_assignment_pattern",
    ObjectPattern = "object_pattern",
    PairPattern = "pair_pattern",
    RestPattern = "rest_pattern",
    // JSX.
    JsxElement = "jsx_element",
    JsxSelfClosingElement = "jsx_self_closing_element",
    JsxExpression = "jsx_expression",
    // Types.
    ArrayType = "array_type",
    Asserts = "asserts",
    AssertsAnnotation = "asserts_annotation",
    CallSignature = "call_signature",
    ConditionalType = "conditional_type",
    ConstructorType = "constructor_type",
    EnumAssignment = "enum_assignment",
    FunctionType = "function_type",
    GenericType = "generic_type",
    IndexSignature = "index_signature",
    IndexTypeQuery = "index_type_query",
    IntersectionType = "intersection_type",
    LiteralType = "literal_type",
    LookupType = "lookup_type",
    MappedTypeClause = "mapped_type_clause",
    NestedTypeIdentifier = "nested_type_identifier",
    ObjectType = "object_type",
    OptionalType = "optional_type",
    ParenthesizedType = "parenthesized_type",
    PredefinedType = "predefined_type",
    PropertySignature = "property_signature",
    ReadonlyType = "readonly_type",
    RestType = "rest_type",
    TemplateLiteralType = "template_literal_type",
    TemplateType = "template_type",
    ThisType = "this_type",
    TupleType = "tuple_type",
    TypeIdentifier = "type_identifier",
    TypePredicate = "type_predicate",
    TypePredicateAnnotation = "type_predicate_annotation",
    TypeQuery = "type_query",
    UnionType = "union_type",
});

/// Declares the fields that are read, each with its name in the grammar.
macro_rules! fields {
    ($($field:ident = $text:literal),* $(,)?) => {
        /// A named place among the children of a node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $($field),* }
        const FIELDS: &[&str] = &[$($text),*];
    };
}

fields! {
    Alias = "alias", Alternative = "alternative", Argument = "argument", Arguments = "arguments", Body = "body",
    Condition = "condition", Consequence = "consequence", Constraint = "constraint", Constructor = "constructor",
    Finalizer = "finalizer", Function = "function", Handler = "handler", Index = "index",
    IndexType = "index_type", Key = "key", Left = "left", Name = "name", Object = "object",
    Operator = "operator", Parameter = "parameter", Parameters = "parameters", Pattern = "pattern",
    Property = "property", ReturnType = "return_type", Right = "right", Source = "source", Type = "type",
    TypeArguments = "type_arguments", TypeParameters = "type_parameters", Value = "value",
}

/// Numbers of kinds and fields of one of the two grammars.
pub(super) struct Grammar {
    kinds: Box<[Kind]>,
    fields: Box<[u16]>,
}

impl Grammar {
    /// The tables of a language; anything but TSX is TypeScript.
    pub(super) fn of(language: Language) -> &'static Grammar {
        static TABLES: [LazyLock<Grammar>; 2] = [
            LazyLock::new(|| Grammar::new(Language::TypeScript)),
            LazyLock::new(|| Grammar::new(Language::Tsx)),
        ];
        &TABLES[usize::from(language == Language::Tsx)]
    }

    fn new(language: Language) -> Self {
        let fields = FIELDS.iter().map(|name| field_number(language, name)).collect();
        Self { kinds: kind_table(language), fields }
    }

    /// What a node is. ERROR nodes, tokens and unlisted kinds are [`Kind::Other`].
    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        let kind = self.kinds.get(usize::from(node.kind_id())).copied();
        kind.unwrap_or(Kind::Other)
    }

    /// The first child in a field.
    pub(super) fn field<'t>(&self, node: Node<'t>, field: Field) -> Option<Node<'t>> {
        crate::tree::field(node, self.fields[field as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_field_is_one_of_the_grammar() {
        // `type_assertion` exists only without JSX, the JSX kinds only with it.
        let of = |language| Grammar::of(language).kinds.clone();
        let known = [of(Language::TypeScript), of(Language::Tsx)].concat();
        for (name, kind) in KIND_NAMES {
            assert!(known.contains(kind), "{name} is no kind of either grammar");
        }
        for (name, number) in FIELDS.iter().zip(&Grammar::of(Language::Tsx).fields) {
            assert_ne!(*number, 0, "{name} is no field of the grammar");
        }
    }
}
