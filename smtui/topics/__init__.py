"""The troubleshooting texts: one data file a topic."""
