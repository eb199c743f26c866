"""The settings while smtui runs: what is in force, who listens, and changing one."""
