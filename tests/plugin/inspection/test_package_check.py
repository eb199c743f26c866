"""What packages and signatures say of a plugin, on every system, by what their programs print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from smtui.domain.plugin_facts.plugin_survey import CheckState, PluginCheck
from smtui.plugin.bounded_answer import NoAnswer, ProgramAnswer
from smtui.plugin.inspection.package_check import Ask, have_program, package_check, signature_check

PROGRAM = Path("/usr/local/sessionmanagerplugin/bin/session-manager-plugin")
NAME = "session-manager-plugin"
OWNED = ProgramAnswer(f"{NAME}: {PROGRAM}\n", 0)
NOT_OWNED = ProgramAnswer(f"dpkg-query: no path found matching pattern {PROGRAM}\n", 1)
SUMS = ProgramAnswer(f"/var/lib/dpkg/info/{NAME}.md5sums\n", 0)


def answering(answers: Mapping[str, ProgramAnswer | Exception]) -> Ask:
    """A system whose programs answer by the first words of their command lines."""

    def ask(argv: Sequence[str]) -> ProgramAnswer:
        line = " ".join(argv)
        answer = next(answer for words, answer in answers.items() if line.startswith(words))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def by_dpkg(verified: str, status: int = 0) -> PluginCheck:
    answers = {"dpkg-query -S": OWNED, "dpkg-query --control": SUMS, "dpkg -V": ProgramAnswer(verified, status)}
    return package_check(PROGRAM, "linux", answering(answers), lambda tool: tool == "dpkg")


@pytest.mark.parametrize(
    ("said", "state", "words"),
    [
        ("", CheckState.GOOD, f"every file of {NAME} as it was packed"),
        (f"??5??????   {PROGRAM}\n", CheckState.BAD, "the program was changed"),
        (f"missing     {PROGRAM}\n", CheckState.BAD, "the program was changed"),
        ("??5?????? c /etc/ssm/README\n", CheckState.WARN, "/etc/ssm/README was changed"),
        ("dpkg: error: database is locked\n", CheckState.UNKNOWN, "database is locked"),
    ],
)
def test_dpkg(said: str, state: CheckState, words: str) -> None:
    check = by_dpkg(said)
    assert (check.state, words in check.text) == (state, True)


def test_a_package_without_checksums_proves_nothing() -> None:
    answers = {"dpkg-query -S": OWNED, "dpkg-query --control": ProgramAnswer("", 0), "dpkg -V": ProgramAnswer("", 0)}
    check = package_check(PROGRAM, "linux", answering(answers), lambda tool: tool == "dpkg")
    assert check.state is CheckState.UNKNOWN
    assert "without checksums" in check.text


@pytest.mark.parametrize(
    ("said", "status", "state"),
    [
        ("", 0, CheckState.GOOD),
        (f"S.5....T.    {PROGRAM}\n", 1, CheckState.BAD),
        ("....L....  c /usr/local/bin/other\n", 1, CheckState.WARN),
    ],
)
def test_rpm(said: str, status: int, state: CheckState) -> None:
    answers = {"rpm -qf": ProgramAnswer(NAME, 0), "rpm -V": ProgramAnswer(said, status)}
    assert package_check(PROGRAM, "linux", answering(answers), lambda tool: tool == "rpm").state is state


def test_a_file_of_no_package_is_not_known() -> None:
    rpm = ProgramAnswer(f"file {PROGRAM} is not owned by any package\n", 1)
    check = package_check(PROGRAM, "linux", answering({"dpkg-query -S": NOT_OWNED, "rpm -qf": rpm}), lambda _: True)
    assert check.text == "Not known: no package of this system has the file."
    assert package_check(PROGRAM, "windows", answering({}), lambda _: True).state is CheckState.UNKNOWN
    assert package_check(PROGRAM, "linux", answering({}), lambda _: False).state is CheckState.UNKNOWN


def test_macos_names_the_package_and_no_more() -> None:
    info = ProgramAnswer(f"volume: /\npath: {PROGRAM}\n\npkgid: {NAME}\npkg-version: 1\n", 0)
    check = package_check(PROGRAM, "macos", answering({"pkgutil --file-info": info}), lambda _: True)
    assert check.state is CheckState.UNKNOWN
    assert NAME in check.text
    none = answering({"pkgutil": ProgramAnswer("volume: /\n", 0)})
    assert "no package" in package_check(PROGRAM, "macos", none, lambda _: True).text


@pytest.mark.parametrize("error", [NoAnswer("It did not answer -V within 10 s."), OSError(13, "Permission denied")])
def test_a_program_that_does_not_answer_is_said(error: Exception) -> None:
    check = package_check(PROGRAM, "linux", answering({"dpkg-query": error}), lambda _: True)
    assert check.state is CheckState.UNKNOWN
    assert "dpkg did not answer" in check.text
    assert signature_check(PROGRAM, "macos", answering({"codesign": error})).state is CheckState.UNKNOWN


CODESIGN, SHOWN = "codesign --verify", "codesign -dvv"


@pytest.mark.parametrize(
    ("verified", "state", "words"),
    [
        (ProgramAnswer("", 0), CheckState.GOOD, "valid by Developer ID Application: AMZN Mobile LLC (94KV3E626L)"),
        (ProgramAnswer(f"{PROGRAM}: code object is not signed at all\n", 1), CheckState.WARN, "not signed"),
        (ProgramAnswer(f"{PROGRAM}: a sealed resource is missing\n", 1), CheckState.BAD, "sealed resource"),
    ],
)
def test_codesign(verified: ProgramAnswer, state: CheckState, words: str) -> None:
    shown = ProgramAnswer("Authority=Developer ID Application: AMZN Mobile LLC (94KV3E626L)\nAuthority=Apple\n", 0)
    check = signature_check(PROGRAM, "macos", answering({CODESIGN: verified, SHOWN: shown}))
    assert (check.state, words in check.text) == (state, True)


@pytest.mark.parametrize(
    ("said", "status", "state"),
    [
        ("Valid\r\nCN=Amazon Web Services, Inc., O=Amazon\r\n", 0, CheckState.GOOD),
        ("NotSigned\r\n\r\n", 0, CheckState.WARN),
        ("HashMismatch\r\nCN=Amazon\r\n", 0, CheckState.BAD),
        ("", 1, CheckState.UNKNOWN),
    ],
)
def test_authenticode(said: str, status: int, state: CheckState) -> None:
    asked: list[Sequence[str]] = []

    def ask(argv: Sequence[str]) -> ProgramAnswer:
        asked.append(argv)
        return ProgramAnswer(said, status)

    path = Path("C:/O'Neill/plugin.exe")
    check = signature_check(path, "windows", ask)
    assert check.state is state
    assert "O''Neill" in asked[0][-1]
    if state is CheckState.GOOD:
        assert "CN=Amazon Web Services" in check.text


def test_linux_has_no_signature_to_check() -> None:
    check = signature_check(PROGRAM, "linux", answering({}))
    assert check.state is CheckState.UNKNOWN
    assert check.text.startswith("Not known")


def test_programs_are_found_on_path() -> None:
    assert have_program("sh") or have_program("cmd")
    assert not have_program("no-such-program-anywhere")
