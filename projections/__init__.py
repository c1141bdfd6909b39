"""Read models: SQLAlchemy tables, folded from the log, each with its checkpoint."""
