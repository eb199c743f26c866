"""Configuration, the cached list: files under the user's own folders."""
