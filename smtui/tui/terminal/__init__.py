"""The terminal itself: its driver, its answers, who owns it, and handing it over."""
