//! Facts as compact text, for the tests of the lowering: close to Python, everything on one line, every operation in
//! parentheses. An unknown expression is `?`, a statement of which only the place is known is `??`.

use std::fmt::Write;

use alignment_model::code::{
    Argument, Assign, Class, Comprehension, EnumMember, Expr, ExprKind, FileFacts, Function, FunctionKind,
    If, Import, ImportTarget, Jump, Literal, MapEntry, MappedType, Operator, Parameter, ParameterKind,
    Statement, TemplatePart, TemplateTypePart, Try, TypeDecl, TypeDeclKind, TypeExpr, TypeKind, TypeMember,
    TypeMemberKind, TypeParameter,
};

/// The statements of a file.
pub(crate) fn show(facts: &FileFacts) -> String {
    statements(&facts.body)
}

fn statements(body: &[Statement]) -> String {
    join(body, "; ", statement)
}

fn block(body: &[Statement]) -> String {
    if body.is_empty() { "{}".into() } else { format!("{{ {} }}", statements(body)) }
}

fn join<T>(items: &[T], separator: &str, show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(separator)
}

fn statement(statement: &Statement) -> String {
    match statement {
        Statement::Import(import) => self::import(import),
        Statement::Export(export) => {
            format!("export {}", join(&export.names, ", ", |(name, value)| format!("{name}={}", expr(value))))
        }
        Statement::Class(class) => self::class(class),
        Statement::Function(function) => self::function(function),
        Statement::Type(ty) => type_declaration(ty),
        Statement::Assign(assign) => self::assign(assign),
        Statement::Expr(value) => expr(value),
        Statement::Return(value, _) => format!("return {}", optional(value.as_ref())),
        Statement::Raise(value, _) => format!("raise {}", optional(value.as_ref())),
        Statement::Assert(test) => format!("assert {}", expr(test)),
        Statement::Delete(value) => format!("del {}", expr(value)),
        Statement::If(branch) => self::branch(branch),
        Statement::For(each) => {
            format!("for {} in {} {}", expr(&each.target), expr(&each.iterable), block(&each.body))
        }
        Statement::While(inner) => format!("while {} {}", optional(inner.head.as_ref()), block(&inner.body)),
        Statement::With(with) => {
            let item = |(value, bound): &(Expr, Option<Expr>)| match bound {
                Some(bound) => format!("{} as {}", expr(value), expr(bound)),
                None => expr(value),
            };
            format!("with {} {}", join(&with.items, ", ", item), block(&with.body))
        }
        Statement::Try(inner) => self::guarded(inner),
        Statement::Jump(Jump::Break, _) => "break".into(),
        Statement::Jump(Jump::Continue, _) => "continue".into(),
        Statement::Unknown(_) => "??".into(),
    }
}

fn import(import: &Import) -> String {
    let name = |name: &alignment_model::code::ImportedName| match &name.target {
        ImportTarget::Member(member) => format!("{member} as {}", name.local),
        ImportTarget::Module(module) => format!("module {module} as {}", name.local),
        ImportTarget::All => "*".into(),
    };
    let types = if import.type_only { "type " } else { "" };
    let export = if import.reexport { "re" } else { "" };
    let dots = ".".repeat(import.level.into());
    format!("{export}import {types}{dots}{} ({})", import.module, join(&import.names, ", ", name))
}

fn class(class: &Class) -> String {
    let bases = arguments(&class.bases);
    let decorators = decorators(&class.decorators);
    let implements = match class.implements.is_empty() {
        true => String::new(),
        false => format!(" implements {}", types(&class.implements)),
    };
    format!(
        "{decorators}class {}{}({bases}{}){implements} {}",
        class.name,
        type_parameters(&class.type_parameters),
        angled(&class.base_type_arguments),
        block(&class.body)
    )
}

fn decorators(decorators: &[Expr]) -> String {
    decorators.iter().fold(String::new(), |mut out, decorator| {
        let _ = write!(out, "@{} ", expr(decorator));
        out
    })
}

