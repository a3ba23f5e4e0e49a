#!/bin/sh
# Runs a Python test with Debian's own interpreter: Bazel's py_test asks for a program named python,
# which Debian lacks. Modules are found beside the test and from the root of the checkout.
PYTHONPATH=${1%/*}:. PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 -P "$@"
