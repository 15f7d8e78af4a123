# {mark}
"""What the tests beside this file share: questions to Pydantic, SQLAlchemy and Alembic."""

import warnings
from pathlib import Path

import pytest

# The analysed folder, and where its modules are imported from.
ROOT = Path(__file__).resolve().parent.joinpath({root}).resolve()
ROOTS = [str(ROOT / folder) for folder in [{roots}]]


def loaded(model, values):
    """A row as the ORM makes it of what the database holds: without the constructor. What is not given is not set."""
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.orm import configure_mappers
    from sqlalchemy.orm.attributes import set_committed_value

    try:
        configure_mappers()
    except SQLAlchemyError as error:
        pytest.skip(f"{model.__name__} cannot be mapped without models that it does not import: {error}")
    row = model.__mapper__.class_manager.new_instance()
    for name, value in values.items():
        set_committed_value(row, name, value)
    return row


def said(schema, field, given):
    """What Pydantic says against one field. What it says of others is no part of the proof."""
    pydantic = pytest.importorskip("pydantic", minversion="2")
    declared = schema.model_fields.get(field)
    if declared is None:
        return []
    keys = [field, declared.alias, declared.validation_alias]
    try:
        schema.model_validate(given, from_attributes=True)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if not any(one["loc"] for one in found):
            pytest.skip(f"{schema.__name__} refuses the whole before it looks at {field}: {found[0]['msg']}")
        return [one for one in found if one["loc"] and one["loc"][0] in keys]
    return []


def refusals(schema, field, given):
    """Why a field refuses the value that it is given."""
    found = said(schema, field, given)
    if any(one["type"] == "missing" for one in found):
        pytest.skip(f"{schema.__name__}.{field} is not read by this name any more")
    return [one["msg"] for one in found]


def lacks(schema, field, given):
    """Whether a field is required and not given."""
    return any(one["type"] == "missing" for one in said(schema, field, given))


def takes(schema, field, given):
    """Whether there is such a field, and it accepts the value."""
    return field in schema.model_fields and said(schema, field, given) == []


def may_be_null(model, attribute):
    """Whether there is such an attribute, and its column takes NULL."""
    column = model.__mapper__.columns.get(attribute)
    return column is not None and column.nullable


def needs_a_value(model, attribute):
    """Whether there is such an attribute, and an INSERT without a value for it fails."""
    column = model.__mapper__.columns.get(attribute)
    return column is not None and not column.nullable and column.default is None and column.server_default is None


def columns(database, table):
    """The columns of a table after all migrations."""
    from sqlalchemy import inspect

    return {column["name"]: column for column in inspect(database).get_columns(table.name, table.schema)}


def has_table(database, model):
    """Whether the migrations make the table of a model."""
    from sqlalchemy import inspect

    return inspect(database).has_table(model.__table__.name, model.__table__.schema)


def has_column(database, model, attribute):
    """Whether the migrations make the column of an attribute, if there still is one."""
    column = model.__mapper__.columns.get(attribute)
    return column is None or column.name in columns(database, column.table)


def pair(database, model, attribute):
    """The column of an attribute, as the model and as the migrations have it."""
    column = model.__mapper__.columns.get(attribute)
    found = None if column is None else columns(database, column.table).get(column.name)
    if found is None:
        pytest.skip(f"{model.__name__}.{attribute} has no column any more")
    return column, found


def same_nullability(database, model, attribute):
    """Whether model and migrations agree about NULL."""
    column, found = pair(database, model, attribute)
    return column.nullable == found["nullable"]


def same_type(database, model, attribute):
    """Whether Alembic takes the two types for the same."""
    from sqlalchemy import Column

    migration = pytest.importorskip("alembic.migration")
    column, found = pair(database, model, attribute)
    context = migration.MigrationContext.configure(database)
    return not context.impl.compare_type(Column(found["name"], found["type"]), column)


def labels(kind):
    """The labels of an enumeration, or of the elements of an array."""
    return getattr(kind, "enums", None) or getattr(getattr(kind, "item_type", None), "enums", None)


def foreign_labels(database, model, attribute):
    """Labels that the model writes and the database does not have."""
    column, found = pair(database, model, attribute)
    written, taken = labels(column.type), labels(found["type"])
    if written is None or taken is None:
        pytest.skip(f"{model.__name__}.{attribute} is no enumeration on both sides")
    return [label for label in written if label not in taken]


def revisions(folder):
    """Alembic's view of a folder of revisions."""
    script = pytest.importorskip("alembic.script")
    place = ROOT / folder
    return script.ScriptDirectory(str(place.parent), version_locations=[str(place)])


def heads(folder):
    """Revisions that nobody builds on."""
    return revisions(folder).get_heads()


def walk(folder):
    """All revisions in order. A chain that Alembic warns about is broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return list(revisions(folder).walk_revisions())
