"""Runs `smtui login`: signs in to the SSO session of a profile, or has the AWS CLI do it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import DEMO, LOG_FILE, PROFILE, READ_ONLY, common_options, settings
from smtui.cli.output import FAILED, help_on, line, problem, progress
from smtui.domain.ages import clock_words, seconds_between

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.domain.places.sign_in_progress import SignInProgress
    from smtui.engine.launcher import Launcher
    from smtui.places.login_choice import LoginChoice
    from smtui.places.sso_sign_in import SignIn

_TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _How:
    """The options of one `smtui login`."""

    code: bool
    opens_browser: bool


@click.command()
@click.option("--session", default="", metavar="NAME", help="An SSO session of the AWS configuration.")
@click.option("--code", is_flag=True, help="Sign in with a code, on any device.")
@click.option("--no-browser", is_flag=True, help="Print the page's address and open no browser.")
@click.option("--aws-cli", is_flag=True, help="Have the AWS CLI sign in instead.")
@common_options(DEMO, PROFILE, READ_ONLY, LOG_FILE)
@click.pass_context
def login(ctx: click.Context, *, session: str, code: bool, no_browser: bool, aws_cli: bool) -> None:
    """Sign in to IAM Identity Center (SSO), as the AWS CLI and every SDK need it too.

    The address of AWS's page, and the code if there is one, are printed; progress is on stderr. Without --profile and
    --session it is for the default profile, or the only SSO session. A profile that needs an MFA code is asked for it.
    """
    given = settings(ctx)
    if session and given.profiles:
        raise click.UsageError("--session and --profile exclude each other.", ctx)
    if aws_cli and (code or no_browser):
        raise click.UsageError("--aws-cli leaves --code and --no-browser to the AWS CLI.", ctx)
    if aws_cli and given.demo:
        raise click.UsageError("--aws-cli would use your own AWS configuration, not the demo's.", ctx)

    async def run() -> int:
        async with prepared(given) as launcher:
            how, worst = _How(code, not no_browser), 0
            known = await launcher.place_book.catalog.read()
            for choice in _choices(known, given.profiles, session, aws_cli=aws_cli):
                worst = max(worst, await _done(launcher, choice, known, how))
            return worst

    ctx.exit(asyncio.run(run()))


def _choices(known: ProfileList, profiles: Sequence[str], session: str, *, aws_cli: bool) -> list[LoginChoice]:
    """What to do for each profile; several of one session are signed in at once."""
    from smtui.places.login_choice import login_choice

    each = [login_choice(known, profile, session, aws_cli=aws_cli) for profile in profiles or ("",)]
    keys = [choice.session.cache_key if choice.session is not None else None for choice in each]
    return [choice for at, choice in enumerate(each) if keys[at] is None or keys[at] not in keys[:at]]


async def _done(launcher: Launcher, choice: LoginChoice, known: ProfileList, how: _How) -> int:
    """Do it and say what came of it; returns the exit status."""
    if choice.argv:
        return await _by_aws_cli(launcher, choice.argv)
    if choice.session is not None:
        return await _by_us(launcher, choice.session, known, how)
    if choice.code_for:
        return await _by_mfa_code(launcher, choice.code_for)
    if not choice.topic:
        line(choice.says)
        return 0
    problem(choice.says)
    help_on(choice.topic, demo=launcher.setup.demo)
    return FAILED


async def _by_us(launcher: Launcher, session: SsoSession, known: ProfileList, how: _How) -> int:
    from smtui.places.login_choice import profiles_that_count

    sign_ins = launcher.place_book.sign_ins
    by_browser = not how.code and not sign_ins.why_with_a_code
    sign_in = sign_ins.begin(session, by_browser=by_browser, opens_browser=how.opens_browser)
    try:
        done = await _followed(launcher, sign_in)
    finally:
        sign_in.cancel()
    now = sign_in.progress
    if not done:
        problem(now.failure)
        help_on(now.topic, demo=launcher.setup.demo)
        return FAILED
    if now.warning:
        problem(now.warning)
    line(_success(now, profiles_that_count(known, session)))
    return 0


async def _followed(launcher: Launcher, sign_in: SignIn) -> bool:
    """Print the page and the code once they are there, and on stderr what is waited for."""
    shown, noted = "", ""

    def report() -> None:
        nonlocal shown, noted
        now = sign_in.progress
        if now.note and now.note != noted:
            progress("")
            problem(now.note)
        noted = now.note
        if now.address and now.address != shown and now.stage.waits_for_user:
            progress("")
            for text in _what_to_do(now):
                line(text)
            shown = now.address

    report()
    stop = sign_in.watch(report)
    painting = asyncio.create_task(_repaint(launcher, sign_in)) if sys.stderr.isatty() else None
    try:
        return await sign_in.done()
    finally:
        stop()
        if painting is not None:
            painting.cancel()
            progress("")


async def _repaint(launcher: Launcher, sign_in: SignIn) -> None:
    while True:
        progress(_waiting(sign_in.progress, launcher))
        await asyncio.sleep(_TICK_SECONDS)


def _what_to_do(now: SignInProgress) -> list[str]:
    if not now.user_code:
        return [f"Approve on AWS's page: {now.address}"]
    page = [f"Or, with the code filled in: {now.address}"] if now.address != now.plain_address else []
    return [f"On any device, open: {now.plain_address}", f"Type this code:      {now.user_code}", *page]


def _waiting(now: SignInProgress, launcher: Launcher) -> str:
    if now.gives_up_at is None:
        return f"Signing in to {now.session.label} …"
    left = seconds_between(launcher.fleet.clock(), now.gives_up_at)
    return f"Waiting until you approve · gives up in {clock_words(left)}"


def _success(now: SignInProgress, profiles: Sequence[str]) -> str:
    until = f" until {now.until.astimezone():%Y-%m-%d %H:%M}" if now.until is not None else ""
    renewed = ", renewed by itself" if now.renews_itself else ""
    used = f"It counts for: {', '.join(profiles)}." if profiles else "No profile of the AWS configuration uses it."
    return f"Signed in to {now.session.label}{until}{renewed}. {used}"


async def _by_mfa_code(launcher: Launcher, profile: str) -> int:
    """Make a call that needs the code: whoever asks for codes on this terminal asks for it."""
    from smtui.domain.place import Place

    launcher.place_book.codes.ask_again(profile)
    caller = await launcher.off_loop.call(lambda: launcher.fleet.aws(Place(profile)).caller())
    line(f"Signed in as {caller.arn}.")
    return 0


async def _by_aws_cli(launcher: Launcher, argv: tuple[str, ...]) -> int:
    from smtui.cli.ssh import run_in_our_place
    from smtui.domain.shellquote import offered_line
    from smtui.ssh.ssh_command import SshCommand

    if shutil.which(argv[0]) is None:
        problem(f"The AWS CLI is not on PATH. Leave out --aws-cli, or install it and run: {offered_line(argv)}")
        return FAILED
    status = await run_in_our_place(launcher, SshCommand(argv))
    if status:
        problem(f"{offered_line(argv)} ended with status {status}. The AWS CLI 1 cannot sign in; 2 can.")
        return FAILED
    return 0
