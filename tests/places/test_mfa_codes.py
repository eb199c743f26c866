"""Questions for MFA codes: asked on the event loop, waited for in threads, one at a time, never twice after a no."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode, code_in, next_code
from smtui.places.mfa_codes import MfaCodes

NOW = datetime(2026, 11, 29, 9, 14, 16, tzinfo=UTC)
DEVICE = "arn:aws:iam::111122223333:mfa/maria"
AUDIT = MfaQuestion("audit", DEVICE, "arn:aws:iam::777788889999:role/SecurityAudit")
STAGE = MfaQuestion("stage", "arn:aws:iam::444455556666:mfa/maria")


class Person:
    """Gives prepared answers and remembers what was asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[MfaQuestion] = []
        self.open = 0
        self.most_open = 0

    async def ask(self, question: MfaQuestion) -> str | None:
        self.asked.append(question)
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        await asyncio.sleep(0)
        self.open -= 1
        return self.answers.pop(0)


def codes() -> MfaCodes:
    return MfaCodes(lambda: NOW)


def in_threads(mfa: MfaCodes, person: Person, *calls: Callable[[], str]) -> list[str | BaseException]:
    async def run() -> list[str | BaseException]:
        mfa.answer_with(person.ask)
        return await asyncio.gather(*(asyncio.to_thread(call) for call in calls), return_exceptions=True)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("typed", "code"),
    [("123456", "123456"), (" 123 456\n", "123456"), ("123-456", "123456"), ("12345", ""), ("12345a", ""), ("", "")],
)
def test_a_code_is_six_digits(typed: str, code: str) -> None:
    assert code_in(typed) == code
    assert code_in("١٢٣٤٥٦") == "", "AWS takes ASCII digits alone"


def test_the_next_code_comes_at_half_and_whole_minutes() -> None:
    assert next_code(NOW) == datetime(2026, 11, 29, 9, 14, 30, tzinfo=UTC)
    assert next_code(NOW + timedelta(seconds=14)) == datetime(2026, 11, 29, 9, 15, tzinfo=UTC)


def test_the_answer_comes_back_to_the_thread() -> None:
    person = Person("492 133")
    assert in_threads(mfa := codes(), person, lambda: mfa.code_for(AUDIT)) == ["492133"]
    assert person.asked == [AUDIT]


def test_what_is_no_code_is_asked_again_without_a_call() -> None:
    person = Person("49213", "492133")
    assert in_threads(mfa := codes(), person, lambda: mfa.code_for(AUDIT)) == ["492133"]
    assert [asked.trouble for asked in person.asked] == ["", "An MFA code has six digits."]


def test_a_used_code_is_refused_here_and_the_next_one_is_dated() -> None:
    person = Person("111111", "111111", "222222")
    mfa = codes()
    (code,) = in_threads(mfa, person, lambda: mfa.code_for(AUDIT))
    assert code == "111111"
    (code,) = in_threads(mfa, person, lambda: mfa.code_for(AUDIT, refused=True))
    assert code == "222222"
    first, second, third = person.asked
    assert first.next_code_at is None
    assert second.trouble == "The last code was refused: each is good once."
    assert third.trouble == "That code was already used: each is good once."
    assert second.next_code_at == third.next_code_at == datetime(2026, 11, 29, 9, 14, 30, tzinfo=UTC)


def test_questions_of_several_profiles_queue() -> None:
    person = Person("111111", "222222")
    mfa = codes()
    given = in_threads(mfa, person, lambda: mfa.code_for(AUDIT), lambda: mfa.code_for(STAGE))
    assert sorted(map(str, given)) == ["111111", "222222"]
    assert person.most_open == 1


def test_after_a_no_the_profile_is_not_asked_until_the_user_wants_it() -> None:
    person = Person(None, "222222", "333333")
    mfa = codes()
    both = in_threads(mfa, person, lambda: mfa.code_for(AUDIT), lambda: mfa.code_for(AUDIT))
    assert [str(error) for error in both] == ["The MFA code was not given."] * 2
    assert len(person.asked) == 1, "one no counts for every thread of the profile"
    (again,) = in_threads(mfa, person, lambda: mfa.code_for(AUDIT))
    assert isinstance(again, NoMfaCode)
    assert in_threads(mfa, person, lambda: mfa.code_for(STAGE)) == ["222222"], "other profiles are asked"
    mfa.ask_again("audit")
    assert in_threads(mfa, person, lambda: mfa.code_for(AUDIT)) == ["333333"]


def test_nobody_there_is_no_no() -> None:
    mfa = codes()
    with pytest.raises(NoMfaCode, match=r"^$"):
        mfa.code_for(AUDIT)
    assert in_threads(mfa, Person("111111"), lambda: mfa.code_for(AUDIT)) == ["111111"]
    with pytest.raises(NoMfaCode, match=r"^$"):
        mfa.code_for(AUDIT)  # its loop has closed meanwhile


def test_it_never_waits_on_an_event_loop() -> None:
    async def on_the_loop() -> None:
        mfa = codes()
        mfa.answer_with(Person("111111").ask)
        with pytest.raises(NoMfaCode):
            mfa.code_for(AUDIT)

    asyncio.run(on_the_loop())


def test_a_question_that_nobody_answers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.places.mfa_codes.ANSWER_SECONDS", 0.01)
    was_cancelled = []

    async def never(question: MfaQuestion) -> str | None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            was_cancelled.append(question)
            raise
        return None

    now = [NOW]

    async def run() -> None:
        mfa = MfaCodes(lambda: now[0])
        mfa.answer_with(never)
        calls = [asyncio.to_thread(mfa.code_for, AUDIT) for _ in range(4)]
        late = await asyncio.gather(*calls, return_exceptions=True)
        assert [str(error) for error in late] == ["No MFA code came in time."] * 4
        assert was_cancelled == [AUDIT], "so that the dialog closes; and the others do not wait as long again"
        assert not mfa.would_ask("audit")
        now[0] += timedelta(seconds=30)
        assert mfa.would_ask("audit"), "a user who was away has said no no"

    asyncio.run(run())


def test_a_fault_of_the_front_end_costs_one_call() -> None:
    async def broken(question: MfaQuestion) -> str | None:
        raise LookupError("no screen")

    async def run() -> None:
        mfa = codes()
        mfa.answer_with(broken)
        with pytest.raises(NoMfaCode, match="could not be asked for: no screen"):
            await asyncio.to_thread(mfa.code_for, AUDIT)

    asyncio.run(run())