fn function(function: &Function) -> String {
    let is_async = if function.is_async { "async " } else { "" };
    let returns = function.returns.as_ref().map(|ty| format!(" -> {}", type_expr(ty))).unwrap_or_default();
    let kind = match function.kind {
        FunctionKind::Plain | FunctionKind::Constructor => "",
        FunctionKind::Getter => "get ",
        FunctionKind::Setter => "set ",
        FunctionKind::Static => "static ",
        FunctionKind::Signature => "signature ",
    };
    format!(
        "{}{kind}{is_async}def {}{}({}){returns} {}",
        decorators(&function.decorators),
        function.name,
        type_parameters(&function.type_parameters),
        join(&function.parameters, ", ", parameter),
        block(&function.body)
    )
}

fn parameter(parameter: &Parameter) -> String {
    let kind = match parameter.kind {
        ParameterKind::Plain => "",
        ParameterKind::KeywordOnly => "kw ",
        ParameterKind::Rest => "*",
        ParameterKind::KeywordRest => "**",
    };
    let pattern = parameter.pattern.as_ref().map(expr).unwrap_or_default();
    let ty = parameter.annotation.as_ref().map(|ty| format!(": {}", type_expr(ty))).unwrap_or_default();
    let default = parameter.default.as_ref().map(|value| format!(" = {}", expr(value))).unwrap_or_default();
    let optional = if parameter.optional { "?" } else { "" };
    format!("{kind}{}{pattern}{optional}{ty}{default}", parameter.name)
}

fn type_parameters(parameters: &[TypeParameter]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let one = |parameter: &TypeParameter| {
        let bound = parameter.bound.as_ref().map(|ty| format!(": {}", type_expr(ty))).unwrap_or_default();
        let default =
            parameter.default.as_ref().map(|ty| format!(" = {}", type_expr(ty))).unwrap_or_default();
        format!("{}{bound}{default}", parameter.name)
    };
    format!("[{}]", join(parameters, ", ", one))
}

fn type_declaration(declaration: &TypeDecl) -> String {
    match &declaration.kind {
        TypeDeclKind::Alias(ty) => {
            format!(
                "type {}{} = {}",
                declaration.name,
                type_parameters(&declaration.type_parameters),
                type_expr(ty)
            )
        }
        TypeDeclKind::Interface { extends, members } => {
            let extends = match extends.is_empty() {
                true => String::new(),
                false => format!(" extends {}", types(extends)),
            };
            let parameters = type_parameters(&declaration.type_parameters);
            format!("interface {}{parameters}{extends} {}", declaration.name, object(members))
        }
        TypeDeclKind::Enum { members } => {
            let member = |member: &EnumMember| match &member.value {
                Some(value) => format!("{} = {}", member.name, expr(value)),
                None => member.name.to_string(),
            };
            format!("enum {} {{ {} }}", declaration.name, join(members, ", ", member))
        }
        TypeDeclKind::Namespace(body) => format!("namespace {} {}", declaration.name, block(body)),
    }
}

fn assign(assign: &Assign) -> String {
    let ty = assign.annotation.as_ref().map(|ty| format!(": {}", type_expr(ty))).unwrap_or_default();
    let operator = assign.operator.map(operator).unwrap_or_default();
    let value =
        assign.value.as_ref().map(|value| format!(" {operator}= {}", expr(value))).unwrap_or_default();
    let words = [
        (assign.modifiers.ambient, "declare "),
        (assign.modifiers.exported, "export "),
        (assign.modifiers.private, "private "),
        (assign.modifiers.is_static, "static "),
        (assign.modifiers.readonly, "readonly "),
        (assign.modifiers.is_const, "const "),
    ];
    let words: String = words.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    let optional = if assign.modifiers.optional { "?" } else { "" };
    format!("{}{words}{}{optional}{ty}{value}", decorators(&assign.decorators), expr(&assign.target))
}

fn branch(branch: &If) -> String {
    let otherwise = if branch.otherwise.is_empty() {
        String::new()
    } else {
        format!(" else {}", block(&branch.otherwise))
    };
    format!("if {} {}{otherwise}", expr(&branch.test), block(&branch.then))
}

fn guarded(inner: &Try) -> String {
    let mut out = format!("try {}", block(&inner.body));
    for (caught, body) in &inner.handlers {
        let _ = write!(out, " except {} {}", optional(caught.as_ref()), block(body));
    }
    for (word, body) in [("else", &inner.otherwise), ("finally", &inner.finally)] {
        if !body.is_empty() {
            let _ = write!(out, " {word} {}", block(body));
        }
    }
    out
}

