"""How well is delivered: the five metrics of DORA, and the rows behind each number."""
