"""Every command that the pane and the doctor offer for what is wrong in the demo can be pasted as it stands."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator

import pytest

from smtui.aws.places import BotoPlaces
from smtui.cli.doctor_lines import doctor_lines
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import SWITCHES
from smtui.demo.story.story_nodes import more_causes, story
from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis
from smtui.diagnosis.evidence.record import Subject
from smtui.domain.place import Place
from smtui.domain.shellquote import Shell
from smtui.engine.fleet import Fleet
from smtui.engine.launcher_parts import Setup
from smtui.engine.offloop import OffLoop
from smtui.plugin.plugin_host import PluginHost
from smtui.topics.library import topic
from smtui.topics.machines import Machines, System, system_named
from smtui.topics.topic import PLACEHOLDERS, ReadyCommand
from smtui.tui.troubleshoot.diagnosis_lines import Reading, check_page
from tests.demo.planted import CAUSES, MORE_CAUSES, SEVERAL_CAUSES
from tests.engine.launcher_parts import launcher_over

_NODES = {node.name: node for node in (*story(), *more_causes())}
_BROKEN = (*CAUSES, *MORE_CAUSES, *SEVERAL_CAUSES)
_SUBJECTS = {
    "standard-tier": "onprem-1",
    "no-s3-endpoint": "endpoints-elsewhere-1",
    "no-logs-endpoint": "endpoints-elsewhere-1",
    "host-management-broken": "no-profile-1",
}
_PLACE = Place("", "eu-west-1")
_PLACEHOLDER = re.compile(r"\{(?:" + "|".join(PLACEHOLDERS) + r")\}")


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults(region: SimulatedRegion) -> Iterator[None]:
    yield
    region.faults.apply({"reset": True})


def examined(region: SimulatedRegion, name: str) -> Diagnosis:
    async def run() -> Diagnosis:
        places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
        fleet = Fleet(places, [_PLACE], OffLoop())
        launcher = launcher_over(fleet, PluginHost({"SMTUI_PLUGIN": "builtin"}), evidence=places)
        return await launcher.examine(Subject(_NODES[name].node_id, _PLACE)).run()

    return asyncio.run(run())


def wrong(diagnosis: Diagnosis) -> list[CheckResult]:
    return [each for each in diagnosis.results if each.status in (CheckStatus.FAIL, CheckStatus.WARN)]


def assert_complete(diagnosis: Diagnosis) -> None:
    node = system_named(diagnosis.values.get("platform", ""))
    machines = Machines(Shell.POSIX, System.LINUX, "x86_64", node)
    offered: list[ReadyCommand] = []
    for result in wrong(diagnosis):
        assert result.topic, result
        page = check_page(result.code, diagnosis, topic(result.topic), Reading(machines, 100))
        ready = [choice for choice in page.choices if isinstance(choice, ReadyCommand)]
        assert ready, f"{result.code}: {result.topic} has no command to copy"
        offered += ready
    for command in offered:
        assert all(line.isprintable() for line in command.lines)
        assert not _PLACEHOLDER.search(command.text)
        if command.argvs and command.shell is Shell.POSIX:
            assert [tuple(shlex.split(line)) for line in command.lines] == list(command.argvs)
        for argv in command.argvs:
            if argv[0] == "aws":
                assert "--region" in argv
            if argv[:2] == ("aws", "ec2"):
                assert not any("mi-" in word for word in argv), "EC2 does not know hybrid nodes"
    printed = "\n".join(doctor_lines(diagnosis, "x", Setup(system=System.LINUX, shell=Shell.POSIX), 100))
    assert not _PLACEHOLDER.search(printed)
    pasted = [tuple(shlex.split(line)) for line in printed.replace("\\\n", "").splitlines() if line.startswith("aws ")]
    assert all(argv in pasted for command in offered for argv in command.argvs if argv[0] == "aws")


@pytest.mark.parametrize("name", _BROKEN)
def test_of_a_broken_node(region: SimulatedRegion, name: str) -> None:
    diagnosis = examined(region, name)
    assert wrong(diagnosis)
    assert_complete(diagnosis)


@pytest.mark.parametrize("switch", [name for name, code in SWITCHES.items() if code])
def test_of_a_switch(region: SimulatedRegion, switch: str) -> None:
    region.faults.apply({"switch": [switch]})
    diagnosis = examined(region, _SUBJECTS.get(switch, "web-1"))
    assert wrong(diagnosis)
    assert_complete(diagnosis)
