"""Says in one sentence what to do next: after a failed call of AWS, an unusable plugin, a session that failed.

A topic says it at length; this is what fits into a line of the screen or of stderr.
"""

from __future__ import annotations

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, SessionEnding, SessionOutcome, refused_answer
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.shellquote import offered_line

_UPDATE_PLUGIN = "Install the newest Session Manager plugin, or set SMTUI_PLUGIN=builtin."


def after_fault(fault: Fault) -> str:
    """The fault's own advice, where it has some; else the sign-in that helps; else what helps against its kind."""
    if fault.advice:
        return fault.advice
    if fault.sign_in:
        return _WITH_SIGN_IN.get(fault.kind, "Run {line} to sign in.").format(line=offered_line(_ours(fault.sign_in)))
    return _BY_KIND[fault.kind].format(what=fault.action or "the call")


def without_a_way_in(account: str) -> str:
    """What to do about a node in an account to which no profile leads."""
    return f"No profile of yours leads to account {account}: add one, or pick a role of your SSO session."


def _ours(sign_in: tuple[str, ...]) -> tuple[str, ...]:
    """Our own command where there is one: it needs no AWS CLI, and its sign-in serves the AWS CLI as well."""
    return ("smtui", "login", *sign_in[3:]) if sign_in[:3] == ("aws", "sso", "login") else sign_in


def after_grade(grade: PluginGrade) -> str:
    """What helps against a plugin of this grade; empty where nothing is wrong with it."""
    return _BY_GRADE[grade]


def after_run(run: PluginRun, outcome: SessionOutcome) -> str:
    """What to do after a session of this outcome; empty where nothing has to be done."""
    match outcome.ending:
        case SessionEnding.PLUGIN_FAILED:
            return _after_failed_plugin(run)
        case SessionEnding.LEFT:
            return "Look at the node's status and its reasons, then try again." if run.left else ""
        case ending:
            return _BY_ENDING.get(ending, "")


def _after_failed_plugin(run: PluginRun) -> str:
    if run.error:
        return "Start the session again."
    if run.words.word is PluginWord.CANNOT_START and refused_answer(run.words.text):
        return "Make sure that AWS_ENDPOINT_URL and the proxy are yours, and that the document is the one you meant."
    return _BY_WORD.get(run.words.word, "Check the network. Run smtui doctor to see which check fails.")


_WITH_SIGN_IN: dict[FaultKind, str] = {
    FaultKind.NO_CREDENTIALS: "Choose a profile with --profile or AWS_PROFILE, or run {line} to sign in.",
    FaultKind.MFA_NEEDED: "Let smtui ask for it on a terminal, or run {line}: each uses what the other was given.",
}
"""With the command that signs in; for the kinds that need other words than all the rest."""

_BY_KIND: dict[FaultKind, str] = {
    FaultKind.DENIED: "Ask for {what} in your IAM policy, or use another profile.",
    FaultKind.EXPIRED_CREDENTIALS: "Sign in again.",
    FaultKind.INVALID_CREDENTIALS: "Check the access key and secret of this profile (aws sts get-caller-identity).",
    FaultKind.NO_CREDENTIALS: "Choose a profile with --profile, sign in with smtui login, or set AWS_PROFILE.",
    FaultKind.CREDENTIAL_SOURCE: "Correct what the message names, or use another profile.",
    FaultKind.MFA_NEEDED: "Let smtui ask for it on a terminal.",
    FaultKind.SSO_SIGN_IN: "Run smtui login for this profile.",
    FaultKind.NO_REGION: "Choose one with --region, or set region in the profile or AWS_REGION.",
    FaultKind.REGION_NOT_ENABLED: "Choose another Region, or ask for this one to be enabled in the account.",
    FaultKind.UNKNOWN_PROFILE: "Check the name against aws configure list-profiles.",
    FaultKind.BROKEN_CONFIG: "Correct the AWS configuration file that the message names.",
    FaultKind.CLOCK_SKEW: "Set this machine's clock (it may be off by 5 minutes at most).",
    FaultKind.UNREACHABLE: "Check the network, VPN, proxy and the Region's name.",
    FaultKind.CERTIFICATE: (
        "Where a proxy opens TLS, name its authority's PEM file in ca_bundle of the profile or AWS_CA_BUNDLE."
    ),
    FaultKind.TIMED_OUT: "Check the network, VPN and proxy, then try again.",
    FaultKind.THROTTLED: "Wait a few seconds and try again.",
    FaultKind.TARGET_NOT_CONNECTED: (
        "Its agent has no connection to Session Manager. Run smtui doctor to see which check fails."
    ),
    FaultKind.INVALID_TARGET: "Check the id, the account and the Region.",
    FaultKind.INVALID_DOCUMENT: "Check the document's name, and that it is a session document of this Region.",
    FaultKind.INVALID_REQUEST: "Check the values that were given.",
    FaultKind.ALREADY_ENDED: "There is nothing left to do.",
    FaultKind.SERVICE: "Try again. If it persists, look at the AWS Health Dashboard.",
    FaultKind.OTHER: "Run the same with --log-file FILE to keep the details.",
}

_BY_GRADE: dict[PluginGrade, str] = {
    PluginGrade.FINE: "",
    PluginGrade.OUTDATED: _UPDATE_PLUGIN,
    PluginGrade.KNOWN_BAD: _UPDATE_PLUGIN,
    PluginGrade.CANNOT_HIDE_TOKEN: _UPDATE_PLUGIN,
    PluginGrade.TOO_OLD: _UPDATE_PLUGIN,
    PluginGrade.UNREADABLE: "Run it with --version by hand; reinstall it, or set SMTUI_PLUGIN=builtin.",
    PluginGrade.MISSING: "Correct the path, install the Session Manager plugin, or set SMTUI_PLUGIN=auto.",
    PluginGrade.BUILTIN: "",
}

_BY_ENDING: dict[SessionEnding, str] = {
    SessionEnding.BLANK: "Run smtui doctor to see which check fails.",
    SessionEnding.NOT_STARTED: "Check it with smtui plugin status, or set SMTUI_PLUGIN=builtin.",
    SessionEnding.PLUGIN_KILLED: "Start the session again.",
    SessionEnding.SERVICE_CLOSED: "Start it again; the text says what the node or the service objected to.",
    SessionEnding.TIMED_OUT: "Check the network and the credentials' age, then start it again.",
}

_BY_WORD: dict[PluginWord, str] = {
    PluginWord.CANNOT_START: "Check the network path to the ssmmessages endpoint, then try again.",
    PluginWord.MISUSED: _UPDATE_PLUGIN,
    PluginWord.PANIC: _UPDATE_PLUGIN,
    PluginWord.UNEXPECTED_SEQUENCE: "Start the session again; SMTUI_PLUGIN=builtin does not have this fault.",
}
"""What helps against a plugin that failed with these last words."""
