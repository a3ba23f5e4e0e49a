"""How a command gives up with one line."""

NOTHING_FOUND = 0
FINDINGS = 1
BAD_INPUT = 2
BED_FAILED = 3
INTERRUPTED = 130


class Failure(Exception):
    """Ends the command: its text is printed on one line, exit_code returned."""

    def __init__(self, text, exit_code=BAD_INPUT):
        super().__init__(text)
        self.exit_code = exit_code
