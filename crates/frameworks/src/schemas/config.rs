//! The configuration of a Pydantic model, with what it inherits.
//!
//! Rules: Pydantic 2, "Configuration" (`ConfigWrapper.for_model`: each direct base in order, then the class's own) and
//! Pydantic 1.10, "Model Config" (`inherit_config`: bases from last to first). Deliberately absent: settings that change
//! no name, type or presence on the wire.

use std::rc::Rc;

use alignment_model::code::{Class, Expr, ExprKind, MapEntry, Operator};
use alignment_model::entity::ExtraKeys;
use alignment_model::shape::DeclarationKey;

use super::Reader;
use super::alias::Generator;
use super::encoders::Encoders;
use crate::python::{Binding, Constant, Target, parent};

/// What a model's configuration says.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// `from_attributes`.
    from_attributes: bool,
    /// `orm_mode`, its name in Pydantic 1; Pydantic 2 ignores it with a warning.
    orm_mode: bool,
    /// `populate_by_name` (`validate_by_name`).
    populate_by_name: bool,
    /// `allow_population_by_field_name`, its name in Pydantic 1.
    population_by_field_name: bool,
    /// `extra`.
    pub(super) extra: ExtraKeys,
    /// `alias_generator`.
    pub(super) generator: Generator,
    /// `fields` of Pydantic 1: the aliases it gives, by field.
    pub(super) aliases: Vec<(Box<str>, Box<str>)>,
    /// A part of the configuration could not be read, so that there may be an alias generator.
    pub(super) unread: bool,
    /// `coerce_numbers_to_str`, or what may be it.
    pub(super) numbers_as_text: bool,
    /// `json_encoders`.
    pub(super) encoders: Encoders,
    /// `getter_dict` of Pydantic 1: attributes of an object are read through a class of the project's own.
    pub(super) getter: bool,
    /// Whether objects of other classes can be read is decided at run time.
    pub(super) undecided: bool,
    /// Which version's words the configuration uses, where that tells.
    pub(super) version: Option<u8>,
}

