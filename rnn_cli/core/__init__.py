"""The mathematics of recurrent networks. It knows NumPy and nothing of files, terminals or JSON.

A reading list, for who knows NumPy and wants to know recurrent networks. Read in this order, in one sitting:

     1  activations.py         tanh, sigmoid, their slopes, softmax
     2  state.py               what a cell carries from one step to the next
     3  cells/rnn.py           the vanilla RNN: its equations, then the same in code, forward and backward
     4  cells/lstm.py          the LSTM: gates, and a cell state beside h
     5  cells/gru.py           the GRU, in its two forms
     6  network.py             layers, directions, the readout; and the way an error takes back through them
     7  trace.py               forward through time, one step after the other, every term kept
     8  learning/losses.py     what an answer costs, and the error that starts the way back
     9  bptt.py                backpropagation through time: the error of every loss goes back step by step
    10  truncation.py          what is lost where the way back is cut
    11  gradients/flow.py      why gradients vanish or explode: products of Jacobians

cells/base.py says how a step can both compute and show its terms (with quantities.py), and what is derived from it. The
other shelves serve: `fast` has kernels that compute the same sooner (forward.py and backward.py run them over batches),
`gradients` the products of many Jacobians, `learning` how a network is trained, `systems` networks put together
(encoder-decoder), `metrics` scores. why.py unfolds one number, decode.py writes texts, seq2seq.py passes a state on,
verification.py holds gradients against numerical ones.
"""
