//! Input: files, environment and flags, parsed, layered and range-checked.
