"""Turns a failure to fetch or renew credentials into a fault that names their profile and source.

botocore raises whatever occurs: a KeyError for a truncated token file, a JSONDecodeError for a program that prints
something else. The providers in the traceback tell which source it used: their `METHOD` and profile.
Sources: botocore/credentials.py, botocore/tokens.py;
https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html on `credential_process`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from json import JSONDecodeError
from traceback import walk_tb
from typing import Any

from smtui.aws.call_faults import fault_of
from smtui.aws.credentials import profile_chain, sso_login
from smtui.domain.fault import CREDENTIAL_KINDS, PASSING_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.shellquote import offered_line
from smtui.domain.text import error_words

PROCESS, SSO, LOGIN, WEB_IDENTITY = "custom-process", "sso", "login", "assume-role-with-web-identity"
_OF_ENVIRONMENT = frozenset({"env"})
_OF_MACHINE = {"iam-role": "this machine's role", "container-role": "this container's role"}
_AS_IT_IS = frozenset({FaultKind.UNKNOWN_PROFILE, FaultKind.BROKEN_CONFIG, FaultKind.NO_REGION, FaultKind.CLOCK_SKEW})
_DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class _Source:
    """The source of credentials that botocore was using when it failed; every part may be empty."""

    method: str
    """botocore's name of the provider, such as `sso`."""
    profile: str
    """Empty for credentials of the environment or the machine."""
    role: str
    """`role admin in account 123456789012`."""
    in_functions: frozenset[str] = frozenset()
    """The names of the functions in the traceback."""

    @property
    def owner(self) -> str:
        """`profile work`, `the environment`, `this machine's role`."""
        if self.profile:
            return f"profile {self.profile}"
        return _OF_MACHINE.get(self.method, "the environment" if self.method else "this profile")


def credential_fault(error: Exception, session: Any, at: datetime) -> Fault:
    """The fault of an exception that was raised while the credentials of `session` were fetched or renewed."""
    if isinstance(error, AwsCallFailed):
        return error.fault
    fault, source = fault_of(error, "", at), _source_of(error, session)
    if fault.kind in PASSING_KINDS:
        what = fault.sentence()
        return replace(fault, says=f"The credentials of {source.owner} could not be fetched. {what}")
    if fault.request_id or "ClientError" in _names(error):
        return _refused(fault, source)
    if source.method == PROCESS:
        return _of_process(fault, error, source)
    return _of_client(fault, error, source)


def unusable_keys(credentials: Any, session: Any, at: datetime) -> Fault:
    """The fault of credentials whose keys are not strings, as where a program printed `"AccessKeyId": null`."""
    method = str(getattr(credentials, "method", "") or "")
    source = _Source(method, "" if method in _OF_ENVIRONMENT else _name_of(session), "")
    says = f"The keys of {source.owner} cannot be used: access key and secret must be strings."
    if method == PROCESS:
        says = f"{_the_program(source)} printed keys that are not strings."
    return Fault(FaultKind.CREDENTIAL_SOURCE, "", "", "", at, says=says, advice=_correction(source))


def _refused(fault: Fault, source: _Source) -> Fault:
    """AWS refused a call that fetches credentials."""
    if fault.kind is FaultKind.EXPIRED_CREDENTIALS:
        return replace(fault, says=f"The AWS credentials of {source.owner} have expired ({fault.action}).")
    if fault.kind is FaultKind.INVALID_CREDENTIALS:
        return replace(fault, says=f"AWS does not accept the keys of {source.owner} ({fault.action}).")
    if fault.kind is FaultKind.SSO_SIGN_IN:
        return _sign_in_again(fault, source)
    if fault.kind in _AS_IT_IS:
        return fault
    words = ": ".join(part for part in (fault.code, fault.message) if part)
    wanted = f" for {source.role}" if source.role else ""
    call = f" ({fault.action})" if fault.action else ""
    return replace(
        fault,
        kind=FaultKind.CREDENTIAL_SOURCE,
        says=f"AWS refuses credentials to {source.owner}{wanted}{call}: {words}",
        advice=_ROLE_ADVICE.get(source.method, "Check the role and the account that the profile names."),
    )


