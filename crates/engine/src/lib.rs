//! Configuration, pipeline, suppressions. Touches no file and no terminal: the Markdown tests, the comparison of two revisions
//! and an editor use the same door.
