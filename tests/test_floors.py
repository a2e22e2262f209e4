"""The floors: a file of the package imports only from files before it in the table below, never upward.

So whoever reads a file needs to know only what stands before it. Imports inside functions and those for the type
checker count like all others: they too say that a file knows of another.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "vaurien"

# Lowest first; in a floor, a file may use those before it. A name with a slash is a folder with all that is in it.
FLOORS = {
    "words, standard library only": (
        "version.py",
        "errors.py",
        "options.py",
        "chance.py",
        "distributions.py",
        "registry.py",
        "weighted.py",
        "glob.py",
        "term.py",
        "match.py",
        "script.py",
        "progress.py",
        "address.py",
        "naming.py",
        "logs.py",
        "behavior.py",
        "session_behavior.py",
        "settings.py",
    ),
    "messages, pure": ("protocols/",),
    "what people extend": ("call.py", "hooks/", "handlers/", "session_handlers/", "toxics/"),
    "the data path": (
        "counters.py",
        "events.py",
        "pipes.py",
        "backend.py",
        "active.py",
        "choice.py",
        "relay.py",
        "sight.py",
        "callers.py",
        "aimed.py",
        "active_session_handler.py",
        "session_choice.py",
        "made_for.py",
        "aim.py",
        "fitting.py",
        "crew.py",
        "volley.py",
        "outlet.py",
        "timer.py",
        "clock.py",
        "cutting.py",
        "waiting.py",
        "stepper.py",
        "stage.py",
        "link.py",
        "dial.py",
        "closing.py",
        "departure.py",
        "workers.py",
        "tls/",
        "shared.py",
        "session_socket.py",
        "sides.py",
        "talk.py",
        "story.py",
        "tally.py",
        "entering.py",
        "perform.py",
        "channel.py",
        "flow.py",
        "turns.py",
        "message_flow.py",
        "opening.py",
        "session.py",
        "listener.py",
        "bound.py",
        "door.py",
        "proxy.py",
        "change.py",
        "daemon.py",
    ),
    "settings": (
        "ini.py",
        "given.py",
        "http_settings.py",
        "statsd_settings.py",
        "tls_settings.py",
        "belonging.py",
        "sections.py",
        "toxic_sections.py",
        "layers.py",
        "protocol_sections.py",
        "session_roles.py",
        "offer.py",
        "config.py",
        "toxiproxy_arguments.py",
        "arguments.py",
        "usage.py",
    ),
    "control": ("control/",),
    "doors": (
        "banner.py",
        "demo/",
        "client/",
        "testing.py",
        "pytest_plugin.py",
        "cli.py",
        "ctl/",
        "__main__.py",
        "__init__.py",
    ),
}
# What is lowest in a folder, where it is more than base.py, which states the contract.
FIRST_IN_FOLDER = {
    "protocols/": ("preamble.py", "base.py"),
    "hooks/": ("message.py", "points.py", "base.py"),
    "handlers/": ("base.py", "native.py"),
    "toxics/": ("chunk.py", "base.py"),
}
WORDS = FLOORS["words, standard library only"]
ORDER = [entry for entries in FLOORS.values() for entry in entries]
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def entry_of(file: str) -> str:
    """The entry of the table under which `file` falls: itself, or its topmost folder."""
    folder, slash, _ = file.partition("/")
    return folder + slash


def place_in_folder(file: str) -> int:
    """In a folder, its first files come in their order, then all others as equals, then __init__.py, which lists."""
    first = FIRST_IN_FOLDER.get(entry_of(file), ("base.py",))
    name = file.removeprefix(entry_of(file))
    return first.index(name) if name in first else len(first) + (Path(name).name == "__init__.py")


def file_of(module: str) -> str | None:
    """The file that holds `module` ("vaurien.handlers.delay"), or None if there is no such module."""
    path = "/".join(module.split(".")[1:])
    candidates = (f"{path}.py", f"{path}/__init__.py".removeprefix("/"))
    return next((candidate for candidate in candidates if candidate in FILES), None)


def modules_imported(file: str, tree: ast.Module) -> Iterator[str]:
    """Each module that `file` imports, wherever in it; `from a import b` gives both "a.b" and "a"."""
    parts = ["vaurien", *Path(file).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if base.startswith("vaurien") and file_of(inner) else base


def imports(file: str) -> set[str]:
    return set(modules_imported(file, ast.parse((PACKAGE / file).read_text())))


def files_imported(file: str) -> set[str]:
    """The files of the package that `file` imports."""
    found = {module: file_of(module) for module in imports(file) if module.split(".")[0] == "vaurien"}
    missing = [module for module, path in found.items() if path is None]
    assert not missing, f"{file} imports {missing}, which are no modules"
    return {path for path in found.values() if path is not None}


def may_import(importer: str, imported: str) -> bool:
    """Whether the table lets `importer` use `imported`. Equals in a folder may, unless they form a circle."""
    here, there = entry_of(importer), entry_of(imported)
    if here != there:
        return {here, there} <= set(ORDER) and ORDER.index(there) < ORDER.index(here)
    return place_in_folder(imported) <= place_in_folder(importer)


@pytest.mark.parametrize("file", FILES)
def test_the_table_has_a_place_for_every_file(file: str) -> None:
    assert entry_of(file) in ORDER, f"{file} is on no floor: give it a place in the table of {Path(__file__).name}"


@pytest.mark.parametrize("file", FILES)
def test_no_file_imports_upward(file: str) -> None:
    upward = sorted(other for other in files_imported(file) if not may_import(file, other))
    assert not upward, f"{file} may not import {', '.join(upward)}: upward in the table of {Path(__file__).name}"


def test_no_file_imports_itself_by_way_of_others() -> None:
    try:
        TopologicalSorter({file: files_imported(file) for file in FILES}).prepare()
    except CycleError as exc:
        pytest.fail(f"imports in a circle: {' <- '.join(exc.args[1])}")


@pytest.mark.parametrize("file", [file for file in FILES if file in WORDS])
def test_the_lowest_floor_needs_only_the_standard_library(file: str) -> None:
    known = {*sys.stdlib_module_names, "vaurien"}
    foreign = sorted(module for module in imports(file) if module.split(".")[0] not in known)
    assert not foreign, f"{file} imports {', '.join(foreign)}"


@pytest.mark.parametrize("file", FILES)
def test_every_foreign_import_is_declared(file: str) -> None:
    """A package that only comes along with another one may be gone after its next release."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    names = re.findall(r"^[\w-]+", setup["options"]["install_requires"], re.MULTILINE)
    declared = {name.replace("-", "_") for name in names}
    if file == "pytest_plugin.py":
        declared.add("pytest")  # who loads a plug-in of pytest has it
    if file == "tls/certificates.py":
        declared |= set(re.findall(r"^\w+", setup["options.extras_require"]["tls"], re.MULTILINE))
    known = {*sys.stdlib_module_names, *declared, "vaurien"}
    undeclared = sorted(module for module in imports(file) if module.split(".")[0] not in known)
    assert not undeclared, f"{file} imports {', '.join(undeclared)}, not in install_requires of setup.cfg"


