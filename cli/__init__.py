"""The program: translates between people and the ledger; no rule of money lives here."""
