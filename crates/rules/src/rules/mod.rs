//! All rules. One more rule is one file, one page of the same name, one `mod` line and one name in the list.
//!
//! The `mod` lines stay outside the macro because rustfmt does not see modules that a macro declares.

mod analysis_incomplete;
mod bigint_as_number;
mod case_roundtrip_unsafe;
mod check_values_drift;
mod column_default_drift;
mod column_not_in_declared_schema;
mod column_not_in_migrations;
mod column_not_in_models;
mod column_not_in_running_database;
mod column_nullability_drift;
mod column_type_drift;
mod create_allows_null;
mod create_missing_required_column;
mod date_typed_as_date;
mod datetime_without_timezone;
mod decimal_as_number;
mod default_violates_check;
mod dialect_schema_drift;
mod dialect_type_drift;
mod enum_persists_names;
mod enum_value_missing_in_database;
mod enum_value_missing_in_frontend;
mod enum_value_missing_in_schema;
mod enum_value_unknown_to_backend;
mod field_case_mismatch;
mod foreign_key_drift;
mod frontend_call_unknown_route;
mod frontend_field_missing;
mod frontend_field_unknown;
mod frontend_nullability_drift;
mod frontend_optionality_drift;
mod frontend_type_drift;
mod generated_types_stale;
mod handwritten_shadows_generated;
mod mapped_nullability_conflict;
mod migration_broken_chain;
mod migration_conditional_ddl;
mod migration_drops_used_column;
mod migration_multiple_heads;
mod migration_not_null_without_default;
mod migration_self_referential;
mod migration_unmodelled_ddl;
mod missing_from_attributes;
mod missing_naming_convention;
mod model_not_registered;
mod numeric_precision_loss;
mod openapi_document_stale;
mod reference_type_mismatch;
mod rename_suspected;
mod reserved_attribute_name;
mod rls_policy_missing;
mod route_missing_response_model;
mod schema_default_drift;
mod schema_field_missing;
mod schema_field_unmapped;
mod schema_length_drift;
mod schema_nullability_drift;
mod schema_type_drift;
mod sensitive_field_exposed;
mod server_default_quoted_twice;
mod shadowed_declaration;
mod table_not_in_declared_schema;
mod table_not_in_migrations;
mod table_not_in_models;
mod table_not_in_running_database;
mod unmapped_required_column;
mod update_null_into_not_null;

use alignment_model::Severity;

use crate::{Context, Findings, Rule, RuleMeta};

/// What a rule's file says about it; the page is added by the list.
struct Definition {
    name: &'static str,
    summary: &'static str,
    group: &'static str,
    severity: Severity,
    check: fn(&Context<'_>, &mut Findings),
}

/// Makes the list of rules; a rule without a page of its own name does not compile.
macro_rules! register {
    ($($rule:ident),* $(,)?) => {
        /// All rules, by group, in the order a value travels.
        pub const RULES: &[Rule] = &[$(Rule {
            meta: RuleMeta {
                name: $rule::RULE.name,
                summary: $rule::RULE.summary,
                group: $rule::RULE.group,
                severity: $rule::RULE.severity,
                page: include_str!(concat!(stringify!($rule), ".md")),
            },
            check: $rule::RULE.check,
        }),*];
    };
}

register! {
    table_not_in_migrations,
    table_not_in_models,
    rename_suspected,
    column_not_in_migrations,
    column_not_in_models,
    unmapped_required_column,
    column_nullability_drift,
    column_type_drift,
    column_default_drift,
    server_default_quoted_twice,
    default_violates_check,
    foreign_key_drift,
    reference_type_mismatch,
    table_not_in_declared_schema,
    column_not_in_declared_schema,
    table_not_in_running_database,
    column_not_in_running_database,
    dialect_schema_drift,
    dialect_type_drift,
    rls_policy_missing,
    model_not_registered,
    migration_multiple_heads,
    migration_broken_chain,
    migration_drops_used_column,
    migration_not_null_without_default,
    shadowed_declaration,
    migration_self_referential,
    migration_conditional_ddl,
    migration_unmodelled_ddl,
    missing_naming_convention,
    mapped_nullability_conflict,
    reserved_attribute_name,
    schema_field_missing,
    schema_field_unmapped,
    schema_nullability_drift,
    create_allows_null,
    create_missing_required_column,
    update_null_into_not_null,
    schema_default_drift,
    schema_length_drift,
    schema_type_drift,
    numeric_precision_loss,
    missing_from_attributes,
    sensitive_field_exposed,
    route_missing_response_model,
    openapi_document_stale,
    enum_persists_names,
    enum_value_missing_in_database,
    check_values_drift,
    enum_value_missing_in_schema,
    enum_value_missing_in_frontend,
    enum_value_unknown_to_backend,
    field_case_mismatch,
    case_roundtrip_unsafe,
    frontend_field_unknown,
    frontend_field_missing,
    frontend_nullability_drift,
    frontend_type_drift,
    decimal_as_number,
    date_typed_as_date,
    datetime_without_timezone,
    bigint_as_number,
    frontend_optionality_drift,
    frontend_call_unknown_route,
    handwritten_shadows_generated,
    // After all that tell what breaks because of it.
    generated_types_stale,
    // Last: it tells what the others had to leave open.
    analysis_incomplete,
}
