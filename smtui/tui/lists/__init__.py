"""What the long lists share: nodes and sessions, by the thousand."""
