"""All findings of a campaign on one page for a browser."""

import pathlib
import typing

import jinja2

from tools.cli import files
from tools.cli.triage.dossier import Dossier

TEMPLATE = pathlib.Path(__file__).with_name("index.html.j2")


def write(path: pathlib.Path, dossiers: typing.Sequence[Dossier]) -> None:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    files.write(path, template.render(dossiers=dossiers))
