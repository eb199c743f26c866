"""Lists the commands of profiles, Regions and signing in."""

from __future__ import annotations

from smtui.tui.command import Command, Scope

_WHERE: tuple[Command, ...] = (
    Command("places", "P", "Profiles", "whose nodes are listed, one or several", "app.places('profiles')", Scope.WHERE,
            palette=True),
    Command("regions", "R", "Regions", "of the chosen profiles, one or several", "app.places('regions')", Scope.WHERE,
            palette=True),
)  # fmt: skip
"""Of the screens that have a number."""
_SIGN_IN: tuple[Command, ...] = (
    Command("sign-in", "L", "Sign in", "with the AWS CLI", "sign_in", Scope.SIGN_IN, footer="Sign in"),
    Command("sign-in.copy", "C", "Copy the sign-in", "the command", "copy_sign_in", Scope.SIGN_IN,
            footer="Copy sign-in", spare=True),
)  # fmt: skip
"""Where credentials have failed."""
_PLACES: tuple[Command, ...] = (
    Command("places.use", "enter", "Use the marked", "else the row under the cursor", "use", Scope.PLACES,
            footer="Use the marked", palette=True),
    Command("places.mark", "space", "Mark", "and go down", "mark", Scope.PLACES, footer="Mark", palette=True),
    Command("places.all", "a", "Mark all Regions", "that are enabled; again: none", "all_regions", Scope.PLACES,
            footer="All Regions", palette=True),
    Command("places.sign-in", "L", "Sign in", "to the profile under the cursor", "sign_in", Scope.PLACES,
            footer="Sign in", palette=True),
    Command("places.browse", "b", "Accounts and roles", "of an SSO session", "browse", Scope.PLACES,
            footer="Accounts and roles", spare=True, palette=True),
    Command("places.other-pane", "tab", "Other pane", "profiles, or Regions", "other_pane", Scope.PLACES,
            footer="Regions", palette=True),
    Command("places.filter", "/", "Filter", "words in any column", "filter", Scope.PLACES, footer="Filter", spare=True,
            palette=True),
    Command("places.copy", "y", "Copy the account", "its twelve digits", "copy_account", Scope.PLACES, palette=True),
)  # fmt: skip
"""Of the list of profiles and Regions, `Scope.PLACES`."""

PLACE_COMMANDS: tuple[Command, ...] = (*_WHERE, *_SIGN_IN, *_PLACES)
