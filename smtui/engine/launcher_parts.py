"""Declares what a launcher is made of: its settings, and what makes each of its parts when it is first used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtui.domain.shellquote import Shell
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.topics.machines import Machines, Package, System

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smtui.engine.automation_runs import Automations
    from smtui.engine.document_library import DocumentLibrary
    from smtui.engine.instance_connect import InstanceConnect
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.engine.preset_book import Presets
    from smtui.engine.protocols import EvidencePlaces, Journal, PowerPlaces, ReportStore
    from smtui.engine.ssh_access import SshAccess
    from smtui.places.place_book import PlaceBook
    from smtui.plugin.plugin_host import PluginHost
    from smtui.recording.recordings import Recordings
    from smtui.runs.by_sessions import OpenSession
    from smtui.runs.run_maker import RunMaker
    from smtui.sessions.records_protocols import RecordPlaces
    from smtui.tunnels.supervisor import Tunnels


class PreparationFailed(Exception):
    """What smtui needs could not be set up; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings and the machine of this run."""

    shell: Shell = Shell.POSIX
    """The shell that a copied command is pasted into."""
    demo: bool = False
    read_only: bool = False
    default_profile: str = "default"
    """The name to show for the credentials of a place without a profile."""
    system: System = System.ANY
    """Which commands fit this machine; ANY if it is not known."""
    architecture: str = ""
    """`x86_64`, `x86` or `arm64`; empty for any other."""
    minute: float = 60.0
    """Seconds in a minute of a session's limits: less in a demo that is tested."""
    package: Package = Package.ANY
    """What this machine's distribution installs; ANY if that is not known."""
    settings: SettingsBook = field(default_factory=SettingsBook)
    """What config.toml, the environment and the command line say; `setup.settings.now[THEME]` is a value."""

    folders: Callable[[], Mapping[str, str]] = dict
    """smtui's own folders, by what they are for."""

    def machines(self, node: System = System.ANY) -> Machines:
        """The machines that a text is written for: this one, and a node of this system."""
        return Machines(self.shell, self.system, self.architecture, node, self.package)


@dataclass(frozen=True, slots=True)
class Parts:
    """Makes the parts of a launcher, each when it is first used: the first rows of the list need none of them."""

    plugins: Callable[[], PluginHost]
    plugin_care: Callable[[PluginHost], PluginCare]
    journal: Callable[[], Journal]
    documents: Callable[[], DocumentLibrary]
    presets: Callable[[], Presets]
    tunnels: Callable[[PluginHost, Journal], Tunnels]
    automations: Callable[[], Automations]
    instance_connect: Callable[[], InstanceConnect]
    runs: Callable[[OpenSession, DocumentLibrary], RunMaker]
    evidence: Callable[[], EvidencePlaces]
    power: Callable[[], PowerPlaces]
    records: Callable[[], RecordPlaces]
    recordings: Callable[[], Recordings]
    reports: Callable[[], ReportStore]
    ssh: Callable[[], SshAccess]
    place_book: Callable[[], PlaceBook]
    import_soon: Callable[[], None]
    """Imports what the first key may need."""
