"""libFuzzer in a campaign: one process works on the shared corpus and rereads it as it goes."""

import re

from tools.cli.campaign.engine import Post, Progress
from tools.cli.targets import FuzzTarget

STATUS = re.compile(rb"#(\d+)\s+\w+ +cov: (\d+) ft: \d+ corp: (\d+)/")
ARTIFACT = re.compile(rb".*Test unit written to .*?([^/]*-(?:crash|leak|oom|timeout)-\w+)$")
FINAL = re.compile(rb"stat::number_of_executed_units:\s+(\d+)")

# A finding is explained later, from its input: a stack with line numbers costs a second here.
SANITIZER_OPTIONS = "symbolize=0:abort_on_error=0"


class LibFuzzer:
    name = "libfuzzer"
    binary = "libfuzzer"    # with ASan

    def complaint(self) -> str | None:
        return None

    def variants(self, _target: FuzzTarget, _count: int) -> list[str]:
        return [self.binary]

    def prepare(self, post: Post) -> None:
        pass

    def command(self, post: Post) -> list[str]:
        target = post.target
        prefix = post.place.artifacts / post.artifact_prefix(self.name)
        command = [
            str(target.file(self.binary)),
            f"-artifact_prefix={prefix}",
            f"-max_len={target.bytes_max}",
            f"-max_total_time={post.seconds_max}",
            f"-rss_limit_mb={post.memory_megabytes}",
            "-timeout=10",
            "-report_slow_units=3600",
            "-detect_leaks=0",
            # Weighing inputs by entropy costs a third of the time, for thousands of features an
            # input, and reaches no more.
            "-entropic=0",
            "-reload=1",
            "-print_final_stats=1",
        ]
        if target.dictionary is not None:
            command.append(f"-dict={target.dictionary}")
        return command + [str(post.place.corpus)]

    def environment(self, _post: Post) -> dict[str, str]:
        return {"ASAN_OPTIONS": SANITIZER_OPTIONS}

    def read_line(self, line: bytes, progress: Progress) -> None:
        match = STATUS.match(line)
        if match:
            progress.execs, progress.edges, progress.corpus = map(int, match.groups())
        match = ARTIFACT.match(line)
        if match:
            progress.artifact = match.group(1).decode()
        match = FINAL.match(line)
        if match:
            progress.execs = int(match.group(1))

    def read_files(self, post: Post, progress: Progress) -> None:
        pass

    def collect(self, post: Post) -> None:
        """Nothing to do: libFuzzer writes both where they belong."""

    def cause_of_death(self, lines: list[str]) -> str:
        return lines[-1] if lines else "said nothing"
