//! A handler's signature -> parameters and bodies, those of its dependencies included.
//!
//! FastAPI 0.115, `fastapi/dependencies/utils.py`, `analyze_param`: a parameter is what its marker says (`Query()`, `Body()`,
//! `Depends()` ...); without one it is a path parameter if the path names it, a body if its type is not scalar, else a query
//! parameter.

use std::collections::HashSet;
use std::rc::Rc;

use alignment_model::code::{Call, Expr, ExprKind, Function, Literal};
use alignment_model::entity::{
    Completeness, DeclaredType, DefaultKind, DefaultValue, Field, FieldKind, Presence,
};
use alignment_model::shape::{DeclarationKey, Shape, Value as Scalar};
use alignment_model::{FileId, Known, Span, TextRange, Why};

use super::Reader;
use super::dependencies::Argument;
use super::markers::{Marker, Special, as_file};
use super::packages::PackageField;
use super::registry::{Endpoint, Route, Value};
use crate::python::Constant;
use crate::python::annotations::{Annotation, Place};
use crate::python::parent;

/// What a signature says.
pub(super) struct Signature {
    pub(super) fields: Vec<Field>,
    /// What could not be read.
    pub(super) lacks: Completeness,
}

/// Reads the signature of a route's handler and of everything it depends on. `path` is the whole path.
pub(super) fn read<'a>(
    reader: &Reader<'_, 'a>,
    route: &Route<'a>,
    path: &str,
    dependencies: &[Value<'a>],
) -> Signature {
    let mut collector = Collector {
        reader,
        path_names: path_names(path),
        fields: Vec::new(),
        embedded: false,
        lacks: Completeness::default(),
        seen: HashSet::new(),
        depth: 0,
        arguments: Rc::default(),
    };
    let own = route.option("dependencies").cloned().map_or(Vec::new(), Value::into_items);
    for dependency in dependencies.iter().chain(&own) {
        if let Value::Written(written) = dependency {
            collector.marked(Site { file: written.file, scope: &written.scope }, written.expr);
        }
    }
    match &route.endpoint {
        Endpoint::Function(key, function, bound) => collector.function(key, function, *bound),
        Endpoint::Package(package, arguments) => {
            package.fields.iter().for_each(|field| collector.package(field, arguments, route.span));
            let message = "the handler is in a package, and what its dependencies take is not known";
            collector.lacks.lacks(Why::ExternalName, message, Some(route.span));
        }
    }
    collector.finish()
}

/// The names between braces.
fn path_names(path: &str) -> Vec<Box<str>> {
    let after = path.split('{').skip(1);
    after.filter_map(|part| Some(part.split_once('}')?.0.split(':').next()?.into())).collect()
}

/// Where an expression is written.
#[derive(Clone, Copy)]
pub(super) struct Site<'s> {
    pub(super) file: FileId,
    pub(super) scope: &'s str,
}

/// One parameter, of a function or of a class that is used as one.
pub(super) struct Parameter<'e> {
    pub(super) name: &'e str,
    pub(super) annotation: Option<&'e Expr>,
    pub(super) default: Option<&'e Expr>,
    pub(super) span: Span,
}

pub(super) struct Collector<'c, 'n, 'a> {
    pub(super) reader: &'c Reader<'n, 'a>,
    path_names: Vec<Box<str>>,
    fields: Vec<Field>,
    /// Whether a body is embedded under its name even where it is the only one.
    embedded: bool,
    pub(super) lacks: Completeness,
    /// Functions and classes that were read.
    pub(super) seen: HashSet<(FileId, TextRange)>,
    pub(super) depth: u8,
    /// What the parameters of the dependency factory that is being read stand for.
    pub(super) arguments: Rc<Vec<Argument>>,
}

impl<'a> Collector<'_, '_, 'a> {
    /// The parameters of a function; the first is left out where it is bound.
    pub(super) fn function(&mut self, key: &DeclarationKey, function: &'a Function, bound: bool) {
        if !self.seen.insert((key.file, function.range)) {
            return;
        }
        let site = Site { file: key.file, scope: parent(&key.path) };
        // FastAPI takes `*args` and `**kwargs` for parameters of these names, required ones.
        for parameter in function.parameters.iter().skip(usize::from(bound)) {
            let parameter = Parameter {
                name: &parameter.name,
                annotation: parameter.annotation.as_ref().and_then(|annotation| annotation.expression()),
                default: parameter.default.as_ref(),
                span: parameter.range.in_file(key.file),
            };
            self.parameter(site, &parameter);
        }
    }

