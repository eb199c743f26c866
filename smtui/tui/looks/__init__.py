"""The colours of the screen: its themes, those of the user, and terminals without colours."""
