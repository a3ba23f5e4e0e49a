"""How good the bed is at finding bugs: hunts for the planted ones of mutants/."""
