"""Every account and Region that the user can reach, whole but for its screens: profiles, Regions, signing in."""
