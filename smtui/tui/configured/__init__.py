"""What the user has set, as the screen follows it: keys, theme, columns, clipboard and mouse."""
