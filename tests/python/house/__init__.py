"""Is the house in order? What the manifest says about layers, names, contracts and descriptions."""
