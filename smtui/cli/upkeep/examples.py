"""Lists the examples of every subcommand, for `--help`, the man pages and the documentation.

A test parses each of them as the command line would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Example(NamedTuple):
    """One command, and what it does."""

    does: str
    command: str


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "": (
        Example(
            "List a profile's nodes in two Regions",
            "smtui --profile ops --region eu-west-1 --region us-east-1",
        ),
        Example("Try smtui without an account", "smtui --demo"),
        Example("Open the screen with the nodes that are not ready", "smtui --filter -status:ready"),
    ),
    "completion": (
        Example("Let zsh complete smtui from now on", "smtui completion zsh --install"),
        Example("Remove it again", "smtui completion zsh --uninstall"),
    ),
    "config": (Example("Show every setting and where it comes from", "smtui config show"),),
    "config check": (Example("Find the mistakes in config.toml", "smtui config check"),),
    "config path": (Example("Print where config.toml is, or would be", "smtui config path"),),
    "config schema": (Example("Print the schema for your editor", "smtui config schema"),),
    "config show": (Example("Print every setting as JSON", "smtui config show --json"),),
    "connect": (
        Example("Open a shell on a node, by its Name", "smtui connect web-1"),
        Example("Start the instance if it is stopped, and wait for it", "smtui connect web-1 --wait --start"),
        Example(
            "Start a session document with a parameter",
            "smtui connect web-1 --document-name acme-shell --parameter user=deploy",
        ),
    ),
    "cp": (
        Example("Copy a file to a node", "smtui cp report.csv web-1:/tmp/"),
        Example("Copy a folder from a node", "smtui cp -r web-1:/var/log/nginx ."),
        Example("Copy by ssh, with permissions and times", "smtui cp -p --through ssh site.tar.gz web-1:"),
    ),
    "demo": (Example("Run the simulated Region without the screen", "smtui demo serve"),),
    "demo serve": (
        Example("Print how to reach the Region, for a shell", "smtui demo serve --format env"),
        Example("Serve 500 nodes on a port of your choice", "smtui demo serve --nodes 500 --port 4000"),
    ),
    "doctor": (
        Example("Find out why a session cannot start", "smtui doctor web-1"),
        Example("Check only this machine", "smtui doctor"),
        Example("Print every finding with its evidence, for a report", "smtui doctor web-1 --json"),
    ),
    "documents": (Example("List the session documents of a Region", "smtui documents --region eu-west-1"),),
    "forward": (
        Example("Reach port 80 of a node on a free local port", "smtui forward web-1 80"),
        Example("Reach a database behind a node", "smtui forward web-1 db.internal:5432 --local-port 15432"),
        Example("Start a saved forward", "smtui forward web-1 --preset PostgreSQL"),
    ),
    "info": (
        Example("Print what a bug report needs to say about this machine", "smtui info"),
        Example("Print it as JSON", "smtui info --json"),
    ),
    "list": (
        Example("List the nodes with their status", "smtui list"),
        Example("List the production nodes that are not ready", "smtui list --filter 'tag:env=prod -status:ready'"),
        Example("List every enabled Region as JSON", "smtui list --region all --json"),
    ),
    "login": (
        Example("Sign in to IAM Identity Center for a profile", "smtui login --profile ops"),
        Example("Sign in with a code, on any device", "smtui login --profile ops --code"),
    ),
    "man": (
        Example("Print the manual page of a subcommand", "smtui man connect"),
        Example("Print that of smtui itself", "smtui man"),
    ),
    "places": (Example("List the profiles, and until when each is signed in", "smtui places"),),
    "play": (
        Example("Play a recording", "smtui play web-1.cast"),
        Example("Play it twice as fast, with short pauses", "smtui play web-1.cast --speed 2 --idle-limit 1"),
    ),
    "plugin": (Example("Show which plugin sessions use", "smtui plugin status"),),
    "plugin install-help": (Example("Show how to install the official plugin here", "smtui plugin install-help"),),
    "plugin logging": (
        Example("Write a log of smtui's own plugin from now on", "smtui plugin logging on"),
        Example("Show where the logs are", "smtui plugin logging show"),
    ),
    "plugin status": (Example("Show which plugin sessions use, and why", "smtui plugin status"),),
    "plugin test": (
        Example("Run a short session in a simulated Region with the plugin in use", "smtui plugin test"),
        Example("The same with smtui's own plugin", "smtui plugin test builtin"),
    ),
    "plugin verify": (Example("Check every plugin of this machine", "smtui plugin verify"),),
    "presets": (Example("List the saved forwards", "smtui presets list"),),
    "presets add": (
        Example(
            "Save a forward to a database behind a node",
            "smtui presets add orders db.internal:5432 --target web-1",
        ),
        Example(
            "Save one with a command to copy",
            "smtui presets add admin 8443 --command 'curl -k https://{local_host}:{local_port}/'",
        ),
    ),
    "presets list": (Example("List the saved forwards as JSON", "smtui presets list --json"),),
    "presets remove": (Example("Remove one of yours", "smtui presets remove orders"),),
    "run": (
        Example("Run a command on three nodes", "smtui run web-1 web-2 web-3 -- uptime"),
        Example(
            "Run one on all that match",
            "smtui run --filter tag:env=test --yes -- uptime",
        ),
        Example(
            "Use Run Command, five nodes at a time",
            "smtui run --filter name:web --by run-command --parallel 5 -- df",
        ),
    ),
    "sessions": (
        Example("List the active sessions of the account", "smtui sessions"),
        Example("List those of one person in the last 30 days", "smtui sessions --history --filter who:ana"),
    ),
    "sessions access": (Example("List the requests that wait for your decision", "smtui sessions access list"),),
    "sessions access approve": (
        Example("Approve a request", "smtui sessions access approve oi-0123456789ab --comment 'for CHG-1234'"),
    ),
    "sessions access ask": (
        Example("Ask, and wait for the decision", "smtui sessions access ask web-1 --reason CHG-1234 --wait"),
    ),
    "sessions access list": (Example("List the requests as JSON", "smtui sessions access list --json"),),
    "sessions access reject": (
        Example("Reject a request", "smtui sessions access reject oi-0123456789ab --comment 'use the test node'"),
    ),
    "sessions audit": (Example("Show what CloudTrail has of a session", "smtui sessions audit ana-0123456789abcdef0"),),
    "sessions log": (
        Example("Print what a session showed", "smtui sessions log ana-0123456789abcdef0"),
        Example("Follow a running one", "smtui sessions log ana-0123456789abcdef0 --follow"),
    ),
    "sessions resume": (Example("Take over a shell of yours", "smtui sessions resume ana-0123456789abcdef0"),),
    "sessions rules": (Example("Explain what the account's preferences mean", "smtui sessions rules"),),
    "sessions rules set": (
        Example("End idle shells after half an hour", "smtui sessions rules set idleSessionTimeout=30"),
    ),
    "sessions rules undo": (
        Example("Go back to the version before", "smtui sessions rules undo"),
        Example("Go back to version 3, without a question", "smtui sessions rules undo 3 --yes"),
    ),
    "sessions terminate": (Example("End a session", "smtui sessions terminate ana-0123456789abcdef0"),),
    "ssh": (
        Example("Log in by ssh", "smtui ssh ec2-user@web-1"),
        Example("Forward a port with your own key", "smtui ssh ec2-user@web-1 -i ~/.ssh/web.pem -L 8080:localhost:80"),
        Example("Log in without a key of your own", "smtui ssh --push-key ec2-user@web-1"),
    ),
    "ssh-config": (
        Example("Print what lets ssh reach a node", "smtui ssh-config web-1"),
        Example("Write it into ~/.ssh/config", "smtui ssh-config --write web-1 web-2"),
    ),
    "ssh-proxy": (Example("Be ssh's ProxyCommand", "smtui ssh-proxy web-1 22"),),
    "topics": (
        Example("Search the troubleshooting texts", "smtui topics expired credentials"),
        Example("Read one, with the values of a node filled in", "smtui topics agent-stopped --target web-1"),
    ),
    "wait": (
        Example("Wait until a session can start", "smtui wait web-1"),
        Example("Start the instance and wait ten minutes at most", "smtui wait web-1 --start --timeout 600"),
    ),
}
"""By the words of the command; the program itself by an empty text. One to three each."""


def help_text(path: str) -> str:
    """Return the examples as `--help` shows them; empty if there are none."""
    found = EXAMPLES.get(path, ())
    lines = [line for example in found for line in (f"  {example.does}:", f"    {example.command}")]
    return "\n".join(["\b", "Examples:" if len(found) > 1 else "Example:", *lines]) if lines else ""
