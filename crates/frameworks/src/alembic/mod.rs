//! Alembic: revision files -> the revision graph and the schema changes of each revision.
