"""Says why no node is listed, and which keys help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.shellquote import offered_line
from smtui.tui.parts.empty_state import Emptiness, Way
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from smtui.domain.query.misses import Miss

_CLEAR = Way("clear", "Clear the filter")
_CLEARING = (_CLEAR, Way("places", "Search in other places too"))
_ALL = Way("not-ready-only", "Show all nodes")
_CHECK = Way("troubleshoot", "Troubleshoot here")
_AGAIN = Way("refresh", "Try again")
_SIGN_IN = Way("sign-in", "Sign in")
_FIRST_SIGN_IN = Way("sign-in", "Sign in with SSO, and write a profile")
_SET_UP = ("aws", "configure", "sso")
_LIST_ACTION = "ssm:DescribeInstanceInformation"
_FILES = "~/.aws/config and credentials"
_DEMO = "Without an account, try: smtui --demo"
_OTHER_PROFILE = Way("places", "Another profile")
_MOST_NAMED = 2
"""Regions with nodes that are named."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What is known while no node is shown."""

    total: int
    """Nodes that are known, shown or not."""
    filter_text: str = ""
    not_ready_only: bool = False
    """Whether nodes that a session can start on are left out."""
    miss: Miss | None = None
    """The term of the filter that no node has; None if each term has some."""
    trouble: str = ""
    """Why the list cannot be read at all; a sentence, or empty."""
    faults: Sequence[Fault] = ()
    """Why parts of it could not be read."""
    coming: int = 0
    """Nodes of the last known list that are yet to come."""
    reading: bool = False
    asked: str = ""
    """The age of the list that was read to its end; empty if none was."""
    caller: str = ""
    """The identity that asks, as an ARN; empty until it is known."""
    profiles: str = ""
    regions: str = ""
    """The names, separated by commas; empty until they are known."""
    looked_at: Sequence[str] = ()
    """The paths of the AWS configuration, as far as they are known."""
    no_profiles: bool = False
    """Whether they were read, and hold no profile."""
    elsewhere: Sequence[tuple[str, int]] = ()
    """Regions that were listed before and had nodes, with their number."""
    pending: Sequence[str] = ()
    """Calls that have had no answer for unusually long, as sentences."""


def why_empty(state: ListState) -> Emptiness:
    """Return why no node is listed, and the keys that help."""
    if state.total:
        return _no_match(state)
    if state.trouble:
        return Emptiness((state.trouble,), (_AGAIN,))
    if state.faults and (state.asked or not state.reading):
        return _not_read(state)
    return _none_there(state) if state.asked else Emptiness(("Reading the nodes …", *state.pending))


def _no_match(state: ListState) -> Emptiness:
    if state.not_ready_only and not state.coming and state.miss is None:
        which = "that match are" if state.filter_text.strip() else "are"
        return Emptiness((f"All nodes {which} ready, and only those that are not are shown.",), (_ALL,))
    said, miss = f"No node matches  {state.filter_text.strip()}", state.miss
    if state.coming:
        return Emptiness((f"{said}  so far", f"{state.coming:,} more nodes are still being read."), (_CLEAR,))
    if miss is None:
        return Emptiness((said, "Each word matches some nodes, but no node has all of them."), _CLEARING)
    why = f"{miss.term} matches none of {state.total:,}"
    if miss.term == said.partition("  ")[2].casefold() and not miss.near:
        return Emptiness((said, f"None of {state.total:,} nodes has it."), _CLEARING)
    if not miss.near:
        return Emptiness((said, f"{why}."), _CLEARING)
    return Emptiness(
        (said, f"{why}; {miss.near_part} does."), (Way("filter.complete", f"Take {miss.near}"), *_CLEARING)
    )


def _not_read(state: ListState) -> Emptiness:
    first = state.faults[0]
    nothing_is_there = state.no_profiles and first.kind in (FaultKind.NO_CREDENTIALS, FaultKind.NO_REGION)
    is_denied = all(fault.kind is FaultKind.DENIED for fault in state.faults)
    if is_denied and any(fault.action == _LIST_ACTION for fault in state.faults):
        sentences = _denied(state)
    elif len(state.faults) > 1:
        said = [f"{fault.sentence()} {_advice(fault)}".rstrip() for fault in state.faults]
        sentences = ("The nodes could not be read:", *said)
    elif first.kind is FaultKind.NO_CREDENTIALS or nothing_is_there:
        files = " and ".join(state.looked_at) or _FILES
        none = "No AWS configuration was found." if nothing_is_there else first.sentence()
        sentences = (none, f"Looked at AWS_*, {files}, and this machine's role.", _DEMO)
    else:
        sentences = tuple(filter(None, (first.sentence(), _advice(first))))
    helps = (_first_profile(), _CHECK) if nothing_is_there else (_CHECK, *_elsewhere(state))
    return Emptiness(sentences, (*_sign_in_ways(state.faults), *helps, _AGAIN))


def _advice(fault: Fault) -> str:
    """What to do; nothing where a key does it."""
    from smtui.topics.next_step import after_fault

    return "" if fault.wants_sign_in and not fault.advice else after_fault(fault)


def _sign_in_ways(faults: Sequence[Fault]) -> Iterator[Way]:
    command = next((fault.sign_in for fault in faults if fault.sign_in), ())
    if any(fault.wants_sign_in for fault in faults):
        yield _FIRST_SIGN_IN if command == _SET_UP else _SIGN_IN
    if command:
        yield Way("sign-in.copy", f"Copy: {offered_line(command)}")


def _denied(state: ListState) -> tuple[str, ...]:
    who = "/".join(state.caller.rpartition(":")[2].split("/")[:2]) or "You"
    where = f" in {state.regions}" if state.regions else ""
    actions = " and ".join(fault.action for fault in state.faults)
    return (
        f"{who} may not list nodes{where}.",
        *(f"{fault.action}: {_reason(fault)}." for fault in state.faults),
        f"Ask for {actions} in your IAM policy, or use another profile.",
    )


def _reason(fault: Fault) -> str:
    """Return why, in AWS's words, which name the kind of policy; else that it was denied."""
    _, because, reason = fault.message.partition(" because ")
    return reason.rstrip(". ") if because else "denied"


def _none_there(state: ListState) -> Emptiness:
    where = f" in {state.regions}" if state.regions else ""
    whose = f" of {state.profiles}" if where and state.profiles else ""
    return Emptiness(
        (
            f"No nodes{where}{whose}.",
            f"Neither Systems Manager nor EC2 lists any (asked {state.asked} ago).",
        ),
        (*_elsewhere(state), _AGAIN),
    )


def _elsewhere(state: ListState) -> tuple[Way, ...]:
    """Return the ways to other places; Regions that had nodes are named."""
    had = ", ".join(f"{name} had {number:,}" for name, number in state.elsewhere[:_MOST_NAMED])
    return Way("regions", f"Another Region: {had}" if had else "Another Region"), _OTHER_PROFILE


def _first_profile() -> Way:
    return Way("places", f"Profiles: {key_of('places.browse')} there signs in with SSO, and writes one")
