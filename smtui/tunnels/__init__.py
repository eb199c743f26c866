"""Runs port forwards in the background: everything about tunnels but their screen."""
