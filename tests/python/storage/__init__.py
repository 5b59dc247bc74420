"""Object storage, against stand-ins on this machine."""
