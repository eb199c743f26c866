"""The screen of profiles and Regions."""
