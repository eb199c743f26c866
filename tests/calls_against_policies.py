"""After the tests, compares the calls that smtui has made of simulated Regions with the policies in `docs/policies`.

Each call must be granted by one of them, on its resource; after a run of all tests, each action that they grant must
have been called. It fails the run, since no single test sees all calls.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "policies"
NOT_OURS = {"sts:GetCallerIdentity", "sts:AssumeRole"}
"""Nobody needs permission for the first; the second is made by boto3 where a profile says so, on the role it names."""
_OWN_SESSIONS = ("demo-operator", "botocore-session-*")
"""What the ids of the demo's callers' sessions begin with: AWS puts it in the place of the variables."""
_OTHERS = ("ana-",)
"""Whose sessions the tests end, which the policies do not grant."""
_RECORDER = "tests.called_actions"
_OUTPUT = "called_actions"

Called = Mapping[str, set[str]]
"""Action -> the resources that it was called on."""


class CallsAgainstPolicies:
    """A plugin of pytest: gathers what each process of pytest-xdist has recorded, and judges it in the first one."""

    def __init__(self) -> None:
        self._called: defaultdict[str, set[str]] = defaultdict(set)
        self._faults: list[str] = []
        self._judged = ""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._add(getattr(node, "workeroutput", {}).get(_OUTPUT, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # Importing it would import the demo, which most runs of a few tests do not need.
        here = sys.modules[_RECORDER].called() if _RECORDER in sys.modules else {}
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = here
            return
        self._add(here)
        if not self._called:
            return
        self._faults = list(too_narrow(self._called))
        if _is_whole(session):
            self._faults += too_wide(self._called)
        self._judged = f"{len(self._called)} IAM actions called, compared with docs/policies"
        if self._faults and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._judged:
            terminalreporter.write_line(self._judged)
        for sentence in self._faults:
            terminalreporter.write_line(f"FAILED {sentence}", red=True)

    def _add(self, called: Mapping[str, list[str]]) -> None:
        for action, resources in called.items():
            self._called[action].update(resources)


def _is_whole(session: pytest.Session) -> bool:
    """Whether all tests have run, with every one passed. Those of ssh are skipped where its programs are missing."""
    if not all(shutil.which(name) or shutil.which(name, path="/usr/sbin") for name in ("ssh", "sshd", "rsync")):
        return False
    config = session.config
    chosen = config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.getoption("keyword")
    return not chosen and config.getoption("markexpr") == "not slow" and not session.testsfailed


def granted_by(document: str) -> set[str]:
    """The actions that a policy names."""
    actions: set[str] = set()
    for statement in json.loads(document)["Statement"]:
        named = statement["Action"]
        actions |= {named} if isinstance(named, str) else set(named)
    return actions


def documents() -> dict[str, str]:
    """The documented policies, by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.json"))}


def too_narrow(called: Called, texts: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a sentence for each call that no policy grants to the user of the demo."""
    from smtui.diagnosis.iam.decision import NamedPolicy, Outcome, Question, decide

    policies = [
        NamedPolicy(name, text.replace("${aws:username}", own).replace("${aws:userid}", own))
        for name, text in (documents() if texts is None else texts).items()
        for own in _OWN_SESSIONS
    ]
    for action, resources in sorted(called.items()):
        for resource in sorted(resources):
            if action in NOT_OURS or resource.rpartition("session/")[2].startswith(_OTHERS):
                continue
            if decide(Question(action, (resource,)), policies).outcome is not Outcome.ALLOWED:
                yield f"no policy in docs/policies grants {action} on {resource}"


def too_wide(called: Called, texts: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a sentence for each action that is granted and was never called."""
    granted = set().union(*map(granted_by, (documents() if texts is None else texts).values()))
    for action in sorted(granted - called.keys()):
        yield f"docs/policies grants {action}, and no test has seen it called"
