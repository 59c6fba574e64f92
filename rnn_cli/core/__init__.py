"""The mathematics of recurrent networks. It knows NumPy and nothing of files, terminals or JSON.

A reading list, for who knows NumPy and wants to know recurrent networks. Read in this order, in one sitting:

     1  activations.py         tanh, sigmoid, their slopes, softmax
     2  state.py               what a cell carries from one step to the next
     3  quantities.py          the values that a step computes with: read the docstring, and come back for the rest
     4  cells/rnn.py           the vanilla RNN: its equations, then the same in code, forward and backward
     5  cells/base.py          what the steps of cells call (gate, slope, error, passed_back), and what is derived from them
     6  cells/records.py       what a step hands out: its numbers, and on the way back its gradient
     7  cells/lstm.py          the LSTM: gates, and a cell state beside h
     8  cells/gru.py           the GRU, in its two forms
     9  network.py             layers, directions, the readout; and the way an error takes back through them
    10  trace.py               forward through time, one step after the other, every term kept
    11  learning/losses.py     what an answer costs, and the error that starts the way back
    12  bptt.py                backpropagation through time: the error of every loss goes back step by step
    13  truncation.py          what is lost where the way back is cut
    14  gradients/flow.py      why gradients vanish or explode: products of Jacobians. In gradients/flow.py read the
                               docstring and Flow; the rest is numerics

These signs and words mean the same in all of these files:

    u * v           the product element by element, as in NumPy; W x is a matrix times a vector
    u ⊗ v           the outer product u v^T: the matrix with u_i v_j in row i and column j
    a_t             a pre-activation: what an activation is applied to. A cell with several gates has one for each, named
                    after the gate: i_t = sigmoid(a_i)
    dh_t            dL/dh_t, how much the loss grows when h_t grows by one; also called the error at h_t
    (…, H)          the shape of an array: H numbers, after any leading axes such as steps (T) or sequences of a batch (B).
                    There may be no leading axis: (H,) is one step of one sequence
    many-to-one     the network reads many steps and gives one answer, at the end; a many-to-many network answers at
                    every step

The cells peephole.py, mingru.py and slstm.py vary what lstm.py and gru.py show. The other shelves serve: `fast` has
kernels that compute the same sooner (forward.py and backward.py run them over batches),
`gradients` the products of many Jacobians, `learning` how a network is trained, `systems` networks put together
(encoder-decoder), `metrics` scores. why.py unfolds one number, decode.py writes texts, seq2seq.py passes a state on,
verification.py holds gradients against numerical ones.
"""
