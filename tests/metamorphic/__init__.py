"""Two runs of the real commands whose documents must agree, though neither is known to be right."""
