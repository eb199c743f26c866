"""Shows examples in `--help`, and names the nearest right word for a wrong one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import click

_REFUSED_CHOICE = re.compile(r"^('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\") is not ")
"""How click begins when a value is none of an option's choices."""
_WHOLE = 1000
"""Characters; more than any first sentence of a subcommand has."""


class HelpfulGroup(click.Group):
    """A group whose subcommands show their examples, and that suggests the nearest one for a name it does not know."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, with its examples; None if there is none."""
        command = self.find_command(ctx, cmd_name)
        if command is not None and not command.epilog:
            from smtui.cli.upkeep.examples import help_text

            command.epilog = help_text(" ".join([*_path(ctx), cmd_name])) or None
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each subcommand with its whole first sentence, which wraps; click would cut it."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in commands if one is not None and not one.hidden]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def find_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The subcommand of that name; None if there is none."""
        return super().get_command(ctx, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click; an unknown name is refused here."""
        name = args[0]
        if name[:1] != "-" and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            raise click.UsageError(f"There is no command {name!r}.{_did_you_mean(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)


def with_near(wrong: click.ClickException) -> click.ClickException:
    """Return click's complaint with the nearest right option or choice, if there is one."""
    if isinstance(wrong, click.NoSuchOption) and wrong.ctx is not None:
        sentence = f"There is no option {wrong.option_name}."
        return click.UsageError(sentence + _near_option(wrong.option_name, wrong.ctx), wrong.ctx)
    if isinstance(wrong, click.BadParameter) and wrong.param is not None and isinstance(wrong.param.type, click.Choice):
        refused = _REFUSED_CHOICE.match(wrong.message)
        if refused:
            near = _did_you_mean(ast.literal_eval(refused[1]), map(str, wrong.param.type.choices))
            return click.BadParameter(wrong.message + near, wrong.ctx, wrong.param, wrong.param_hint)
    return wrong


def _near_option(name: str, ctx: click.Context) -> str:
    """An option of the command; none if a hidden one is nearer, which is accepted only to be refused."""
    from smtui.domain.query.near_words import near_word

    options = [each for each in ctx.command.get_params(ctx) if isinstance(each, click.Option)]
    named = {long: option for option in options for long in option.opts if long.startswith("--")}
    near = near_word(name, named)
    return f" Did you mean {near!r}?" if near and not named[near].hidden else ""


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    from smtui.domain.query.near_words import did_you_mean

    return did_you_mean(word, known)


def _path(ctx: click.Context) -> list[str]:
    """The subcommands that lead to this context."""
    path: list[str] = []
    step: click.Context | None = ctx
    while step is not None and step.parent is not None:
        path.insert(0, step.info_name or "")
        step = step.parent
    return path
