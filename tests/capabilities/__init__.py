"""What a tool for Session Manager must be able to do: all that AWS's five texts name, and the tests that prove it.

One module for each text. `tests/topics/statements.py` is the other list: it has what the texts say, and the entry of a
topic that says it. This one has what smtui can do. A capability that is partly advice names its topics here, and
`tests/topics/test_sources.py` proves that they say what the text says.
"""

from __future__ import annotations

from tests.capabilities.getting_started import GETTING_STARTED
from tests.capabilities.install_the_plugin import INSTALL_THE_PLUGIN
from tests.capabilities.start_a_session import START_A_SESSION
from tests.capabilities.target_not_connected import TARGET_NOT_CONNECTED
from tests.capabilities.troubleshooting import TROUBLESHOOTING

COMPLETE = True
"""Set it once issue 14 is done: then a capability without a test fails."""

DOCUMENTS = (GETTING_STARTED, START_A_SESSION, INSTALL_THE_PLUGIN, TROUBLESHOOTING, TARGET_NOT_CONNECTED)
CAPABILITIES = tuple(capability for document in DOCUMENTS for capability in document.capabilities)
