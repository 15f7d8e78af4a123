//! Findings -> bytes, one file per format.