    /// One parameter.
    pub(super) fn parameter(&mut self, site: Site<'_>, parameter: &Parameter<'_>) {
        let annotation = parameter
            .annotation
            .map(|expr| self.reader.annotations.read(Place::new(site.file, site.scope), expr));
        let special = parameter.annotation.map_or(Special::None, |expr| self.special(site, expr, 0));
        if let Some(default) = parameter.default
            && let Some((default, home)) = self.looked_through(site, default)
            && let Some(marker) = self.marker(home, default)
        {
            return self.with_marker(site, home, parameter, annotation, &marker, special, true);
        }
        let metadata = annotation.as_ref().map(|annotation| annotation.metadata.clone()).unwrap_or_default();
        for piece in metadata.iter().rev() {
            let home = Site { file: piece.file, scope: &piece.scope };
            let Some((expr, home)) = self.looked_through(home, &piece.expr) else { continue };
            if let Some(marker) = self.marker(home, expr) {
                return self.with_marker(site, home, parameter, annotation, &marker, special, false);
            }
        }
        self.unmarked(site, parameter, annotation, special);
    }

    #[expect(clippy::too_many_arguments, reason = "one parameter as FastAPI sees it")]
    fn with_marker(
        &mut self,
        site: Site<'_>,
        home: Site<'_>,
        parameter: &Parameter<'_>,
        annotation: Option<Annotation>,
        marker: &Marker<'_>,
        special: Special,
        is_default: bool,
    ) {
        match marker {
            Marker::Depends(Some(target)) => self.dependency(home, target),
            Marker::Depends(None) => {
                if let Some(expr) = parameter.annotation {
                    self.dependency(site, self.bare(site, expr));
                }
            }
            Marker::Parameter(kind, call) => {
                if special == Special::Ignored {
                    return;
                }
                let default = if is_default {
                    call.keyword("default").or_else(|| call.positional().next())
                } else {
                    parameter.default
                };
                if let (FieldKind::Query | FieldKind::Header | FieldKind::Cookie, Some(found)) =
                    (*kind, &annotation)
                    && let Some(class) = self.parameter_model(&found.shape)
                {
                    return self.parameters_of(&class, *kind);
                }
                let annotation = annotation.map(|annotation| as_file(annotation, special));
                let mut field = self.field(
                    site,
                    parameter,
                    annotation,
                    *kind,
                    default.map(|d| (d, if is_default { home } else { site })),
                );
                if is_default && call.keyword("default_factory").is_some() {
                    field.presence = Known::Is(Presence::Defaulted);
                }
                self.name_on_the_wire(&mut field, home, call);
                if *kind == FieldKind::Body && call.keyword("embed").and_then(Expr::as_bool) == Some(true) {
                    self.embedded = true;
                }
                self.push(field);
            }
        }
    }

    /// A field of a class whose fields are parameters; `Field(...)` says its default and alias.
    pub(super) fn parameter_field(&mut self, site: Site<'_>, parameter: &Parameter<'_>, kind: FieldKind) {
        if parameter.name == "model_config" || parameter.name.starts_with('_') {
            return;
        }
        let annotation = parameter
            .annotation
            .map(|expr| self.reader.annotations.read(Place::new(site.file, site.scope), expr));
        let made = parameter.default.and_then(Expr::as_call);
        let default = match made {
            Some(call) => call.keyword("default").or_else(|| call.positional().next()),
            None => parameter.default,
        };
        let mut field = self.field(site, parameter, annotation, kind, default.map(|default| (default, site)));
        if let Some(call) = made {
            if call.keyword("default_factory").is_some() {
                field.presence = Known::Is(Presence::Defaulted);
            }
            self.name_on_the_wire(&mut field, site, call);
        } else if kind == FieldKind::Header {
            field.wire_name = Known::Is(field.name.replace('_', "-").into());
        }
        self.push(field);
    }

    /// A parameter without marker.
    fn unmarked(
        &mut self,
        site: Site<'_>,
        parameter: &Parameter<'_>,
        annotation: Option<Annotation>,
        special: Special,
    ) {
        if special == Special::Ignored {
            return;
        }
        let annotation = annotation.map(|annotation| as_file(annotation, special));
        let is_path = self.path_names.iter().any(|name| **name == *parameter.name);
        let complex = match &annotation {
            None => Some(false),
            Some(annotation) => self.is_complex(&annotation.shape),
        };
        let kind = match (is_path, special, complex) {
            (true, ..) => FieldKind::Path,
            (_, Special::Upload, _) => FieldKind::Form,
            (.., Some(true)) => FieldKind::Body,
            (.., Some(false)) => FieldKind::Query,
            (.., None) => {
                let message = format!("the type of parameter `{}` is not known", parameter.name);
                self.lacks.lacks(Why::ExternalName, message, Some(parameter.span));
                return;
            }
        };
        let field =
            self.field(site, parameter, annotation, kind, parameter.default.map(|default| (default, site)));
        self.push(field);
    }

