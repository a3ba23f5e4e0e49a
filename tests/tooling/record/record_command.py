"""./slubbed record, with what Bazel built for the test instead of a build by itself."""

import sys

import support
from tools.cli import __main__ as cli
from tools.cli import bazel
from tools.cli.commands import record

bazel.build = lambda *labels: None
record.RECORDER = support.RECORDER
record.CONVERTER = support.CONVERTER
sys.exit(cli.guarded_main(sys.argv[1:]))