# Runs in a fresh interpreter with the names of modules as arguments; prints what importing each one left behind.
LEFT_BEHIND = """
import gc, importlib, signal, socket, sys, threading

handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
threads = threading.enumerate()
sockets = socket.socket, socket.create_connection, socket.getaddrinfo
for name in sys.argv[1:]:
    importlib.import_module(name)
    import gevent.hub, gevent.monkey  # after it: the module itself must need no help
    gc.collect()
    if any(isinstance(thing, gevent.hub.Hub) for thing in gc.get_objects()):
        print(name, "made a hub")
    if gevent.monkey.saved or sockets != (socket.socket, socket.create_connection, socket.getaddrinfo):
        print(name, "patched the standard library")
    if threading.enumerate() != threads:
        print(name, "started a thread")
    if {number: signal.getsignal(number) for number in signal.valid_signals()} != handlers:
        print(name, "took a signal")
    gc.freeze()  # so that the next one's objects are looked at alone
"""


def left_behind_by(modules: list[str], folder: Path = ROOT) -> str:
    """What importing `modules`, found from `folder`, leaves in a process; empty if nothing."""
    command = [sys.executable, "-c", LEFT_BEHIND, *modules]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_leaves_the_process_as_it_was() -> None:
    """Several daemons live in several threads of a user's process: a module holds no hub, and patches nothing."""
    modules = [".".join(["vaurien", *Path(file).with_suffix("").parts]) for file in FILES]
    modules = [module.removesuffix(".__init__") for module in modules if not module.endswith("__main__")]
    assert left_behind_by(["vaurien", *modules]) == ""


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("import gevent; gevent.get_hub()", "made a hub"),
        ("from gevent import monkey; monkey.patch_socket()", "patched the standard library"),
        ("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "started a thread"),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", "took a signal"),
    ],
)
def test_what_a_module_leaves_behind_is_seen(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "guilty.py").write_text(line)
    assert left_behind_by(["guilty"], tmp_path) == f"guilty {fault}\n"
