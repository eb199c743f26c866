"""The account's session preferences: in words, changed field by field, and gone back to."""
