"""The rulings of the contract as tables of rows, for any implementation of the ledger."""
