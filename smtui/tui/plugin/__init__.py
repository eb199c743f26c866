"""Shows the plugins of this machine (`5`): their grades, what is used and why, checks, tests and logs."""
