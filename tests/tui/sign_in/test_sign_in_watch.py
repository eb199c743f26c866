"""The list goes on by itself once another program has signed in; a sign-in that AWS refuses does not make it loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.tui.sign_in.sign_in_watch import SignInWatch
from tests.engine.fakes import NOW, fault
from tests.tui.sign_in.place_world import FakeBook

OUT = SignInState(SignedIn.NO, NOW - timedelta(minutes=2))
IN = SignInState(SignedIn.YES, NOW + timedelta(hours=8))
STAGE = Place("stage", "eu-west-1")


class Bench:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("smtui.tui.sign_in.sign_in_watch.MfaDesk", lambda *_: None)
        self.now, self.book = NOW, FakeBook()
        self.problems = [SimpleNamespace(place=STAGE, fault=fault("ssm:X", FaultKind.SSO_SIGN_IN))]
        fleet = SimpleNamespace(clock=lambda: self.now, problems=lambda: self.problems, places=(STAGE,))
        launcher = SimpleNamespace(fleet=fleet, place_book=self.book, setup=SimpleNamespace(default_profile="default"))
        self.watch = SignInWatch(cast(Any, None), cast(Any, launcher), cast(Any, None))

    def look(self, **states: SignInState) -> bool:
        self.book.catalog.states = states
        return asyncio.run(self.watch.look())


def test_another_program_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    assert not bench.look(stage=OUT, prod=OUT)
    assert not bench.look(stage=OUT, prod=IN), "nothing of the list waits for this one"
    assert bench.look(stage=IN, prod=IN)


def test_a_sign_in_that_aws_refuses_is_tried_again_only_when_its_file_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    assert not bench.look(stage=IN), "at first it is not known what was before"
    assert not bench.look(stage=IN)
    assert bench.look(stage=SignInState(SignedIn.YES, NOW + timedelta(hours=9)))


def test_a_code_that_nobody_could_be_asked_for_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.problems[0].fault = fault("ssm:X", FaultKind.MFA_NEEDED)
    assert not bench.look(stage=OUT), "there is still nobody"

    async def no(_: MfaQuestion) -> None:
        return None

    async def answering() -> list[bool]:
        bench.book.codes.answer_with(no)
        found = [await bench.watch.look()]
        with pytest.raises(NoMfaCode):
            await asyncio.to_thread(bench.book.codes.code_for, MfaQuestion("stage", "serial"))
        return [*found, await bench.watch.look()]

    assert asyncio.run(answering()) == [True, False], "after a no it waits for L"


def test_it_looks_once_a_minute_and_oftener_while_the_list_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    due = [bench.watch.is_due]
    bench.look(stage=IN)
    due.append(bench.watch.is_due)
    bench.problems = []
    due.append(bench.watch.is_due)
    bench.now += timedelta(minutes=1)
    due.append(bench.watch.is_due)
    assert due == [True, True, False, True]
