"""ONNX graphs: which of their nodes are a recurrent network, what it reads, and what reads it."""
