"""Defines the options and subcommands of `smtui`, for click; a subcommand is imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from smtui import __version__
from smtui.cli.options import check_filter, given_options, group_options
from smtui.cli.upkeep.examples import help_text
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.garbage import collect_from_now

_SUBCOMMANDS = {
    "completion": "smtui.cli.upkeep.shell_completion:completion",
    "config": "smtui.cli.upkeep.config:config",
    "connect": "smtui.cli.connect:connect",
    "cp": "smtui.cli.cp:cp",
    "demo": "smtui.cli.demo:demo",
    "doctor": "smtui.cli.doctor:doctor",
    "documents": "smtui.cli.documents:documents",
    "forward": "smtui.cli.forward:forward",
    "list": "smtui.cli.list_nodes:list_nodes",
    "info": "smtui.cli.upkeep.info:info",
    "login": "smtui.cli.places.login:login",
    "man": "smtui.cli.upkeep.man:man",
    "plugin": "smtui.cli.upkeep.plugin:plugin",
    "places": "smtui.cli.places.list_places:places",
    "play": "smtui.cli.sessions.play:play",
    "run": "smtui.cli.run_nodes:run_nodes",
    "presets": "smtui.cli.presets:presets",
    "sessions": "smtui.cli.sessions.sessions_group:sessions",
    "ssh": "smtui.cli.ssh:ssh",
    "ssh-config": "smtui.cli.ssh_config:ssh_config",
    "ssh-proxy": "smtui.cli.ssh_proxy:ssh_proxy",
    "topics": "smtui.cli.topics:topics",
    "wait": "smtui.cli.wait:wait",
}


class LazyGroup(HelpfulGroup):
    """Knows its subcommands by name, and imports a subcommand's module when it is called."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **options: Any) -> None:
        """`modules` gives, for each subcommand, `module:function`."""
        super().__init__(*args, **options)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands, for `--help`."""
        return sorted(self._modules)

    def find_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The subcommand of that name, imported now; None if there is none."""
        where = self._modules.get(name)
        if where is None:
            return None
        module, _, function = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        collect_from_now()
        return command


@click.group(
    cls=LazyGroup,
    modules=_SUBCOMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=help_text(""),
)
@click.version_option(__version__, prog_name="smtui", message="%(prog)s %(version)s")
@group_options
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Reach servers through AWS Systems Manager Session Manager.

    Without a subcommand, smtui opens its screen. TARGET is a node id, a Name, an IP address, tag:KEY=VALUE, or ?FILTER
    if only one node matches that.
    """
    if ctx.invoked_subcommand is None:
        check_filter(given_options(ctx).filter_text)
        from smtui.cli.start_screen import run_screen

        ctx.exit(run_screen(given_options(ctx)))
