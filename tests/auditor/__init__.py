"""The naive auditor: the contract a second time, as plainly as possible, sharing no code.

`Auditor` answers commands and reports, `streams` makes command histories, `golden` and
`compare` hold the golden files against any answer. Nothing here imports the real ledger.
"""