fn type_expr(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeKind::Expression(inner) => expr(inner),
        TypeKind::Name { path, arguments } => format!("{}{}", path.join("."), angled(arguments)),
        TypeKind::Literal(value) => literal(value),
        TypeKind::Object(members) => object(members),
        TypeKind::Array(element) => format!("{}[]", type_expr(element)),
        TypeKind::Tuple(elements) => format!("[{}]", types(elements)),
        TypeKind::Union(members) => format!("({})", join(members, " | ", type_expr)),
        TypeKind::Intersection(members) => format!("({})", join(members, " & ", type_expr)),
        TypeKind::Function(returns) => {
            format!("fn {}", returns.as_ref().map_or_else(|| "?".to_owned(), |ty| type_expr(ty)))
        }
        TypeKind::TypeOf(value) => format!("typeof {}", expr(value)),
        TypeKind::KeyOf(inner) => format!("keyof {}", type_expr(inner)),
        TypeKind::Indexed(object, index) => format!("{}[{}]", type_expr(object), type_expr(index)),
        TypeKind::Mapped(mapped) => self::mapped(mapped),
        TypeKind::Template(parts) => format!("`{}`", join(parts, "", template_type_part)),
        TypeKind::Import { module, path, arguments } => {
            format!("import({module}).{}{}", path.join("."), angled(arguments))
        }
        TypeKind::Conditional(parts) => {
            let [left, right, then, otherwise] = parts.each_ref().map(type_expr);
            format!("({left} extends {right} ? {then} : {otherwise})")
        }
        TypeKind::Unknown => "?".into(),
    }
}

fn types(types: &[TypeExpr]) -> String {
    join(types, ", ", type_expr)
}

fn angled(arguments: &[TypeExpr]) -> String {
    if arguments.is_empty() { String::new() } else { format!("<{}>", types(arguments)) }
}

fn object(members: &[TypeMember]) -> String {
    format!("{{{}}}", join(members, "; ", |member| type_member(&member.kind)))
}

fn type_member(member: &TypeMemberKind) -> String {
    let mark = |optional: bool| if optional { "?" } else { "" };
    let ty = |ty: &Option<TypeExpr>| ty.as_ref().map(|ty| format!(": {}", type_expr(ty))).unwrap_or_default();
    match member {
        TypeMemberKind::Property { name, ty: declared, optional, readonly } => {
            let readonly = if *readonly { "readonly " } else { "" };
            format!("{readonly}{name}{}{}", mark(*optional), ty(declared))
        }
        TypeMemberKind::Method { name, returns, optional } => {
            format!("{name}{}(){}", mark(*optional), ty(returns))
        }
        TypeMemberKind::Index { key, value } => format!("[{}]: {}", type_expr(key), type_expr(value)),
        TypeMemberKind::Computed { key, ty: declared, optional } => {
            format!("[{}]{}{}", expr(key), mark(*optional), ty(declared))
        }
        TypeMemberKind::Other => "?".into(),
    }
}

fn mapped(mapped: &MappedType) -> String {
    let rename = mapped.rename.as_ref().map(|ty| format!(" as {}", type_expr(ty))).unwrap_or_default();
    let optional = match mapped.optional {
        Some(true) => "?",
        Some(false) => "-?",
        None => "",
    };
    let value = mapped.value.as_ref().map_or_else(|| "?".to_owned(), type_expr);
    format!("{{{} in {}{rename}{optional}: {value}}}", mapped.parameter, type_expr(&mapped.keys))
}

fn template_type_part(part: &TemplateTypePart) -> String {
    match part {
        TemplateTypePart::Text(text) => text.to_string(),
        TemplateTypePart::Type(ty) => format!("{{{}}}", type_expr(ty)),
    }
}

fn optional(value: Option<&Expr>) -> String {
    value.map(expr).unwrap_or_default()
}

fn items(values: &[Expr]) -> String {
    join(values, ", ", expr)
}

