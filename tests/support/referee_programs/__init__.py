"""Hand-written recurrent networks as people write them, right or with mistakes planted. Nothing here knows `rnn_cli`.

tape.py      reverse-mode differentiation in a page: the gradient that fits whatever the forward pass did
forward.py   the cells from the papers, step by step
by_hand.py   the backward passes as people derive them, from the papers' equations
program.py   a network of layers and directions with its loss, and the mistakes by name
"""
