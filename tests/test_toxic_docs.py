"""What the documentation says of toxics and of Toxiproxy's flags is complete, and as the program has it."""

import json
import re

import pytest

from tests import built_docs
from tests.program import ROOT, program
from tests.test_examples import EXAMPLES, commands, outcomes, python, seconds, web_server
from tests.test_examples import arguments as words_of
from vaurien import toxiproxy_arguments
from vaurien.cli import main
from vaurien.link import BOUND
from vaurien.relay import CHUNK
from vaurien.toxic_sections import TOXIC_OPTIONS
from vaurien.toxics import BUILT_IN, Chunk, Toxic
from vaurien.toxics.chunk import OVERHEAD

REFERENCE = "reference/toxics"
API = "reference/toxic_api"
MIB = 1 << 20
OF_THE_ENGINE = {"settings", "stage", "key"}
"""On a toxic, and no business of those who write one."""


def test_each_option_that_every_toxic_has_has_an_entry() -> None:
    for option in TOXIC_OPTIONS:
        assert f"toxic-every-{option}" in built_docs.targets(REFERENCE), option


def test_each_attribute_says_its_unit_range_and_default() -> None:
    said = " ".join(built_docs.text(REFERENCE).split())
    for toxic in BUILT_IN:
        for option in toxic.options.values():
            assert option.allowed() in said and option.description in said, f"{toxic.name}: {option}"


@pytest.mark.parametrize(("described", "prefix"), [(Toxic, "toxic-api"), (Chunk, "toxic-chunk")])
def test_each_member_has_an_entry(described: type, prefix: str) -> None:
    made = Toxic() if described is Toxic else Chunk(b"", 0.0, 1)
    names = {name for name in {*dir(made), *getattr(made, "__dict__", {})} if not name.startswith("_")}
    found = {link.removeprefix(f"{prefix}-").replace("-", "_") for link in built_docs.targets(API) if prefix in link}
    assert found == names - OF_THE_ENGINE


def test_steps_are_explained() -> None:
    assert {"vaurien.toxics.Steps", "vaurien.toxics.FOREVER"} <= built_docs.targets(API)


def test_the_bounds_are_those_of_the_program() -> None:
    said = " ".join(built_docs.text(REFERENCE).split())
    assert f"{BOUND // MIB} MiB may wait" in said
    assert f"{CHUNK // 1024} KiB at most" in said
    assert f"its bytes and {OVERHEAD} more" in said
    rows = re.findall(r"^(\d+) (ms|s) +([\d.]+) MB a second", (ROOT / "docs" / f"{REFERENCE}.rst").read_text(), re.M)
    assert len(rows) == 4
    for number, unit, rate in rows:
        held = float(number) / (1000 if unit == "ms" else 1)
        assert float(rate) == pytest.approx(BOUND / held / 1e6, rel=0.01)
    for page in ("howto/slow_network", "howto/move_from_toxiproxy"):
        assert f"{BOUND // MIB} MiB" in built_docs.text(page)


def test_each_flag_of_toxiproxy_has_an_entry() -> None:
    for flag in (*toxiproxy_arguments.FLAGS, *toxiproxy_arguments.SWITCHES, "config"):
        assert f"cmdoption-vaurien-toxiproxy-{flag}" in built_docs.targets("reference/command_line"), flag
    said = built_docs.text("reference/command_line")
    for level in toxiproxy_arguments.LEVELS:
        assert level in said
    assert toxiproxy_arguments.HOST in said and toxiproxy_arguments.PORT in said


def test_what_the_container_runs_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    (dockerfile,) = [block.text for block in built_docs.pages()["howto/move_from_toxiproxy"] if "FROM " in block.text]
    found = dict(re.findall(r"^(ENTRYPOINT|CMD) (\[.*\])$", dockerfile, re.MULTILINE))
    name, *words = json.loads(found["ENTRYPOINT"]) + json.loads(found["CMD"])
    assert name == "vaurien"
    assert main([*words, "--check-config"]) == 0
    assert "control API http://0.0.0.0:8474/" in capsys.readouterr().out


def test_the_readme_names_every_toxic() -> None:
    section = (ROOT / "README.rst").read_text().partition("\nToxics\n------\n")[2].partition("\n------")[0]
    assert {toxic.name for toxic in BUILT_IN} <= set(re.findall(r"``(\w+)``", section))


# examples/custom_toxic


def test_custom_toxic() -> None:
    folder = EXAMPLES / "custom_toxic"
    ini = folder / "vaurien.ini"
    (line,) = commands(ini, "vaurien")
    (server,) = commands(ini, "python -m http.server")
    (client,) = commands(ini, "python ../first_proxy/client.py")
    with web_server(server, folder) as distant:
        options = words_of(line, local="127.0.0.1:0", distant=distant)
        with program(*options, cwd=folder, variables={"PYTHONDONTWRITEBYTECODE": "1"}) as vaurien:
            output = python(client, vaurien.locals["default"], folder=folder)
    assert outcomes(output) == ["200"] * 10
    assert max(seconds(output)) > 0.1, "no answer was held"


def test_the_tests_of_the_custom_toxic_pass() -> None:
    folder = EXAMPLES / "custom_toxic"
    line = re.search(r"installed: (python -m pytest)", (folder / "test_stutter.py").read_text())
    assert line is not None
    apart = ("-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider")
    assert re.search(r"^4 passed", python(line[1], "-q", *apart, folder=folder), re.MULTILINE)