fn arguments(arguments: &[Argument]) -> String {
    join(arguments, ", ", |argument| match &argument.keyword {
        Some(keyword) => format!("{keyword}={}", expr(&argument.value)),
        None => expr(&argument.value),
    })
}

/// One expression.
pub(crate) fn expr(value: &Expr) -> String {
    match &value.kind {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Literal(literal) => self::literal(literal),
        ExprKind::Member(object, name) => format!("{}.{name}", expr(object)),
        ExprKind::Index(object, index) => format!("{}[{}]", expr(object), expr(index)),
        ExprKind::Slice(parts) => {
            let parts: Vec<String> =
                parts.iter().map(|part| part.as_ref().map(expr).unwrap_or_default()).collect();
            parts.join(":")
        }
        ExprKind::Call(call) => format!(
            "{}{}{}({})",
            if call.is_new { "new " } else { "" },
            expr(&call.callee),
            angled(&call.type_arguments),
            arguments(&call.arguments)
        ),
        ExprKind::List(values) => format!("[{}]", items(values)),
        ExprKind::Tuple(values) => format!("({},)", items(values)),
        ExprKind::Map(entries) => format!("{{{}}}", join(entries, ", ", entry)),
        ExprKind::Template(parts) => format!("f\"{}\"", join(parts, "", template_part)),
        ExprKind::Binary(operator, left, right) => {
            format!("({} {} {})", expr(left), self::operator(*operator), expr(right))
        }
        ExprKind::Unary(operator, inner) => format!("({} {})", self::operator(*operator), expr(inner)),
        ExprKind::Conditional(parts) => {
            format!("({} if {} else {})", expr(&parts[1]), expr(&parts[0]), expr(&parts[2]))
        }
        ExprKind::Function(inner) => format!("<{}>", function(inner)),
        ExprKind::Comprehension(inner) => comprehension(inner),
        ExprKind::Await(inner) => format!("await {}", expr(inner)),
        ExprKind::Spread(inner) => format!("*{}", expr(inner)),
        ExprKind::Walrus(name, inner) => format!("({name} := {})", expr(inner)),
        ExprKind::As(inner, ty) => format!("({} as {})", expr(inner), type_expr(ty)),
        ExprKind::Markup(inner) => format!("<markup {}>", items(inner)),
        ExprKind::Class(inner) => class(inner),
        ExprKind::Unknown => "?".into(),
    }
}

fn comprehension(inner: &Comprehension) -> String {
    let mut out = format!("[{}{}", if inner.is_map { "map " } else { "" }, expr(&inner.element));
    for (target, iterable, conditions) in &inner.clauses {
        let _ = write!(out, " for {} in {}", expr(target), expr(iterable));
        for condition in conditions {
            let _ = write!(out, " if {}", expr(condition));
        }
    }
    out + "]"
}

fn entry(entry: &MapEntry) -> String {
    match entry {
        MapEntry::Pair(key, value) => format!("{}: {}", expr(key), expr(value)),
        MapEntry::Spread(inner) => format!("**{}", expr(inner)),
        MapEntry::Method(method) => function(method),
    }
}

fn template_part(part: &TemplatePart) -> String {
    match part {
        TemplatePart::Text(text) => text.to_string(),
        TemplatePart::Expr { value, formatted } => {
            format!("{{{}{}}}", expr(value), if *formatted { "!" } else { "" })
        }
    }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Bytes(text) => format!("b{text:?}"),
        Literal::Int(value) => value.to_string(),
        Literal::Number(value) => format!("#{value}"),
        Literal::Bool(value) => value.to_string(),
        Literal::Null => "None".into(),
        Literal::Undefined => "undefined".into(),
        Literal::Ellipsis => "...".into(),
        Literal::Regex(text) => text.to_string(),
    }
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Power => "**",
        Operator::Divide => "/",
        Operator::Modulo => "%",
        Operator::Or => "|",
        Operator::And => "&",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::In => "in",
        Operator::NotIn => "not in",
        Operator::Is => "is",
        Operator::IsNot => "is not",
        Operator::BooleanAnd => "and",
        Operator::BooleanOr => "or",
        Operator::Coalesce => "??",
        Operator::Not => "not",
        Operator::Negate => "-",
        Operator::Other => "op",
    }
}
