"""The filter language: terms, what they match, mistakes, and how a term can go on. Never raises on what was typed."""
