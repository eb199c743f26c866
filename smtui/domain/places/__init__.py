"""What the user's AWS configuration offers: profiles and their kinds, sign-ins, Regions, what is chosen of them."""
