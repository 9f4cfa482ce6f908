"""What a request through the gateway costs, against a named floor in the same run: see ``__main__``."""
