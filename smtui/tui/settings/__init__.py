"""The settings: a list of all with where each value comes from, and changing one."""