_ROLE_ADVICE = {
    SSO: "Check the profile's sso_role_name and sso_account_id, or have the permission set assigned to you.",
    WEB_IDENTITY: "Check the profile's role_arn, and that the role's trust policy allows this web identity.",
    "assume-role": "Check the profile's role_arn, and that its trust policy and your own policies let you assume it.",
}


def _of_process(fault: Fault, error: Exception, source: _Source) -> Fault:
    kind = FaultKind.CREDENTIAL_SOURCE
    if "still expired" in str(error):
        kind = FaultKind.EXPIRED_CREDENTIALS
    says = f"{_the_program(source)} {_process_words(error, source)}"
    if "compat_shell_split" in source.in_functions:
        says = f"The command line of credential_process of {source.owner} cannot be read: {error_words(error)}"
    elif isinstance(error, IndexError):
        says = f"The command line of credential_process of {source.owner} is empty."
    return replace(fault, kind=kind, says=says, advice=_correction(source))


def _process_words(error: Exception, source: _Source) -> str:  # noqa: PLR0911 - one sentence a way to break
    """Quotes stderr alone: what the program printed may hold keys."""
    if isinstance(error, OSError):
        missing = isinstance(error, FileNotFoundError)
        why = "was not found" if missing else f"cannot be started ({error.strerror or error_words(error)})"
        return f"{why}: {error.filename}" if error.filename else why
    if isinstance(error, JSONDecodeError):
        return _no_json(error)
    if isinstance(error, UnicodeDecodeError):
        return "printed something that is not UTF-8"
    if "CredentialRetrievalError" in _names(error):
        words = str(getattr(error, "kwargs", {}).get("error_msg", "")).strip()
        if words.startswith(("Missing required key", "Unsupported version")):
            return f"printed JSON that does not have AWS's format: {error_words(ValueError(words))}"
        return f"failed: {error_words(ValueError(words))}" if words else "failed and wrote nothing to stderr"
    if "still expired" in str(error):
        return "returned credentials that have already expired"
    if source.in_functions & _DATE_FUNCTIONS:
        return "returned an Expiration that is not a date with a time zone"
    return "printed JSON that does not have AWS's format"


_DATE_FUNCTIONS = frozenset({"_expiry_datetime", "_seconds_remaining", "_set_from_data"})


def _no_json(error: JSONDecodeError) -> str:
    if not error.doc.strip():
        return "printed nothing"
    if error.doc.startswith("\ufeff"):
        return "printed a byte order mark before its JSON"
    where = f"line {error.lineno}, column {error.colno}"
    return f"printed something other than one JSON object ({where})"


def _of_sign_in(fault: Fault, error: Exception, source: _Source) -> Fault:
    """IAM Identity Center or `aws login`: both keep tokens in files, and a new sign-in replaces them."""
    names = _names(error)
    if "MissingDependencyException" in names:
        return replace(fault, kind=FaultKind.CREDENTIAL_SOURCE, says=_no_crt(source), advice=_instead_of_crt(source))
    if "LoginInsufficientPermissions" in names:
        says = f"{_capital(source.owner)} may not renew its sign-in (signin:CreateOAuth2Token)."
        advice = "Ask for the policy SignInLocalDevelopmentAccess, or use another profile."
        return replace(fault, kind=FaultKind.CREDENTIAL_SOURCE, says=says, advice=advice)
    if "BotoCoreError" in names:
        return _sign_in_again(fault, source)
    kept = _SIGN_INS[source.method]
    broken = f"The saved {kept} of {source.owner} cannot be read: its file was truncated or changed."
    return replace(_sign_in_again(fault, source), says=broken)


def _sign_in_again(fault: Fault, source: _Source) -> Fault:
    login = source.method == LOGIN
    argv = _argv("login", profile=source.profile) if login else sso_login(source.profile)
    return replace(
        fault,
        kind=FaultKind.EXPIRED_CREDENTIALS if login else FaultKind.SSO_SIGN_IN,
        says=f"The {_SIGN_INS.get(source.method, _SIGN_INS[SSO])} of {source.owner} has expired or was never made.",
        sign_in=argv,
    )


_SIGN_INS = {SSO: "SSO sign-in", LOGIN: "sign-in of aws login"}


def _no_crt(source: _Source) -> str:
    return f"{_capital(source.owner)} uses aws login, which needs the Python package awscrt."


