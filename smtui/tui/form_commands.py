"""Lists the commands of the forms: forwarding a port, starting with a document, a preset, a setting."""

from __future__ import annotations

from collections.abc import Iterable

from smtui.tui.command import Command, Scope

PICKED_BY_NUMBER = 9
"""How many presets have a key of their own."""


def _picking() -> Iterable[Command]:
    for number in range(1, PICKED_BY_NUMBER + 1):
        yield Command(
            f"forward.pick-{number}",
            str(number),
            f"Start preset {number}",
            "",
            f"screen.pick({number})",
            Scope.PICK,
            footer="Pick" if number == 1 else "",
            footer_keys=f"1–{PICKED_BY_NUMBER}" if number == 1 else "",
        )


SETTING_COMMANDS = (
    Command(
        "settings.change", "enter", "Change", "the setting under the cursor", "change", Scope.SETTINGS, footer="Change"
    ),
    Command("settings.edit", "e", "Edit the file", "in your editor", "edit", Scope.SETTINGS, footer="Edit the file"),
    Command(
        "settings.default", "d", "Default", "takes it out of the file", "default", Scope.SETTINGS, footer="Default"
    ),
    Command("settings.find", "/", "Find", "", "find", Scope.SETTINGS, footer="Find"),
    Command(
        "settings.find-done",
        "enter,down",
        "To the settings",
        "with what is sought",
        "keep",
        Scope.SETTING_FIND,
        footer="To the settings",
    ),
    Command(
        "settings.find-clear",
        "escape",
        "Clear",
        "then leave it",
        "clear_or_leave",
        Scope.SETTING_FIND,
        footer="Clear",
    ),
    Command("setting-form.save", "ctrl+s", "Save", "", "start", Scope.SETTING_FORM, footer="Save"),
)

FORM_COMMANDS: tuple[Command, ...] = (
    Command(
        "forward.choose",
        "enter",
        "Start the preset",
        "or go on to the next field",
        "choose",
        Scope.FORWARD,
        footer="Start",
    ),
    *_picking(),
    Command(
        "forward.change", "e", "Change it first", "in the form", "screen.change", Scope.PICK, footer="Change it first"
    ),
    Command("forward.fields", "tab", "Fields", "and back to the presets", "fields", Scope.FORWARD, footer="Fields"),
    *SETTING_COMMANDS,
    Command("preset-form.save", "ctrl+s", "Save", "", "start", Scope.PRESET_FORM, footer="Save"),
    Command("form.start", "ctrl+s", "Start", "", "start", Scope.FORM, footer="Start"),
    Command("form.next", "enter", "Next field", "on the last one: start", "next", Scope.FORM, footer="Next field"),
    Command("form.sign-in", "ctrl+l", "Sign in", "what is typed stays", "app.sign_in", Scope.FORM, footer="Sign in"),
    Command("form.down", "down", "Next field", "or next row", "step(1)", Scope.FORM),
    Command("form.up", "up", "Previous field", "or previous row", "step(-1)", Scope.FORM),
    Command("form.copy", "ctrl+y", "Copy the aws command", "", "copy_command", Scope.FORM, footer="Copy command"),
    Command(
        "run-form.way",
        "ctrl+r",
        "The other way",
        "by sessions, or by Run Command",
        "other_way",
        Scope.RUN_FORM,
        footer="Other way",
    ),
    Command("forward.save", "ctrl+o", "Save as a preset", "", "save_preset", Scope.FORWARD, footer="Save"),
)
"""In the order of their footers."""
