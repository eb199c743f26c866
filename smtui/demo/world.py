"""The demo's AWS as `engine.ports.AwsPlaces`: one place, in a Region of ours in a child process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.aws.automation import BotoAutomation
from smtui.aws.gateway import BotoAws
from smtui.aws.places import BotoPlaces
from smtui.demo.child import DemoRegionChild
from smtui.domain.place import Place

if TYPE_CHECKING:
    from smtui.aws.evidence import BotoEvidence


class DemoWorld:
    """Starts its Region with `start` (blocks) and ends it with `close`."""

    def __init__(self) -> None:
        self._child: DemoRegionChild | None = None
        self._places: BotoPlaces | None = None

    def start(self) -> None:
        self._child = child = DemoRegionChild.start()
        self._places = BotoPlaces.fixed(child.endpoint_url, child.access_key_id, child.secret_access_key, child.region)

    def at(self, place: Place) -> BotoAws:
        return self._started.at(place)

    def automation_at(self, place: Place) -> BotoAutomation:
        return self._started.automation_at(place)

    def evidence_at(self, place: Place) -> BotoEvidence:
        return self._started.evidence_at(place)

    @property
    def _started(self) -> BotoPlaces:
        if self._places is None:
            raise RuntimeError("the demo's Region has not been started")
        return self._places

    def close(self) -> None:
        """Ends the Region and every shell in it; any number of times."""
        if self._child is not None:
            self._child.close()
            self._child = None
