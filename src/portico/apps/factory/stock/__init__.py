"""The stock and its ledger, as they are shown; and the reversal of a line."""
