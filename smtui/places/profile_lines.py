"""Writes a profile for a picked account and role into the AWS configuration, after its lines were shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.places.wanted_profile import ProfileLines, ProfileRefused, WantedProfile, lines_for, trouble

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import IdentitiesAws, ProfileStore


class ProfileWriter:
    """Both calls read the configuration anew and raise `ProfileRefused`, with a sentence on why nothing was written."""

    def __init__(self, aws: IdentitiesAws, store: ProfileStore, off_loop: OffLoop, *, read_only: bool) -> None:
        self._aws = aws
        self._store = store
        self._off_loop = off_loop
        self._read_only = read_only

    async def preview(self, wanted: WantedProfile) -> ProfileLines:
        """Return exactly what `write` would add, and where; changes nothing."""
        return await self._off_loop.call(lambda: self._preview(wanted))

    async def write(self, lines: ProfileLines) -> str:
        """Add the lines to the file; returns the path of its backup, empty where there was no file before.

        Refused in read-only mode, and if the file is not as it was for the preview.
        """
        if self._read_only:
            raise ProfileRefused("Nothing was written: smtui is in read-only mode.")
        return await self._off_loop.change(lambda: self._write(lines), "writing the profile")

    def _preview(self, wanted: WantedProfile) -> ProfileLines:
        known = self._usable(wanted)
        path = known.files[0]
        seen, lines = self._store.look(path, lines_for(wanted, known))
        return ProfileLines(wanted, lines, path, seen)

    def _write(self, lines: ProfileLines) -> str:
        self._usable(lines.wanted)  # the credentials file may have got such a profile meanwhile
        return self._store.add(lines.path, lines.lines, lines.seen)

    def _usable(self, wanted: WantedProfile) -> ProfileList:
        known = self._aws.profiles()
        if not known.files or not known.files[0]:
            raise ProfileRefused("Nothing was written: there is no AWS configuration file here.")
        if said := trouble(wanted, known):
            raise ProfileRefused(said)
        return known