impl<'a> Reader<'_, 'a> {
    /// The configuration of a model.
    pub(super) fn config(&self, key: &DeclarationKey) -> Rc<Config> {
        if let Some(config) = self.configs.borrow().get(key) {
            return Rc::clone(config);
        }
        // Ancestors first, without recursion: a chain of bases may be long.
        let lineage: Vec<_> = self.names.hierarchy(key).classes().collect();
        for (ancestor, class) in lineage.into_iter().rev() {
            if !self.configs.borrow().contains_key(ancestor) {
                let config = Rc::new(self.merged_config(ancestor, class));
                self.configs.borrow_mut().insert(ancestor.clone(), config);
            }
        }
        self.configs.borrow().get(key).map(Rc::clone).unwrap_or_default()
    }

    /// The configuration of a class whose bases are in the cache.
    fn merged_config(&self, key: &DeclarationKey, class: &'a Class) -> Config {
        let mut config = Config::default();
        for base in class.positional_bases() {
            match self.names.resolve(key.file, parent(&key.path), base) {
                Target::Class(base, _) => {
                    if let Some(inherited) = self.configs.borrow().get(&base) {
                        config = config.overridden_by(inherited);
                    }
                }
                Target::External(path) => {
                    // SQLModel 0.0.14, `SQLModel.model_config`; `Config.orm_mode` before.
                    let is_sqlmodel = matches!(&*path, "sqlmodel.SQLModel" | "sqlmodel.main.SQLModel");
                    config.from_attributes |= is_sqlmodel || path.starts_with("fastapi_users.schemas.");
                    config.orm_mode |= is_sqlmodel;
                }
                _ => {}
            }
        }
        for argument in
            class.bases.iter().filter_map(|argument| Some((argument.keyword.as_deref()?, argument)))
        {
            self.set(&mut config, key, argument.0, &argument.1.value);
        }
        self.own_config(key, &mut config);
        config
    }

    fn own_config(&self, key: &DeclarationKey, config: &mut Config) {
        let Some(scope) = self.names.class_scope(key) else { return };
        match (scope.get("model_config"), scope.get("Config")) {
            (Some(Binding::Variable(assign)), _) => {
                config.version = config.version.or(Some(2));
                match &assign.value {
                    Some(value) => self.config_entries(config, key, value, 0),
                    None => config.unread = true,
                }
            }
            (_, Some(Binding::Class(_))) => self.config_class(config, key),
            _ => {}
        }
    }

    /// `class Config:` with what it inherits from other classes.
    fn config_class(&self, config: &mut Config, key: &DeclarationKey) {
        let inner = DeclarationKey { file: key.file, path: format!("{}.Config", key.path).into() };
        let lineage: Vec<_> = self.names.hierarchy(&inner).classes().collect();
        for (owner, _) in lineage.into_iter().rev() {
            let Some(scope) = self.names.class_scope(owner) else { continue };
            for (name, binding) in scope.iter() {
                match binding {
                    Binding::Variable(assign) => {
                        if let Some(value) = &assign.value {
                            self.set(config, owner, name, value);
                        }
                    }
                    Binding::Function(function) if name == "alias_generator" => {
                        config.generator = Generator::of_function(self, owner, function);
                    }
                    Binding::Class(_) if name == "getter_dict" => config.getter = true,
                    _ => {}
                }
            }
        }
    }

    /// `ConfigDict(a=b, **other)`, `{"a": b, **other}`, `Base.model_config | {...}`, or a name for one of these.
    fn config_entries(&self, config: &mut Config, key: &DeclarationKey, value: &Expr, depth: u16) {
        if depth > 8 {
            config.unread = true;
            return;
        }
        match &value.kind {
            ExprKind::Call(call) => {
                for argument in &call.arguments {
                    match (&argument.keyword, &argument.value.kind) {
                        (_, ExprKind::Spread(inner)) => self.config_entries(config, key, inner, depth + 1),
                        (Some(name), _) => self.set(config, key, name, &argument.value),
                        (None, _) => self.config_entries(config, key, &argument.value, depth + 1),
                    }
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        MapEntry::Pair(name, value) => {
                            match self.names.fold(key.file, &key.path, name).text() {
                                Some(name) => self.set(config, key, name, value),
                                None => config.unread = true,
                            }
                        }
                        MapEntry::Spread(inner) => self.config_entries(config, key, inner, depth + 1),
                        MapEntry::Method(_) => config.unread = true,
                    }
                }
            }
            ExprKind::Binary(Operator::Or, left, right) => {
                self.config_entries(config, key, left, depth + 1);
                self.config_entries(config, key, right, depth + 1);
            }
            ExprKind::Member(object, name) if &**name == "model_config" => {
                match self.names.resolve(key.file, &key.path, object) {
                    Target::Class(base, _) if base != *key => {
                        let inherited = self.config_of_other(&base, depth);
                        *config = config.clone().overridden_by(&inherited);
                    }
                    Target::External(_) => {}
                    _ => config.unread = true,
                }
            }
            ExprKind::Name(_) | ExprKind::Member(..) => {
                match self.names.resolve(key.file, &key.path, value) {
                    Target::Variable(home, assign) if let Some(value) = &assign.value => {
                        let home = DeclarationKey { file: home.file, path: parent(&home.path).into() };
                        self.config_entries(config, &home, value, depth + 1);
                    }
                    _ => config.unread = true,
                }
            }
            _ => config.unread = true,
        }
    }

    /// The configuration of a class that is named inside a configuration; not followed further than a few steps.
    fn config_of_other(&self, key: &DeclarationKey, depth: u16) -> Rc<Config> {
        if depth > 4 { Rc::default() } else { self.config(key) }
    }

    fn set(&self, config: &mut Config, key: &DeclarationKey, name: &str, value: &Expr) {
        let constant = || self.names.fold(key.file, &key.path, value);
        let flag = || matches!(constant(), Constant::Bool(true));
        let undecided = || !matches!(constant(), Constant::Bool(_));
        match name {
            "coerce_numbers_to_str" => config.numbers_as_text = flag() || undecided(),
            "from_attributes" => {
                config.version = Some(2);
                config.from_attributes = flag();
                config.undecided |= undecided();
            }
            "orm_mode" => {
                config.version = config.version.or(Some(1));
                config.orm_mode = flag();
                config.undecided |= undecided();
            }
            "populate_by_name" | "validate_by_name" => config.populate_by_name = flag(),
            "allow_population_by_field_name" => {
                config.version = config.version.or(Some(1));
                config.population_by_field_name = flag();
            }
            "extra" => {
                let text = match constant() {
                    Constant::Text(text) => Some(text.to_string()),
                    // Pydantic 1: `Extra.forbid`.
                    _ => value.dotted().and_then(|path| path.last().map(|last| (*last).to_owned())),
                };
                config.extra = match text.as_deref() {
                    Some("allow") => ExtraKeys::Allowed,
                    Some("forbid") => ExtraKeys::Forbidden,
                    _ => ExtraKeys::Ignored,
                };
            }
            "getter_dict" => {
                config.version = config.version.or(Some(1));
                config.getter = true;
            }
            "fields" => match field_aliases(&constant()) {
                Some(aliases) => config.aliases = aliases,
                None => config.unread = true,
            },
            "alias_generator" => config.generator = Generator::of(self, key, value),
            "json_encoders" => {
                let own = Encoders::of(self, key, value);
                config.encoders = std::mem::take(&mut config.encoders).overridden_by(&own);
            }
            _ => {}
        }
    }
}