def _instead_of_crt(source: _Source) -> str:
    export = offered_line(_argv("configure", "export-credentials", "--format", "env", profile=source.profile))
    return (
        "Install smtui with its extra: pip install 'smtui[login]'. "
        f'Or run eval "$({export})" and start smtui without --profile: those keys last 15 minutes.'
    )


def _of_client(fault: Fault, error: Exception, source: _Source) -> Fault:
    """botocore itself failed; AWS was not asked, or did not answer."""
    if fault.kind in _AS_IT_IS:
        return fault
    if fault.kind is FaultKind.MFA_NEEDED:
        argv = _argv("sts", "get-caller-identity", profile=source.profile)
        why = getattr(error, "says", "")
        return replace(fault, sign_in=argv, says=f"{_capital(source.owner)} needs an MFA code. {why}".rstrip())
    if source.method in _SIGN_INS:
        return _of_sign_in(fault, error, source)
    return _of_other(fault, error, source)


def _of_other(fault: Fault, error: Exception, source: _Source) -> Fault:
    """Half a key, a web identity without its file, a metadata service that does not answer, and anything else."""
    kind = fault.kind if fault.kind in CREDENTIAL_KINDS else FaultKind.CREDENTIAL_SOURCE
    words = " ".join(error_words(error).split())
    if isinstance(error, OSError) and source.method == WEB_IDENTITY:
        says = f"The web identity token file of {source.owner} cannot be read: {words}"
    elif "BotoCoreError" in _names(error):
        says = f"The credentials of {source.owner} are not usable: {words}"
    else:
        says = f"The credentials of {source.owner} are not usable: {type(error).__name__}: {words}"
    return replace(
        fault, kind=kind, says=says, advice=_correction(source) if kind is FaultKind.CREDENTIAL_SOURCE else ""
    )


def _the_program(source: _Source) -> str:
    return f"The program of credential_process of {source.owner}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _correction(source: _Source) -> str:
    if source.method == PROCESS:
        return f"Correct credential_process of {source.owner} in the AWS configuration file, or use another profile."
    return "Correct what the message names, or use another profile."


def _argv(*words: str, profile: str) -> tuple[str, ...]:
    return ("aws", *words, *(("--profile", profile) if profile else ()))


def _names(error: Exception) -> list[str]:
    return [cls.__name__ for cls in type(error).__mro__]


def _source_of(error: Exception, session: Any) -> _Source:
    method, profile, role_arn, sso_role, functions = "", "", "", ("", ""), set[str]()
    for frame, _ in walk_tb(error.__traceback__):
        functions.add(frame.f_code.co_name)
        owner = frame.f_locals.get("self")
        kind, held = type(owner), getattr(owner, "__dict__", {})
        named = getattr(kind, "METHOD", None)
        if isinstance(named, str):
            method, profile = named, str(held.get("_profile_name") or "")
        elif hasattr(kind, "get_frozen_credentials"):
            method = str(held.get("method") or method)
        role_arn = str(held.get("_role_arn") or role_arn)
        if method == SSO and "_account_id" in held and "_role_name" in held:
            sso_role = (str(held["_account_id"]), str(held["_role_name"]))
    if method in _OF_ENVIRONMENT or method in _OF_MACHINE:
        return _Source(method, "", "", frozenset(functions))
    if method == WEB_IDENTITY and not _names_web_identity(session):
        return _Source(method, "", _role(role_arn), frozenset(functions))
    if any(sso_role):
        role = f"role {sso_role[1]} in account {sso_role[0]}"
        profile = profile or _holding(session, sso_account_id=sso_role[0], sso_role_name=sso_role[1])
    else:
        role = _role(role_arn)
        profile = (_holding(session, role_arn=role_arn) if role_arn else "") or profile
    return _Source(method, profile or _name_of(session), role, frozenset(functions))


def _role(arn: str) -> str:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return f"role {arn}" if arn else ""
    return f"role {parts[5].removeprefix('role/')} in account {parts[4]}"


def _name_of(session: Any) -> str:
    return str(session.profile or _DEFAULT_PROFILE)


def _names_web_identity(session: Any) -> bool:
    return any("web_identity_token_file" in held for _, held in profile_chain(session))


def _holding(session: Any, **values: str) -> str:
    """The profile of the chain that has these settings; empty for none."""
    fits = (
        name for name, held in profile_chain(session) if all(held.get(key) == value for key, value in values.items())
    )
    return next(fits, "")
