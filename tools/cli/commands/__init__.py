"""Subcommands, a module each: the file's name is the command's.

A module has HELP, one line; add_arguments(parser); and run(args), which returns the exit code: 0
nothing found, 1 findings, 2 usage or bad input, 3 the bed itself failed, 130 interrupted.
"""
