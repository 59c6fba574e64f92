"""Records turned into Rich renderables. A view prints nothing."""