impl Config {
    /// Whether objects of other classes can be read; `version` is Pydantic's, where known.
    pub(super) fn reads_attributes(&self, version: Option<u8>) -> bool {
        self.from_attributes && version != Some(1)
            || self.orm_mode && version.is_none_or(|version| version < 2)
    }

    /// Whether keys may be given by field name; `version` is Pydantic's, where known.
    pub(super) fn reads_names(&self, version: Option<u8>) -> bool {
        let legacy = self.population_by_field_name && version.is_none_or(|version| version < 2);
        self.populate_by_name && version != Some(1) || legacy
    }

    /// This configuration with everything that `other` says. What `other` leaves at its default may have been set here.
    fn overridden_by(self, other: &Config) -> Config {
        let default = Config::default();
        Config {
            from_attributes: self.from_attributes || other.from_attributes,
            orm_mode: self.orm_mode || other.orm_mode,
            populate_by_name: self.populate_by_name || other.populate_by_name,
            population_by_field_name: self.population_by_field_name || other.population_by_field_name,
            extra: if other.extra == default.extra { self.extra } else { other.extra },
            generator: if other.generator.is_none() { self.generator } else { other.generator.clone() },
            aliases: if other.aliases.is_empty() { self.aliases } else { other.aliases.clone() },
            unread: self.unread || other.unread,
            numbers_as_text: self.numbers_as_text || other.numbers_as_text,
            encoders: self.encoders.overridden_by(&other.encoders),
            getter: self.getter || other.getter,
            undecided: self.undecided || other.undecided,
            version: other.version.or(self.version),
        }
    }
}

/// `fields = {"user_id": "userId", "name": {"alias": "userName"}}`; `None` for what does not fold.
fn field_aliases(fields: &Constant) -> Option<Vec<(Box<str>, Box<str>)>> {
    let Constant::Map(entries) = fields else { return None };
    let mut aliases = Vec::new();
    for (field, said) in entries {
        let alias = match said {
            Constant::Map(said) => match said.iter().find(|(key, _)| key.text() == Some("alias")) {
                Some((_, alias)) => alias,
                None => continue,
            },
            alias => alias,
        };
        aliases.push((field.text()?.into(), alias.text()?.into()));
    }
    Some(aliases)
}
