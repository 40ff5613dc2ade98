"""The questions: a function of a connection each, which `History` runs in its threads."""
