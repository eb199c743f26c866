"""Runs our plugin as `python -m smtui.plugin.builtin`."""

from __future__ import annotations

import sys

from smtui.plugin.builtin import main

sys.exit(main())