    fn field(
        &self,
        site: Site<'_>,
        parameter: &Parameter<'_>,
        annotation: Option<Annotation>,
        kind: FieldKind,
        default: Option<(&Expr, Site<'_>)>,
    ) -> Field {
        // `...` says that there is no default.
        let default =
            default.filter(|(default, _)| !matches!(default.kind, ExprKind::Literal(Literal::Ellipsis)));
        let mut field = Field::new(parameter.name, kind, parameter.span);
        match (annotation, parameter.annotation) {
            (Some(annotation), Some(expr)) => {
                field.ty = DeclaredType::new(self.reader.written(site.file, expr), annotation.shape);
                field.nullable = annotation.nullable;
            }
            _ => {
                field.ty = DeclaredType::new("", Shape::Any);
                field.nullable = Known::Is(true);
            }
        }
        let presence = if default.is_some() && kind != FieldKind::Path {
            Presence::Defaulted
        } else {
            Presence::Required
        };
        field.presence = Known::Is(presence);
        if let Some((default, home)) = default {
            field.default = self.default_value(home, default);
            // Pydantic 1: a default of `None` makes the type optional.
            let is_none = matches!(&field.default, Known::Is(Some(default)) if default.kind == DefaultKind::Scalar(Scalar::Null));
            if is_none && self.reader.versions.of(self.reader.names.input(), site.file) == Some(1) {
                field.nullable = Known::Is(true);
            }
        }
        field
    }

    fn default_value(&self, site: Site<'_>, default: &Expr) -> Known<Option<DefaultValue>> {
        match self.reader.names.fold(site.file, site.scope, default) {
            Constant::Unknown(why) => Known::Unknown(why),
            constant => match constant.value() {
                Some(value) => {
                    let text = value.plain().into();
                    Known::Is(Some(DefaultValue { kind: DefaultKind::Scalar(value), text }))
                }
                None => Known::Unknown(Why::UnsupportedConstruct),
            },
        }
    }

    /// The alias of a parameter; a header's underscores are hyphens unless it says otherwise (FastAPI, "Header Parameters").
    /// `include_in_schema=False` leaves it out of the document (`fastapi/openapi/utils.py`, `_get_openapi_operation_parameters`).
    fn name_on_the_wire(&self, field: &mut Field, home: Site<'_>, call: &Call) {
        field.undescribed = call.keyword("include_in_schema").and_then(Expr::as_bool) == Some(false);
        let alias = call.keyword("alias").or_else(|| call.keyword("validation_alias"));
        if let Some(alias) = alias {
            let constant = self.reader.names.fold(home.file, home.scope, alias);
            field.wire_name = match constant.text() {
                Some(text) => Known::Is(text.into()),
                None if constant == Constant::None => return,
                None => Known::Unknown(Why::DynamicExpression),
            };
        } else if field.kind == FieldKind::Header
            && call.keyword("convert_underscores").and_then(Expr::as_bool) != Some(false)
        {
            field.wire_name = Known::Is(field.name.replace('_', "-").into());
        }
    }

    fn push(&mut self, field: Field) {
        let known = self.fields.iter().any(|own| own.kind == field.kind && own.name == field.name);
        if !known {
            self.fields.push(field);
        }
    }

    /// A parameter or body that a package's handler has.
    fn package(&mut self, field: &PackageField, arguments: &[Value<'_>], span: Span) {
        let text = |name: &str, kind: FieldKind| {
            let mut field = Field::new(name, kind, span);
            field.ty = DeclaredType::new("str", Shape::Text);
            (field.nullable, field.presence) = (Known::Is(false), Known::Is(Presence::Required));
            field
        };
        match field {
            PackageField::Path(name) => self.push(text(name, FieldKind::Path)),
            PackageField::BodyText(name) => {
                self.embedded = true;
                self.push(text(name, FieldKind::Body));
            }
            PackageField::PasswordForm => self.password_form(span),
            PackageField::Body(name, argument) => {
                let Some(Value::Written(written)) = arguments.get(*argument) else { return };
                let site = Site { file: written.file, scope: &written.scope };
                let parameter = Parameter { name, annotation: Some(written.expr), default: None, span };
                let annotation =
                    self.reader.annotations.read(Place::new(site.file, site.scope), written.expr);
                let field = self.field(site, &parameter, Some(annotation), FieldKind::Body, None);
                self.push(field);
            }
        }
    }

    /// FastAPI's `OAuth2PasswordRequestForm`.
    pub(super) fn password_form(&mut self, span: Span) {
        for (name, required) in [
            ("grant_type", false),
            ("username", true),
            ("password", true),
            ("scope", false),
            ("client_id", false),
            ("client_secret", false),
        ] {
            let mut field = Field::new(name, FieldKind::Form, span);
            let nullable = !required && name != "scope";
            field.ty = DeclaredType::new(if nullable { "str | None" } else { "str" }, Shape::Text);
            field.nullable = Known::Is(nullable);
            field.presence = Known::Is(if required { Presence::Required } else { Presence::Defaulted });
            self.push(field);
        }
    }

    /// A body alone is the whole body; several, or one that says so, are properties of it (FastAPI, "Body - Multiple
    /// Parameters"). The whole body has no name on the wire.
    fn finish(mut self) -> Signature {
        let bodies = self.fields.iter().filter(|field| field.kind == FieldKind::Body).count();
        if bodies == 1 && !self.embedded {
            for field in self.fields.iter_mut().filter(|field| field.kind == FieldKind::Body) {
                field.wire_name = Known::Is("".into());
            }
        }
        Signature { fields: self.fields, lacks: self.lacks }
    }
}
