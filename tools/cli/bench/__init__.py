"""The numbers of the bed: how fast it is, what judging costs, what it covers."""
