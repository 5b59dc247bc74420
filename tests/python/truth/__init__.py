"""Is it right on everything? The built marts against the simulator's truth, for seeds that nobody tuned anything on."""
