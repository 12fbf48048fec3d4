"""What runs on a person's own machine: the local stack, and the commands of `dev.py`."""
