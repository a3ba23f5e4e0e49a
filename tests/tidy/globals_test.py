"""The allocator has no writable data but what is named here."""

import subprocess
import sys

# One current heap and one leased CPU for each thread.
ALLOWED = {"current_heap", "world_native_offset"}

# Tables of pointers are written once, by the loader.
WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*")
RELOCATED = ".data.rel.ro"


def symbols(archive):
    """Yields (name, section) of each symbol that is defined in the archive."""
    output = subprocess.run(["nm", "--format=sysv", archive], check=True, capture_output=True,
                            text=True).stdout
    for line in output.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7 and columns[0] != "Name":
            yield columns[0], columns[6]


def main(*archives):
    found = set()
    for archive in archives:
        for name, section in symbols(archive):
            if section.startswith(WRITABLE) and not section.startswith(RELOCATED):
                found.add(name)
                if name not in ALLOWED:
                    print(f"{archive}: {name} is writable data, in {section}")
    for name in ALLOWED - found:
        print(f"{name} is no more: take it off the list")
    return 0 if found == ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
