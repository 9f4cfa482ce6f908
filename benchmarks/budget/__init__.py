"""Where the CPU of a full request goes: see ``__main__``."""
