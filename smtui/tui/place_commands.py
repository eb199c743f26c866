"""Lists the commands of profiles, Regions and signing in."""

from __future__ import annotations

from smtui.tui.command import Command, Scope

_WHERE: tuple[Command, ...] = (
    Command("places", "P", "Profiles", "choose one or several to list", "app.places('profiles')", Scope.WHERE,
            palette=True),
    Command("regions", "R", "Regions", "of the chosen profiles, one or several", "app.places('regions')", Scope.WHERE,
            palette=True),
)  # fmt: skip
"""Of the screens that have a number."""
_SIGN_IN: tuple[Command, ...] = (
    Command("sign-in", "L", "Sign in", "SSO, MFA, or with the AWS CLI", "app.sign_in", Scope.SIGN_IN,
            footer="Sign in"),
    Command("sign-in.copy", "C", "Copy the sign-in", "the command", "app.copy_sign_in", Scope.SIGN_IN,
            footer="Copy sign-in", spare=True),
)  # fmt: skip
"""Where credentials have failed."""
_PLACES: tuple[Command, ...] = (
    Command("places.use", "enter", "Use the marked", "else the row under the cursor", "use", Scope.PLACES,
            footer="Use the marked", palette=True),
    Command("places.mark", "space", "Mark", "and go down", "mark", Scope.PLACES, footer="Mark", palette=True),
    Command("places.all", "a", "Mark all Regions", "that are enabled; again: none", "all_regions", Scope.PLACES,
            footer="All Regions", spare=True, palette=True),
    Command("places.sign-in", "L", "Sign in", "to the profile under the cursor", "sign_in", Scope.PLACES,
            footer="Sign in", spare=True, palette=True),
    Command("places.browse", "b", "Accounts and roles", "of an SSO session", "browse", Scope.PLACES,
            footer="Accounts and roles", spare=True, palette=True),
    Command("places.other-pane", "tab", "Other pane", "profiles, or Regions", "other_pane", Scope.PLACES,
            footer="Regions", palette=True),
    Command("places.profiles", "P", "Profiles", "go to that pane", "pane('profiles')", Scope.PLACES),
    Command("places.regions", "R", "Regions", "go to that pane", "pane('regions')", Scope.PLACES),
    Command("places.filter", "/", "Filter", "words in any column", "filter", Scope.PLACES, footer="Filter", spare=True,
            palette=True),
    Command("places.copy", "y", "Copy the account", "its twelve digits", "copy_account", Scope.PLACES, palette=True),
)  # fmt: skip
"""Of the list of profiles and Regions, `Scope.PLACES`."""

_LOGIN: tuple[Command, ...] = (
    Command("login.copy-code", "y", "Copy the code", "", "copy_code", Scope.LOGIN, footer="Copy code"),
    Command("login.copy-address", "c", "Copy the address", "of AWS's page", "copy_address", Scope.LOGIN,
            footer="Copy address"),
    Command("login.open", "o", "Open the page", "in a browser of this machine", "open_page", Scope.LOGIN,
            footer="Open"),
    Command("login.device", "d", "Sign in with a code", "on any device", "use_code", Scope.LOGIN, footer="Use a code"),
    Command("login.aws-cli", "a", "Sign in with the AWS CLI", "on this terminal", "aws_cli", Scope.LOGIN,
            footer="AWS CLI"),
    Command("login.again", "r", "Try again", "", "again", Scope.LOGIN, footer="Try again"),
    Command("login.help", "h", "What helps", "", "help_on_it", Scope.LOGIN, footer="What helps", spare=True),
)  # fmt: skip
"""Of the dialog that signs in."""
_MFA: tuple[Command, ...] = (
    Command("mfa.answer", "enter", "Go on", "with this code", "answer", Scope.MFA, footer="Go on"),
)
_BROWSE: tuple[Command, ...] = (
    Command("browse.use", "enter", "Open", "or use the role without a profile", "choose", Scope.BROWSE, footer="Open"),
    Command("browse.write", "w", "Write a profile", "shows its lines first", "write", Scope.BROWSE,
            footer="Write a profile", palette=True),
    Command("browse.find", "/", "Search", "accounts and roles", "filter", Scope.BROWSE, footer="Search"),
    Command("browse.again", "r", "Read again", "", "again", Scope.BROWSE, footer="Read again", spare=True),
    Command("browse.copy", "y", "Copy the account", "its twelve digits", "copy_account", Scope.BROWSE),
)  # fmt: skip
_PROFILE_LINES: tuple[Command, ...] = (
    Command("profile.write", "ctrl+s", "Write", "after a look at the lines", "start", Scope.PROFILE_LINES,
            footer="Write"),
)  # fmt: skip

PLACE_COMMANDS: tuple[Command, ...] = (*_WHERE, *_SIGN_IN, *_PLACES, *_LOGIN, *_MFA, *_BROWSE, *_PROFILE_LINES)
