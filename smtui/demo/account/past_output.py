"""Makes up what the shells of other people showed: the same session always shows the same.

The text is as a shell writes it to a terminal, with colours, titles and corrections of what was typed.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtui.demo.account.session_registry import DemoSession

_PAUSE = timedelta(seconds=19)
"""Between two commands."""
_MOST_COMMANDS = 400
_PROMPT = "\x1b[?2004h\x1b]0;ssm-user@{node}: ~\x07\x1b[32msh-5.2$\x1b[0m "
_COMMANDS: tuple[tuple[str, str], ...] = (
    ("uptime", " 12:50:09 up 41 days,  3:12,  1 user,  load average: 0.42, 0.31, 0.28"),
    ("sudo systemctl status nginx", "\x1b[1;31m●\x1b[0m nginx.service - The nginx HTTP and reverse proxy server\n"
     "     Active: \x1b[1;31mfailed\x1b[0m (Result: exit-code) since 12:44:31\n"
     "   Main PID: 811 (code=exited, status=1/FAILURE)"),
    ("sudo journalctl -u nginx -n 3", "nginx[811]: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n"
     "nginx[811]: [emerg] still could not bind()\nsystemd[1]: nginx.service: Failed with result 'exit-code'."),
    ("df -h /", "Filesystem      Size  Used Avail Use% Mounted on\n/dev/nvme0n1p1   30G   21G  9.1G  70% /"),
    ("slep\x08\x1b[K\x08\x1b[Keep 1", ""),
    ("ls --color /srv", "\x1b[0m\x1b[01;34mapi\x1b[0m  \x1b[01;34mcache\x1b[0m  \x1b[01;32mdeploy.sh\x1b[0m"),
    ("sudo ss -ltnp | head -3", "State  Recv-Q Send-Q Local Address:Port\nLISTEN 0      511          0.0.0.0:80\n"
     "LISTEN 0      4096         0.0.0.0:22"),
    ("tail -n 2 /var/log/app.log", "GET /orders 200 12 ms\nGET /orders/4711 \x1b[33m404\x1b[0m 3 ms"),
)  # fmt: skip


def past_output(session: DemoSession, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield what the session has shown until now, with its times: one text for each command."""
    numbers = random.Random(session.session_id)  # noqa: S311 - no secret
    until = min(session.ended_at or now, now)
    yield session.started_at, "Starting session with SessionId: " + session.session_id + "\r\n"
    at = session.started_at + timedelta(seconds=3)
    for _ in range(_MOST_COMMANDS):
        if at >= until:
            break
        typed, shown = numbers.choice(_COMMANDS)
        lines = f"{_PROMPT.format(node=session.node_name)}{typed}\n\x1b[?2004l{shown}".rstrip("\n")
        yield at, lines.replace("\n", "\r\n") + "\r\n"
        at += _PAUSE * numbers.uniform(0.5, 1.5)
    if session.ended_at is not None and session.ended_at <= now:
        yield session.ended_at, f"{_PROMPT.format(node=session.node_name)}exit\r\nexit\r\n"
