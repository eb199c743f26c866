"""Lists the settings with where each value comes from, and changes them."""
