"""The command ./slubbed: one module in commands/ for each subcommand."""
