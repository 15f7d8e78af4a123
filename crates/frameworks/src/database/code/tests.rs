//! Small programs that make their own schema.
