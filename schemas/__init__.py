"""The wire: strict forms of commands and events, the envelope, the generated JSON Schemas."""
