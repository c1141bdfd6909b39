"""Reports: rows are selected from the tables of one snapshot, then made into a document."""
